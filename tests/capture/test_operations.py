"""Functions of Keras between the layers of a model: seen as steps of it, and left as they are."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.checks._run import run_checks
from unstuck.checks._task import head
from unstuck.errors import RemedyError
from unstuck.recipe import Recipe
from unstuck.remedies import LinearOutput
from unstuck.trials.fold import fold

X = np.repeat(np.eye(4, dtype="float32"), 100, axis=0)
IDS = np.repeat(np.arange(4) % 3, 100)


def _captured(output: Any, loss: str, y: Any = IDS) -> Recipe:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, output(inputs))
    model.compile("adam", loss)
    return capture_fit(model, X, y, batch_size=100)


def _by_functions(inputs: Any) -> Any:
    hidden = keras.ops.relu(keras.layers.Dense(8, name="first")(inputs))
    return keras.ops.softmax(keras.layers.Dense(3, name="second")(hidden))


def test_activations_by_functions_are_activations() -> None:
    recipe = _captured(_by_functions, "sparse_categorical_crossentropy")
    assert [(x.kind, x.activation) for x in recipe.model.layers] == [
        ("InputLayer", "linear"),
        ("Dense", "linear"),
        ("ops.relu", "relu"),
        ("Dense", "linear"),
        ("ops.softmax", "softmax"),
    ]
    assert recipe.model.output_layer.output_shape == (3,)
    named = {finding.check for finding in run_checks(recipe)}
    assert named.isdisjoint({"logits-as-probabilities", "missing-nonlinearity"})


def test_what_only_reshapes_gives_no_values() -> None:
    recipe = _captured(
        lambda i: keras.ops.squeeze(keras.layers.Dense(1, "relu", name="head")(i), -1),
        "mean_squared_error",
        IDS * 1.0,
    )
    assert recipe.model.output_layer.kind == "ops.squeeze"
    assert head(recipe).name == "head"


def test_a_function_has_no_settings_to_change() -> None:
    recipe = _captured(lambda i: keras.ops.relu(keras.layers.Dense(1)(i)), "mse", IDS * 1.0)
    with pytest.raises(RemedyError):
        LinearOutput().apply(recipe)


def test_rows_that_a_function_may_mix_are_not_taken_for_one() -> None:
    def mixing(inputs: Any) -> Any:
        return keras.layers.Dense(1)(inputs - keras.ops.mean(inputs, axis=0, keepdims=True))

    plain = _captured(keras.layers.Dense(1), "mean_squared_error", IDS * 1.0)
    mixed = _captured(mixing, "mean_squared_error", IDS * 1.0)
    assert fold(plain, plain.data) is not None
    assert fold(mixed, mixed.data) is None
