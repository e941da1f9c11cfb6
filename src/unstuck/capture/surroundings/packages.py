"""Names under which packages are installed, where they are imported under another."""

from __future__ import annotations

PACKAGES = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "Levenshtein": "python-Levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenGL": "PyOpenGL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "hydra": "hydra-core",
    "igraph": "python-igraph",
    "imblearn": "imbalanced-learn",
    "jwt": "PyJWT",
    "kerastuner": "keras-tuner",
    "keras_tuner": "keras-tuner",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "osgeo": "GDAL",
    "pkg_resources": "setuptools",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pywt": "PyWavelets",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "slugify": "python-slugify",
    "talib": "TA-Lib",
    "tensorflow_datasets": "tensorflow-datasets",
    "tensorflow_hub": "tensorflow-hub",
    "tensorflow_probability": "tensorflow-probability",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}

# Well-known packages that are installed under the name that is imported.
KNOWN = frozenset(
    "gensim gym gymnasium h5py imageio keras librosa lightgbm matplotlib music21 networkx "
    "nltk numba numpy pandas plotly pydot requests scipy seaborn soundfile spacy statsmodels "
    "sympy tensorflow theano torch torchvision tqdm transformers wandb xgboost".split()
)


def package_of(module: str) -> str:
    """What to install for a module."""
    top = module.partition(".")[0]
    return PACKAGES.get(top, top.replace("_", "-"))


def how_to_get(module: str) -> str:
    """A clause on a module that is missing. An unknown one may be a file of the author's own."""
    top = module.partition(".")[0]
    install = f"pip install {package_of(top)}"
    if top in PACKAGES or top in KNOWN:
        return f"is not installed where unstuck runs: {install}"
    return (
        "is neither installed where unstuck runs nor beside the program: "
        f"{install}, if it is a package"
    )
