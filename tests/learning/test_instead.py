"""Another network in place of the program's own, where nothing smaller makes it learn."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import unstuck
from unstuck.capture.keras import capture_fit
from unstuck.finding import Status
from unstuck.learning.instead import networks_instead
from unstuck.recipe import Array, Recipe
from unstuck.remedies import OtherNetwork
from unstuck.verdict import Answer

RANDOM = np.random.default_rng(0)
PAIRS = RANDOM.integers(-50, 51, (1000, 2)).astype(float)
NUMBERS = RANDOM.integers(0, 1024, (2000, 1)).astype(float)


def _model(units: int, activation: str | None, loss: str, width: int) -> keras.Model:
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(units, activation)])
    model.compile("adam", loss)
    return model


def _recipe(x: Array, y: Array, units: int = 1, loss: str = "mse") -> Recipe:
    activation = {"mse": None, "binary_crossentropy": "sigmoid"}.get(loss, "softmax")
    return capture_fit(_model(units, activation, loss, x.shape[1]), x, y, epochs=2)


def _found(recipe: Recipe, *, generic: bool = True) -> list[str]:
    return [r.network for r in networks_instead(recipe, generic=generic)]


def test_what_the_rows_show_is_tried_first() -> None:
    assert _found(_recipe(PAIRS, PAIRS.prod(axis=1))) == ["products", "dense"]
    assert _found(_recipe(PAIRS, PAIRS.sum(axis=1))) == ["linear", "dense"]


def test_networks_for_anything_can_be_left_out() -> None:
    noise = RANDOM.normal(size=(500, 3))
    assert _found(_recipe(noise, noise[::-1, 0])) == ["dense"]
    assert _found(_recipe(noise, noise[::-1, 0]), generic=False) == []


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_classes_stay_the_programs_own(loss: str) -> None:
    classes = NUMBERS[:, 0].astype(int) % 5
    y = classes if loss.startswith("sparse") else np.eye(5)[classes]
    first = networks_instead(_recipe(NUMBERS, y, 5, loss), generic=True)[0]
    assert first.network == "sines"
    assert (first.recipe.loss.name, first.recipe.after) == (loss, ())
    assert first.recipe.model.output_layer.units == 5


def test_classes_that_miss_a_number_are_no_units() -> None:
    classes = np.where(NUMBERS[:, 0] % 2 > 0, 3, 0)
    assert _found(_recipe(NUMBERS, classes, 4, "sparse_categorical_crossentropy")) == []


def test_rows_that_are_no_plain_numbers_are_left_alone() -> None:
    images = RANDOM.normal(size=(50, 4, 4))
    model = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    assert _found(capture_fit(model, images, images[:, 0, 0])) == []


@pytest.mark.slow
def test_a_product_by_a_linear_layer_is_cured_by_another_network() -> None:
    """No smaller change computes it. That another network does proves nothing of this one's
    faults."""
    model = _model(1, None, "mse", 2)
    options = {"executor": "inline", "cache": False, "budget": 120, "seeds": 4}
    verdict = unstuck.check(model, PAIRS, PAIRS.prod(axis=1), epochs=5, verbose=0, **options)
    assert verdict.outcome is Answer.FAILS
    (remedy,) = verdict.cure
    assert isinstance(remedy, OtherNetwork)
    assert remedy.network in ("product", "products")
    assert str(verdict.cured) == "4 of 4"
    assert not any(f.status in (Status.PROVEN, Status.REFUTED) for f in verdict.findings)
    assert verdict.patch is None
    assert "from unstuck.layers import Multiplication" in verdict.advice
    assert verdict.cured_model is not None
