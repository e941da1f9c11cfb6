"""Transforms: what goes in comes back, and what they promise of the numbers between."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unstuck.transform import Array, Classes, Log, Period, Scale, Shape

FLOAT32 = float(np.finfo(np.float32).eps)
ROWS = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=8)


def _arrays(low: float, high: float) -> st.SearchStrategy[Array]:
    numbers = st.floats(low, high, allow_subnormal=False, width=32)  # as a network sees them
    return hnp.arrays(np.float64, ROWS, elements=numbers)


@given(_arrays(-1e6, 1e6))
def test_scale_comes_back(values: Array) -> None:
    scale = Scale.to_unit(values)
    back = scale.inverse(scale.forward(values))
    reach = np.abs(values - np.asarray(scale.offset)).max()
    np.testing.assert_allclose(back, values, rtol=1e-12, atol=FLOAT32 * reach)


@given(st.integers(0, 2**32 - 1), st.floats(-100, 100), st.floats(1e-3, 1e6))
def test_scale_gives_unit_features(seed: int, offset: float, spread: float) -> None:
    values = np.random.default_rng(seed).normal(size=(50, 3)) * spread + offset
    scaled = Scale.to_unit(values).forward(values)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-4)


@given(st.floats(-1e6, 1e6), st.integers(1, 1000))
def test_constant_feature_keeps_its_spread(value: float, rows: int) -> None:
    """Also where the mean of equal numbers rounds to another number."""
    scale = Scale.to_unit(np.full((rows, 1), value))
    assert scale.spread == (1.0,)


@given(_arrays(0, 1e9))
def test_log_comes_back(values: Array) -> None:
    log = Log.of(values)
    back = log.inverse(log.forward(values))
    np.testing.assert_allclose(back, values, rtol=1e-5, atol=1e-5)


@given(st.floats(allow_nan=False))
def test_log_keeps_wild_predictions_finite(prediction: float) -> None:
    answer = Log.of(np.array([0.0, 100.0])).inverse(np.array([prediction]))[0]
    assert 0 <= answer < 101 * np.e


@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.integers(-3, 3)
    )
)
def test_classes_come_back(rows: Array) -> None:
    classes = Classes.of(rows)
    one_hot = classes.forward(rows)
    assert one_hot.shape == (len(rows), len(np.unique(rows, axis=0)))
    assert np.all(one_hot.sum(axis=1) == 1)
    np.testing.assert_array_equal(classes.inverse(one_hot), rows)


def test_classes_read_the_likeliest() -> None:
    classes = Classes.of(np.array([[0, 1], [1, 0], [1, 1]]))
    answers = classes.inverse(np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]))
    np.testing.assert_array_equal(answers, [[1, 0], [0, 1]])


@given(st.integers(2, 40), st.integers(0, 2**19))
def test_period_spans_functions_of_the_remainder(period: int, start: int) -> None:
    """A linear fit on the features of bits gives the one-hot remainder exactly."""
    numbers = np.arange(start, start + 2 * period)
    bits = (numbers[:, None] >> np.arange(20)) & 1
    features = Period(period, tuple(2.0**k for k in range(20))).forward(bits)
    design = np.column_stack([features, np.ones(len(features))])
    remainder = np.eye(period)[numbers % period]
    fitted = design @ np.linalg.lstsq(design, remainder, rcond=1e-5)[0]
    np.testing.assert_allclose(fitted, remainder, atol=1e-4)


def test_period_is_for_inputs_only() -> None:
    with pytest.raises(NotImplementedError, match="Period"):
        Period(7, (1.0,)).inverse(np.zeros((1, 6)))


@given(st.integers(1, 6), st.lists(st.integers(1, 3), max_size=2), st.integers(1, 3))
def test_shape_comes_back(rows: int, sides: list[int], seeds: int) -> None:
    """Also for the answers of several networks at once, one leading axis more."""
    outside, inside = (*sides,), (1, *reversed(sides))
    shape = Shape(outside, inside)
    values = np.random.default_rng(0).normal(size=(rows, *outside))
    moved = shape.forward(values)
    assert moved.shape == (rows, *inside)
    np.testing.assert_array_equal(shape.inverse(moved), values)
    many = np.broadcast_to(moved, (seeds, *moved.shape))
    assert shape.inverse(many).shape == (seeds, *values.shape)
