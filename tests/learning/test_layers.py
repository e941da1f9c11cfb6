"""Layers: each computes its equation, keeps its bounds, and comes back from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unstuck.layers import Addition, Between, Multiplication, Sine

KINDS = [Addition, Multiplication, Sine]
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32))


def _rows(rows: int, features: int, seed: int) -> Any:
    return np.random.default_rng(seed).uniform(-2, 2, (rows, features)).astype(np.float32)


@settings(max_examples=8)  # each shape is compiled
@given(SHAPES)
def test_addition_computes_its_equation(shape: tuple[int, int, int, int]) -> None:
    rows, features, units, seed = shape
    x, layer = _rows(rows, features, seed), Addition(units)
    found = np.asarray(layer(x))
    np.testing.assert_allclose(found, x @ np.asarray(layer.kernel), rtol=1e-4, atol=1e-5)


@settings(max_examples=8)  # each shape is compiled
@given(SHAPES)
def test_multiplication_computes_its_equation(shape: tuple[int, int, int, int]) -> None:
    rows, features, units, seed = shape
    x, layer = _rows(rows, features, seed), Multiplication(units)
    found, w = np.asarray(layer(x)), np.asarray(layer.get_weights()[0])
    for row in range(rows):
        for unit in range(units):
            terms = [w[i, unit] * x[row, i] + 1 - w[i, unit] for i in range(features)]
            assert found[row, unit] == pytest.approx(float(np.prod(terms)), rel=1e-4, abs=1e-5)


def test_multiplication_takes_inputs_of_weight_one_and_leaves_out_those_of_zero() -> None:
    layer = Multiplication(2)
    layer.build((None, 3))
    layer.set_weights([np.array([[1, 0], [0, 1], [1, 1]])])
    found = np.asarray(layer(np.array([[2.0, 3.0, 5.0]])))
    np.testing.assert_allclose(found, [[10.0, 15.0]])


@settings(max_examples=8)  # each shape is compiled
@given(SHAPES)
def test_sine_computes_its_equation(shape: tuple[int, int, int, int]) -> None:
    rows, features, units, seed = shape
    x, layer = _rows(rows, features, seed), Sine(units)
    found, (w, b) = np.asarray(layer(x)), layer.get_weights()
    np.testing.assert_allclose(found, np.sin(x @ w + b), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(4, 3), (4, 6, 3)])
def test_the_shape_told_is_the_shape_given(kind: Any, shape: tuple[int, ...]) -> None:
    layer = kind(5)
    assert layer(np.ones(shape, np.float32)).shape == layer.compute_output_shape(shape)
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *shape[1:-1], 5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_comes_back_from_a_file(kind: Any, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), kind(4, name="mine"), keras.layers.Dense(1)])
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    layer = loaded.get_layer("mine")
    assert type(layer) is kind
    assert layer.units == 4
    x = _rows(7, 3, 0)
    np.testing.assert_array_equal(
        loaded.predict(x, verbose=0),
        model.predict(x, verbose=0),
    )
    if kind is not Sine:
        kept = layer.kernel.constraint.get_config()
        assert kept == model.get_layer("mine").kernel.constraint.get_config()


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [(Addition, -0.5, 0.5), (Multiplication, 0.25, 0.75), (Sine, -np.pi, np.pi)],
)
def test_weights_begin_within_their_bounds(kind: Any, low: float, high: float) -> None:
    layer = kind(4)
    layer.build((None, 8))
    kernel = layer.get_weights()[0]
    assert kernel.shape == (8, 4)
    assert low <= kernel.min() < kernel.max() <= high


@pytest.mark.parametrize(("kind", "low", "high"), [(Addition, -1, 1), (Multiplication, 0, 1)])
def test_training_keeps_weights_between_their_bounds(kind: Any, low: float, high: float) -> None:
    model = keras.Sequential([keras.Input((2,)), kind(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    x = _rows(64, 2, 1)
    model.fit(x, 5 * x[:, 0] - 5 * x[:, 1], epochs=3, verbose=0)
    kernel = model.get_weights()[0]
    assert low <= kernel.min() <= kernel.max() <= high
    assert {low, high} & set(kernel.ravel().tolist())


@settings(max_examples=20)
@given(st.floats(-5, 5, width=32))
def test_between_clips(number: float) -> None:
    assert float(Between(-1.0, 2.0)(np.float32(number))) == min(2.0, max(-1.0, number))
