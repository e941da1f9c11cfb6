"""Data sets of TensorFlow where it is not installed: the same elements as TensorFlow's own."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.capture.keras.tf_data import Dataset
from unstuck.capture.keras.tf_series import windows_of_series
from unstuck.capture.script import capture_script
from unstuck.modernize import modernize_file
from unstuck.recipe import Feed, Recipe

TEN, PAIRS = np.arange(10), (np.arange(20.0).reshape(10, 2), np.arange(10) % 3)


def _windowed(data: Any) -> Any:
    windows = data.from_tensor_slices(TEN).window(4, shift=2, drop_remainder=True)
    return windows.flat_map(lambda w: w.batch(4)).map(lambda w: (w[:-1], w[-1]))


PIPELINES: dict[str, Callable[[Any], Any]] = {
    "slices": lambda d: d.from_tensor_slices(TEN),
    "pairs in batches": lambda d: d.from_tensor_slices(PAIRS).batch(4),
    "whole batches only": lambda d: d.from_tensor_slices(PAIRS).batch(4, drop_remainder=True),
    "dictionaries": lambda d: d.from_tensor_slices({"a": TEN, "b": TEN * 2}).batch(3),
    "numbers of Python": lambda d: d.from_tensor_slices([[1.0, 2.0], [3.0, 4.0]]),
    "one element": lambda d: d.from_tensors(TEN).repeat(2),
    "repeated": lambda d: d.range(3).repeat(2).batch(4),
    "a part": lambda d: d.range(10).skip(2).take(5),
    "zipped": lambda d: d.zip((d.range(3), d.range(5, 9))),
    "zipped in pairs": lambda d: d.zip(((d.range(3), d.range(4)), d.range(5, 9))),
    "mapped": lambda d: d.from_tensor_slices(PAIRS).map(lambda x, y: (x * 2, y + 1)),
    "filtered": lambda d: d.range(10).filter(lambda v: v % 2 == 0),
    "windows": _windowed,
    "windows as data sets": lambda d: d.range(7).window(3).flat_map(lambda w: w),
    "joined": lambda d: d.range(2).concatenate(d.range(5, 8)).cache().prefetch(1),
    "numbered": lambda d: d.from_tensor_slices(TEN).enumerate(start=2),
    "batches taken apart": lambda d: d.from_tensor_slices(PAIRS).batch(4).unbatch(),
    "endless": lambda d: d.range(3).repeat().batch(2).take(4),
}


def _plain(element: Any) -> Any:
    if isinstance(element, tuple):
        return tuple(_plain(e) for e in element)
    if isinstance(element, dict):
        return {k: _plain(v) for k, v in element.items()}
    found = np.asarray(element)
    return found.dtype.kind, found.tolist()


def _elements(data: Any) -> list[Any]:
    return [_plain(e) for e in data.as_numpy_iterator()]


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="tensorflow is not installed")
@pytest.mark.parametrize("name", PIPELINES)
def test_elements_are_those_of_tensorflow(name: str) -> None:
    import tensorflow as tf  # noqa: PLC0415

    make = PIPELINES[name]
    assert _elements(make(Dataset)) == _elements(make(tf.data.Dataset))


@pytest.mark.parametrize("name", PIPELINES)
def test_a_second_pass_gives_the_same(name: str) -> None:
    data = PIPELINES[name](Dataset)
    first = _elements(data)
    assert first == _elements(data)
    assert len(data) == len(first) == data.num_batches
    assert _plain(data[len(first) - 1]) == first[-1]


def test_windows_of_a_series() -> None:
    pairs = list(_windowed(Dataset).as_numpy_iterator())
    assert [x.tolist() for x, _ in pairs] == [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 8]]
    assert [int(y) for _, y in pairs] == [3, 5, 7, 9]


@given(st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_a_buffer_shuffles_no_further_than_it_reaches(size: int, seed: int) -> None:
    drawn = [int(e) for e in Dataset.range(30).shuffle(size, seed=seed).as_numpy_iterator()]
    assert sorted(drawn) == list(range(30))
    assert all(value < place + size for place, value in enumerate(drawn))


def test_each_pass_is_shuffled_anew_unless_told_otherwise() -> None:
    again, fixed = Dataset.range(50).shuffle(50), Dataset.range(50).shuffle(50, None, False)
    assert _elements(again) != _elements(again)
    assert _elements(fixed) == _elements(fixed)


def test_what_has_no_end_is_endless_to_keras() -> None:
    assert Dataset.from_generator(lambda: iter(int, 1)).num_batches is None


def test_windows_with_the_target_where_each_begins() -> None:
    series = np.arange(12.0)
    (x, y), (last, _) = windows_of_series(series[:-3], series[3:], 3, batch_size=5)
    assert x.tolist()[0] == [0.0, 1.0, 2.0]
    assert y.tolist()[:2] == [3.0, 4.0]
    assert len(last) == 2


@pytest.fixture
def captured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Recipe]:
    """A program's recipe, as ``check`` captures it: in today's words first."""

    def capture(text: str) -> Recipe:
        path = tmp_path / "program.py"
        path.write_text(text)
        modern, _ = modernize_file(path, partly=True)
        return capture_script(path, (), text=modern.text).recipes[0]

    monkeypatch.setenv("KERAS_BACKEND", "jax")
    return capture


TF = """\
import numpy as np
import tensorflow as tf
print(tf.__version__, tf.config.list_physical_devices("GPU"))
tf.random.set_seed(1)
x = np.random.default_rng(0).normal(size=(90, 3)).astype("float32")
y = tf.reduce_sum(tf.constant(x), axis=1).numpy()

@tf.function
def wrong(a, b):
    return tf.reduce_mean(tf.square(a - b))

rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(90).batch(20).prefetch(tf.data.AUTOTUNE)
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
model.compile("adam", wrong)
model.fit(rows, epochs=3)
print(tf.argmax(model.predict(x), axis=1))
"""


SETTING = """\
import jax
jax.config.update("jax_num_cpu_devices", 2)
import keras
import numpy as np
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(np.zeros((90, 3)), np.zeros(90))
"""


def test_the_program_may_say_how_jax_starts(captured: Callable[[str], Recipe]) -> None:
    """Once there are arrays, JAX refuses to be told."""
    assert captured(SETTING).data.rows == 90


@pytest.mark.skipif(find_spec("tensorflow") is not None, reason="tensorflow is installed")
def test_a_program_of_tensorflow_is_captured_without_it(
    captured: Callable[[str], Recipe],
) -> None:
    recipe = captured(TF)
    assert recipe.data.feed is Feed.BATCHES
    assert not recipe.fit.shuffle
    assert recipe.data.rows == 90
    assert recipe.fit.batch_size == 20
    assert recipe.loss.custom
    assert np.allclose(np.concatenate(recipe.data.inputs).sum(1), recipe.data.targets[0].ravel())
