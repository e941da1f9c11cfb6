"""Where the names of old versions live today."""

from __future__ import annotations

from functools import lru_cache

# Modules, by the longest that fits: what stood in the old one stands in the new one.
MODULES = {
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tensorflow.contrib.keras": "keras",
    "tensorflow.contrib.keras.python.keras": "keras",
    "tensorflow.compat.v1.keras": "keras",
    "tensorflow.compat.v2.keras": "keras",
    "keras.layers.core": "keras.layers",
    "keras.layers.convolutional": "keras.layers",
    "keras.layers.convolutional_recurrent": "keras.layers",
    "keras.layers.cudnn_recurrent": "keras.layers",
    "keras.layers.recurrent": "keras.layers",
    "keras.layers.normalization": "keras.layers",
    "keras.layers.embeddings": "keras.layers",
    "keras.layers.advanced_activations": "keras.layers",
    "keras.layers.wrappers": "keras.layers",
    "keras.layers.pooling": "keras.layers",
    "keras.layers.noise": "keras.layers",
    "keras.layers.merge": "keras.layers",
    "keras.layers.local": "keras.layers",
    "keras.layers.experimental.preprocessing": "keras.layers",
    "keras.engine": "keras.models",
    "keras.engine.topology": "keras.layers",
    "keras.engine.base_layer": "keras.layers",
    "keras.engine.input_layer": "keras.layers",
    "keras.engine.training": "keras.models",
    "keras.engine.sequential": "keras.models",
    "keras.objectives": "keras.losses",
    "keras.initializations": "keras.initializers",
    "keras.utils.np_utils": "keras.utils",
    "keras.utils.data_utils": "keras.utils",
    "keras.utils.generic_utils": "keras.utils",
    "keras.utils.vis_utils": "keras.utils",
    "keras.utils.visualize_util": "keras.utils",
    "keras.utils.layer_utils": "keras.utils",
    "keras.utils.io_utils": "keras.utils",
    "keras.backend.tensorflow_backend": "keras.backend",
    "keras.backend.theano_backend": "keras.backend",
    "keras.preprocessing.text": "keras.src.legacy.preprocessing.text",
    "keras.wrappers.scikit_learn": "keras.wrappers",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.optimizer_v2": "keras.optimizers",
    "keras.optimizers.adam_v2": "keras.optimizers",
    "keras.optimizers.gradient_descent_v2": "keras.optimizers",
    "keras.saving.save": "keras.models",
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
    "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.metrics.regression": "sklearn.metrics",
    "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network",
    "sklearn.ensemble.forest": "sklearn.ensemble",
    "sklearn.linear_model.base": "sklearn.linear_model",
    "sklearn.manifold.t_sne": "sklearn.manifold",
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
}

