"""Data sets of ``keras.datasets``: the real ones where they are; else a sentence, or generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unstuck.capture import stand_ins
from unstuck.capture.script import capture_script
from unstuck.errors import ProgramCrashed
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.recipe import Recipe

MODEL = """
import keras
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x[:2000], y[:2000])
"""


@pytest.fixture(autouse=True)
def _no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, and a proxy that is not there: nothing can be downloaded."""
    (tmp_path / "keras").mkdir()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://nowhere.invalid:1")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.chdir(tmp_path)


def _recipe(code: str, *, stand_in: bool) -> Recipe:
    Path("program.py").write_text(code)
    (recipe,) = capture_script(Path("program.py"), stand_in=stand_in, limit=200.0).recipes
    return recipe


def _loading(name: str) -> str:
    return f"from keras.datasets import {name}\n(x, y), (a, b) = {name}.load_data()\n"


def test_what_cannot_be_had_is_told() -> None:
    with pytest.raises(
        ProgramCrashed, match=r"line 2 would download keras.datasets.mnist, .*--stand-in"
    ):
        _recipe(_loading("mnist") + MODEL, stand_in=False)


def test_a_stand_in_is_told_of_before_all_else() -> None:
    Path("program.py").write_text(_loading("mnist") + MODEL)
    options = Options(static=True, stand_in=True, limit=200.0)
    (verdict,) = check_script(Path("program.py"), options=options)
    assert verdict.sentence.startswith("on generated stand-in data, not on the real mnist: ")
    assert verdict.notes[0].startswith("STAND-IN DATA: mnist was not to be had here")


def test_the_real_data_win_where_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir()
    x, y = np.full((2000, 28, 28), 7, np.uint8), np.zeros(2000, np.uint8)
    np.savez(folder / "own.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    loading = _loading("mnist").replace("load_data()", "load_data('own.npz')")
    unchecked = "import keras.src.utils.file_utils as f\nf.validate_file = lambda *a, **k: True\n"
    recipe = _recipe(unchecked + loading + MODEL, stand_in=True)
    assert recipe.stand_ins == ()
    assert (recipe.data.inputs[0] == 7).all()


@pytest.mark.parametrize(
    ("name", "checks"),
    [
        (
            "fashion_mnist",
            "x.shape == (60000, 28, 28) and b.shape == (10000,) and x.dtype == 'uint8'",
        ),
        ("cifar10", "x.shape == (50000, 32, 32, 3) and y.shape == (50000, 1) and y.max() == 9"),
        ("boston_housing", "x.shape == (404, 13) and b.shape == (102,) and 5 <= y.min()"),
        ("california_housing", "x.shape == (16512, 8) and y.dtype == 'float32'"),
    ],
)
def test_shapes_and_types_are_those_of_the_real_ones(name: str, checks: str) -> None:
    small = "import numpy as np\nx, y = np.zeros((2000, 3)), np.zeros(2000)\n"
    code = _loading(name) + f"assert {checks}, (x.shape, y.shape, x.dtype)\n" + small + MODEL
    assert _recipe(code, stand_in=True).stand_ins == (name,)


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_arguments_of_load_data_count(name: str) -> None:
    code = (
        f"from keras.datasets import {name}\n"
        f"(x, y), (a, b) = {name}.load_data(num_words=500, maxlen=80)\n"
        "assert max(map(max, x)) == 499 and max(map(len, x)) <= 80 and x[0][0] == 1\n"
        "import numpy as np\nx, y = np.zeros((2000, 3)), np.zeros(2000)\n"
    )
    assert _recipe(code + MODEL, stand_in=True).stand_ins == (name,)


def test_there_is_something_to_learn() -> None:
    """A nearest neighbour does far better than chance, and a table's price is no noise."""
    (x, y), (a, b) = stand_ins.images(4000, 28, 1, 10, 200)
    known, asked = x.reshape(4000, -1) / 255, a.reshape(200, -1) / 255
    far = (known**2).sum(axis=1) - 2 * asked @ known.T
    assert (y[far.argmin(axis=1)] == b).mean() > 0.5
    table = stand_ins.boston()
    fitted, *_ = np.linalg.lstsq(np.c_[table["x"], np.ones(506)], table["y"])
    left = table["y"] - np.c_[table["x"], np.ones(506)] @ fitted
    assert 0.2 < 1 - left.var() / table["y"].var() < 0.95
