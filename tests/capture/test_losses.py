"""Losses of several outputs: what each is compared by, in the order of the targets."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from unstuck.capture.keras.fit import capture_fit
from unstuck.recipe import Loss

layers = keras.layers
X = np.random.default_rng(5).normal(size=(20, 3)).astype("float32")
TARGETS = {"a": X[:, 0], "b": (X[:, 1] > 0).astype("float32")}
MSE, MAE, BINARY = "mean_squared_error", "mean_absolute_error", "binary_crossentropy"


def _mine(y: Any, p: Any) -> Any:
    return keras.ops.mean((y - p) ** 2, axis=-1)


@keras.saving.register_keras_serializable("tests")
class Own(keras.losses.Loss):
    def call(self, y: Any, p: Any) -> Any:
        return _mine(y, p)


def _captured(structure: type, names: tuple[str, str] = ("b", "a"), **compiled: Any) -> Loss:
    """Outputs b and a in a list, which have that order, or in a dictionary, which has that of its
    keys."""
    x = keras.Input((3,))
    two = {key: layers.Dense(1, name=name)(x) for key, name in zip("ba", names, strict=True)}
    model = keras.Model(x, two if structure is dict else list(two.values()))
    model.compile("sgd", **compiled)
    return capture_fit(model, X, TARGETS).loss


@pytest.mark.parametrize("structure", [list, dict])
@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"a": "mse", "b": BINARY}, {"a": MSE, "b": BINARY}),
        ({"b": "mae", "a": keras.losses.MeanSquaredError()}, {"a": MSE, "b": MAE}),
        ({"a": keras.losses.mean_absolute_error, "b": "ce"}, {"a": MAE, "b": BINARY}),
        ({"a": None, "b": keras.losses.KLDivergence()}, {"a": "", "b": "kl_divergence"}),
        ({"a": _mine, "b": Own()}, {"a": "_mine", "b": "Own"}),
        ({"a": ["mse", "mae"], "b": BINARY}, {"a": MSE, "b": BINARY}),
    ],
    ids=["names", "an object", "a function", "none", "of its own", "two for one"],
)
def test_each_output_has_its_own(structure: type, given: Any, parts: dict[str, str]) -> None:
    found = _captured(structure, loss=given)
    assert found.outputs == (("a", "b") if structure is dict else ("b", "a"))
    assert dict(zip(found.outputs, found.parts, strict=True)) == parts
    assert found.unreached == tuple(name for name, part in parts.items() if not part)


@pytest.mark.parametrize("structure", [list, dict])
def test_a_list_goes_by_the_order_of_the_outputs(structure: type) -> None:
    assert _captured(structure, loss=["mse", "mae"]).parts == (MSE, MAE)


def test_an_output_weighed_by_0_is_read_by_none() -> None:
    found = _captured(list, loss=["mse", "mae"], loss_weights=[1.0, 0.0])
    assert (found.parts, found.unreached) == ((MSE, ""), ("a",))


def test_each_is_told_of_logits_by_itself() -> None:
    given = {"a": "mse", "b": keras.losses.BinaryCrossentropy(from_logits=True)}
    found = _captured(list, loss=given)
    assert [found.takes_logits(output) for output in (0, 1)] == [True, False]


def test_keys_are_told_from_names_of_layers() -> None:
    found = _captured(dict, ("a_of_b", "b_of_a"), loss={"a": "mse", "b": BINARY})
    assert found.parts == (MSE, BINARY)


def test_a_single_loss_has_no_parts() -> None:
    found = _captured(list, loss="mse")
    assert (found.name, found.parts, found.outputs) == (MSE, (), ("b", "a"))