# Single names. Layers of Keras 1 that only Keras 1 had keep a call that ``layers`` translates.
NAMES = {
    "keras.engine.Layer": "keras.layers.Layer",
    "keras.engine.InputSpec": "keras.layers.InputSpec",
    "keras.engine.Input": "keras.layers.Input",
    "keras.engine.topology.Container": "keras.models.Model",
    "keras.engine.topology.Model": "keras.models.Model",
    "keras.engine.training.Input": "keras.layers.Input",
    "keras.layers.Deconvolution2D": "keras.layers.Conv2DTranspose",
    "keras.layers.Deconv2D": "keras.layers.Conv2DTranspose",
    "keras.layers.Deconvolution3D": "keras.layers.Conv3DTranspose",
    "keras.layers.AtrousConvolution1D": "keras.layers.Conv1D",
    "keras.layers.AtrousConvolution2D": "keras.layers.Conv2D",
    "keras.layers.AtrousConv1D": "keras.layers.Conv1D",
    "keras.layers.AtrousConv2D": "keras.layers.Conv2D",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.ThresholdedReLU": "keras.layers.ReLU",
    "keras.layers.BatchNormalizationV2": "keras.layers.BatchNormalization",
    "keras.models.Input": "keras.layers.Input",
    "keras.layers.Model": "keras.models.Model",
    "keras.layers.Sequential": "keras.models.Sequential",
    "keras.models.Merge": "keras.layers.Merge",
    "keras.utils.visualize_util.plot": "keras.utils.plot_model",
    "keras.utils.vis_utils.plot": "keras.utils.plot_model",
    "keras.utils.multi_gpu_model": "",
    "keras.preprocessing.image.ImageDataGenerator": (
        "keras.src.legacy.preprocessing.image.ImageDataGenerator"
    ),
    "keras.optimizers.sgd": "keras.optimizers.SGD",
    "keras.optimizers.adam": "keras.optimizers.Adam",
    "keras.optimizers.rmsprop": "keras.optimizers.RMSprop",
    "keras.optimizers.adagrad": "keras.optimizers.Adagrad",
    "keras.optimizers.adadelta": "keras.optimizers.Adadelta",
    "keras.optimizers.adamax": "keras.optimizers.Adamax",
    "keras.optimizers.nadam": "keras.optimizers.Nadam",
    "keras.regularizers.l1l2": "keras.regularizers.l1_l2",
    "keras.regularizers.WeightRegularizer": "keras.regularizers.L1L2",
    "keras.regularizers.ActivityRegularizer": "keras.regularizers.L1L2",
    "keras.regularizers.activity_l1": "keras.regularizers.l1",
    "keras.regularizers.activity_l2": "keras.regularizers.l2",
    "keras.regularizers.activity_l1l2": "keras.regularizers.l1_l2",
    "keras.constraints.maxnorm": "keras.constraints.max_norm",
    "keras.constraints.nonneg": "keras.constraints.non_neg",
    "keras.constraints.unitnorm": "keras.constraints.unit_norm",
    "keras.constraints.Maxnorm": "keras.constraints.MaxNorm",
    "keras.initializers.uniform": "keras.initializers.random_uniform",
    "keras.initializers.normal": "keras.initializers.random_normal",
    "keras.initializers.zero": "keras.initializers.zeros",
    "keras.initializers.one": "keras.initializers.ones",
    "keras.losses.mse": "keras.losses.mean_squared_error",
    "keras.losses.MSE": "keras.losses.mean_squared_error",
    "keras.losses.mae": "keras.losses.mean_absolute_error",
    "keras.losses.MAE": "keras.losses.mean_absolute_error",
    "keras.losses.mape": "keras.losses.mean_absolute_percentage_error",
    "keras.losses.msle": "keras.losses.mean_squared_logarithmic_error",
    "keras.losses.kullback_leibler_divergence": "keras.losses.kl_divergence",
    "keras.losses.logcosh": "keras.losses.log_cosh",
    "keras.losses.cosine_proximity": "keras.losses.cosine_similarity",
    "keras.metrics.mse": "keras.metrics.mean_squared_error",
    "keras.metrics.mae": "keras.metrics.mean_absolute_error",
    "tensorflow.Session": "",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.mixture.GMM": "sklearn.mixture.GaussianMixture",
    "sklearn.lda.LDA": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
}

# What is gone without a successor of the same meaning, and what to do.
REMOVED = {
    "keras.layers.LocallyConnected1D": "Keras 3 has no locally connected layer",
    "keras.layers.LocallyConnected2D": "Keras 3 has no locally connected layer",
    "keras.layers.MaxoutDense": "Keras 2 removed it; it is the largest of several Dense layers",
    "keras.layers.Highway": "Keras 2 removed it; write it as a layer of your own",
    "keras.layers.Maxout": "Keras 2 removed it; it is the largest of several Dense layers",
    "keras.models.Graph": "Keras 1 removed it; write the model as keras.Model(inputs, outputs)",
    "keras.models.model_from_config": "use Model.from_config",
    "keras.models.model_from_yaml": "YAML was removed; use model_from_json",
    "keras.utils.multi_gpu_model": "it was removed; keras.distribution took its place",
    "keras.layers.DenseFeatures": "it is of TensorFlow's feature columns, which Keras 3 lacks",
    "keras.estimator": "estimators were removed with TensorFlow 2.16",
    "sklearn.datasets.load_boston": "scikit-learn removed this data set in 1.2",
    "sklearn.datasets.fetch_mldata": "mldata.org is gone; fetch_openml took its place",
    "sklearn.preprocessing.CategoricalEncoder": "use sklearn.preprocessing.OneHotEncoder",
}
NAMES = {old: new for old, new in NAMES.items() if new}


# A module in Keras 2 and a function in Keras 1: its own name is left to the rule of merging.
FUNCTIONS_TOO = ("keras.layers.merge",)


@lru_cache(maxsize=4096)
def home(name: str) -> str:
    """The full name today of a full name of any version."""
    for _ in range(4):
        moved = _moved(name)
        if moved == name:
            break
        name = moved
    return name


def _moved(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        module = ".".join(parts[:size])
        if module in MODULES and not (size == len(parts) and module in FUNCTIONS_TOO):
            return ".".join([MODULES[module], *parts[size:]])
    return name
