"""Several inputs and outputs, in every structure that ``fit`` takes them in."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from stepwise import agree

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(6)
layers = keras.layers
X = RNG.normal(size=(20, 3)).astype("float32")
OTHER = 2 * X + 1
Y = np.tanh(X.sum(axis=1))


class Batched(keras.utils.PyDataset):
    """Finished batches of ten rows."""

    def __init__(self, *parts: Any) -> None:
        super().__init__()
        self.parts = parts

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple:
        rows = slice(10 * index, 10 * index + 10)
        return tuple(keras.tree.map_structure(lambda a: a[rows], part) for part in self.parts)


class Difference(keras.Model):
    """A model of the program's own that takes ``form`` and knows no order but that."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, given: Any) -> Any:
        one, two = (given["b"], given["a"]) if isinstance(given, dict) else given
        return self.dense(one - 2 * two)


def _two_inputs(structure: type) -> keras.Model:
    """Names in another order than the inputs."""
    one, two = keras.Input((3,), name="b"), keras.Input((3,), name="a")
    inputs = {"b": one, "a": two} if structure is dict else [one, two]
    model = keras.Model(inputs, layers.Dense(1)(layers.Subtract()([one, layers.ReLU()(two)])))
    model.compile("sgd", "mse")
    return model


def _two_outputs(structure: type = list, **compiled: Any) -> keras.Model:
    x = keras.Input((3,))
    h = layers.Dense(4, "tanh")(x)
    one, two = layers.Dense(1, name="b")(h), layers.Dense(1, name="a")(h)
    model = keras.Model(x, {"b": one, "a": two} if structure is dict else [one, two])
    model.compile("sgd", **compiled)
    return model


@pytest.mark.parametrize("structure", [list, dict])
@pytest.mark.parametrize("batched", [False, True])
def test_named_inputs(structure: type, batched: bool) -> None:
    given = {"a": X, "b": OTHER}
    if batched:
        agree(_two_inputs(structure), Batched(given, Y), batch=None)
    else:
        agree(_two_inputs(structure), given, Y, batch=8)


@pytest.mark.parametrize("given", [{"a": X, "b": OTHER}, (X, OTHER), [X, OTHER]])
def test_inputs_of_a_model_of_ones_own(given: Any) -> None:
    model = Difference()
    model.compile("sgd", "mse")
    agree(model, given, Y, batch=10)


@pytest.mark.parametrize("structure", [list, dict])
@pytest.mark.parametrize("batched", [False, True])
def test_named_outputs_and_weights_of_losses(structure: type, batched: bool) -> None:
    model = _two_outputs(
        structure, loss={"a": "mse", "b": "mae"}, loss_weights={"a": 3.0, "b": 0.1}
    )
    given = {"a": Y, "b": 2 * Y + 1}
    if batched:
        agree(model, Batched(X, given), batch=None)
    else:
        agree(model, X, given, batch=10)


@pytest.mark.parametrize(
    "compiled",
    [
        {"loss": "mse"},
        {"loss": ["mse", None]},
        {"loss": [None, "huber"]},
        {"loss": ["mse", "mae"], "loss_weights": [0.3, 2.0]},
    ],
)
def test_losses_in_a_list(compiled: dict[str, Any]) -> None:
    agree(_two_outputs(**compiled), X, [Y, 2 * Y + 1], batch=10)


@pytest.mark.parametrize("form", ["list", "dictionary", "one for all", "none for one"])
def test_sample_weights_of_several_outputs(form: str) -> None:
    one, two = RNG.uniform(size=(2, 20))
    weights = {
        "list": [one, two],
        "dictionary": {"a": one, "b": two},
        "one for all": one,
        "none for one": [None, two],
    }[form]
    named = form == "dictionary"  # of outputs in a list, Keras takes no weights by name
    targets = {"a": Y, "b": 2 * Y} if named else [Y, 2 * Y]
    agree(
        _two_outputs(dict if named else list, loss="mse"),
        X,
        targets,
        batch=10,
        sample_weight=weights,
    )


def test_shared_layers_attention_and_residues() -> None:
    one, two = keras.Input((4, 3)), keras.Input((4, 3))
    shared = layers.Dense(3, "tanh")
    h = layers.Add()([shared(one), shared(two)])
    h = layers.LayerNormalization()(h + layers.MultiHeadAttention(2, 2)(h, h))
    h = layers.Concatenate()([layers.Flatten()(h), layers.GlobalMaxPooling1D()(two)])
    model = keras.Model([one, two], layers.Dense(1)(h))
    model.compile("adam", "mse")
    x = RNG.normal(size=(2, 20, 4, 3)).astype("float32")
    agree(model, list(x), Y, batch=10)


def test_merging_layers() -> None:
    one, two = keras.Input((3,)), keras.Input((3,))
    merged = [kind()([one, two]) for kind in (layers.Maximum, layers.Multiply, layers.Average)]
    merged += [layers.Minimum()([one, two]), layers.Dot(1)([one, two])]
    model = keras.Model([one, two], layers.Dense(1)(layers.Concatenate()(merged)))
    model.compile("sgd", "mse")
    agree(model, [X, OTHER], Y, batch=10)


@pytest.mark.parametrize("trainable", [True, False])
def test_a_model_within_a_model(trainable: bool) -> None:
    base = [keras.Input((3,)), layers.Dense(4), layers.BatchNormalization()]
    inner = keras.Sequential(base, name="base")
    inner.trainable = trainable
    model = keras.Sequential([keras.Input((3,)), inner, layers.Dense(1)])
    model.compile("adam", "mse")
    agree(model, X, Y, batch=10)
