"""Recipes: rows taken, layers described, the numbers on both sides of the transforms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.recipe import Data, Fit, Layer, Loss, Model, ModelKind, Optimizer, Recipe
from unstuck.transform import Scale


def _data(rows: int = 6) -> Data:
    x, y = np.arange(2.0 * rows).reshape(rows, 2), np.arange(rows)
    drawn = Data((x + 100,), (y + 100,))
    return Data((x, -x), (y,), weights=y / rows, shared_memory=True, drawn=drawn)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_take_keeps_rows_together(rows: list[int]) -> None:
    data = _data()
    taken = data.take(np.array(rows))
    assert taken.rows == len(rows)
    for k, row in enumerate(rows):
        np.testing.assert_array_equal(taken.inputs[0][k], data.inputs[0][row])
        np.testing.assert_array_equal(taken.inputs[1][k], -data.inputs[0][row])
        assert taken.targets[0][k] == row
        assert taken.weights is not None
        assert taken.weights[k] == row / 6
        assert taken.drawn is not None
        assert taken.drawn.targets[0][k] == row + 100
    assert taken.shared_memory


def test_take_without_weights_or_drawn() -> None:
    taken = Data((np.zeros((4, 1)),), (np.zeros(4),)).take(slice(1, 3))
    assert (taken.rows, taken.weights, taken.drawn) == (2, None, None)


@pytest.mark.parametrize(
    ("kind", "activation", "expected"),
    [
        ("Dense", "relu", "relu"),
        ("Dense", None, "linear"),
        ("Flatten", "", "linear"),
        ("LeakyReLU", None, "leaky_relu"),
        ("ReLU", None, "relu"),
        ("Softmax", None, "softmax"),
        ("Dense", {"class_name": "function", "config": "swish"}, "swish"),
        ("Dense", {"class_name": "Mine", "config": {"slope": 2}}, "custom"),
    ],
)
def test_activation_of_a_layer(kind: str, activation: object, expected: str) -> None:
    assert Layer("one", kind, {"activation": activation}).activation == expected


def test_units_of_a_layer() -> None:
    assert Layer("one", "Dense", {"units": 3}).units == 3
    assert Layer("one", "Conv2D", {"filters": 8}).units == 8
    assert Layer("one", "Flatten", {}).units is None


def test_fit_counts_updates() -> None:
    assert Fit(epochs=3, batch_size=10, steps_per_epoch=7).steps == 21


def _recipe(data: Data) -> Recipe:
    return Recipe(
        model=Model(ModelKind.SEQUENTIAL, {}, ()),
        data=data,
        loss=Loss("mean_squared_error"),
        optimizer=Optimizer("Adam", {}, 0.001),
        fit=Fit(1, 2, 3),
    )


def test_transforms_reach_only_their_own_array() -> None:
    half, double = Scale((0.0,), (2.0,)), Scale((0.0,), (0.5,))
    recipe = replace(_recipe(_data()), before=((), (half, half)), after=((double,),))
    first, second = recipe.trained_inputs()
    np.testing.assert_array_equal(first, recipe.data.inputs[0])
    np.testing.assert_allclose(second, recipe.data.inputs[1] / 4)
    targets = recipe.trained_targets()
    np.testing.assert_allclose(targets[0], recipe.data.targets[0] * 2)
    np.testing.assert_allclose(recipe.answers(targets)[0], recipe.data.targets[0])


def test_answers_undo_the_last_transform_first() -> None:
    shift, half = Scale((10.0,), (1.0,)), Scale((0.0,), (2.0,))
    recipe = replace(_recipe(_data()), after=((shift, half),))
    np.testing.assert_allclose(recipe.answers((np.array([1.0]),))[0], [12.0])


def test_other_rows_go_through_the_same_transforms() -> None:
    data = _data()
    recipe = replace(_recipe(data), after=((Scale((1.0,), (3.0,)),),))
    other = data.take(slice(4, 6))
    np.testing.assert_allclose(recipe.trained_targets(other)[0], [1.0, 4 / 3])
