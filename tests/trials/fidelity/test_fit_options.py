"""Arguments of ``fit`` and ``compile``, kinds of numbers, trainings that go on."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from stepwise import advance, agree, lanes_of

from unstuck.capture.keras import capture_fit
from unstuck.errors import CaptureError

RNG = np.random.default_rng(8)
layers, optimizers = keras.layers, keras.optimizers
X = RNG.normal(size=(32, 4)).astype("float32")  # in two batches of 16
Y = np.tanh(X.sum(axis=1))
LABELS = (Y > 0).astype(int)


def _model(
    *made: Any, optimizer: Any = "sgd", loss: Any = "mse", kind: str = "float32", **compiled: Any
) -> keras.Model:
    model = keras.Sequential([keras.Input((4,), dtype=kind), *made, layers.Dense(1)])
    model.compile(optimizer, loss, **compiled)
    return model


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize(
    "options",
    [
        {"sample_weight": RNG.uniform(0, 2, 32)},
        {"validation_split": 0.25},
        {"validation_data": (X[:9], Y[:9])},
        {"batch": None},
        {"batch": 64},
        {"batch": 12},  # and a last one of eight
        {"shuffle": "batch"},
        {"initial_epoch": 1, "epochs": 3},
        {"steps_per_epoch": 1, "epochs": 3},  # the second epoch has the other batch
        {"steps_per_epoch": 2, "epochs": 4, "batch": 12},  # every other epoch ends after a step
        {"steps_per_epoch": 9},  # fit ends each epoch where the rows end
        {"steps_per_epoch": 4, "batch": None},
    ],
    ids=lambda options: " ".join(f"{k}" for k in options),
)
def test_arguments_of_fit(options: dict[str, Any]) -> None:
    agree(_model(), X, Y, **options)


def test_class_weights() -> None:
    weights = {0: 3.0, 1: 0.5}
    agree(_model(layers.Dense(2)), X, LABELS, class_weight=weights)
    wide = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    wide.compile("sgd", "categorical_crossentropy")
    agree(wide, X, np.eye(3)[LABELS], class_weight=weights)
    with pytest.raises(CaptureError, match="class weights"):
        capture_fit(wide, X, np.eye(3)[LABELS], class_weight=weights, sample_weight=Y)


def test_weights_of_single_times() -> None:
    x = RNG.normal(size=(20, 5, 2)).astype("float32")
    model = keras.Sequential([keras.Input((5, 2)), layers.Dense(3, "relu"), layers.Dense(1)])
    model.compile("sgd", "mse")
    agree(model, x, x.sum(-1, keepdims=True), batch=10, sample_weight=RNG.uniform(size=(20, 5)))


@pytest.mark.parametrize(
    "compiled",
    [
        {"metrics": ["mae", keras.metrics.R2Score()], "weighted_metrics": ["mse"]},
        {"jit_compile": False},
        {"auto_scale_loss": False},
        {"loss_weights": 0.3},
    ],
    ids=lambda compiled: next(iter(compiled)),
)
def test_arguments_of_compile(compiled: dict[str, Any]) -> None:
    agree(_model(**compiled), X, Y[:, None])


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype float64")
@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [("mixed_float16", 1e-2), ("mixed_bfloat16", 3e-2), ("float64", 1e-4)],
)
def test_precision_of_layers(kind: str, tolerance: float) -> None:
    agree(_model(layers.Dense(3, dtype=kind)), X, Y, rtol=tolerance)


@pytest.mark.parametrize("kind", ["float16", "float64", "int64", "uint8", "bool"])
def test_kinds_of_numbers(kind: str) -> None:
    x = np.abs(X * 3).astype(kind)
    model = _model(layers.Rescaling(0.3), kind="float32")
    agree(model, x, (Y * 3).astype("int64") if kind == "int64" else Y.astype("float64"))


@pytest.mark.parametrize("given", [{"var_names": ["bias"]}, {"var_list": True}])
def test_variables_kept_from_decay(given: dict[str, Any]) -> None:
    dense, optimizer = layers.Dense(3), optimizers.AdamW(0.05, weight_decay=0.5)
    model = _model(dense)
    wanted = {"var_list": [dense.kernel]} if "var_list" in given else given
    optimizer.exclude_from_weight_decay(**wanted)
    model.compile(optimizer, "mse")
    recipe = agree(model, X, Y)
    assert len(recipe.optimizer.undecayed) in (1, 2)


def test_a_training_goes_on_where_it_was() -> None:
    """Weights, moments and the number of the step, on which the schedule hangs."""
    schedule = optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    model = _model(layers.Dense(4), optimizer=optimizers.Adam(schedule))
    model.fit(X, Y, verbose=0)
    agree(model, X, Y)


def test_a_rate_set_later() -> None:
    model = _model()
    model.optimizer.learning_rate = 0.03
    agree(model, X, Y)


def test_the_small_number_of_the_losses() -> None:
    keras.config.set_epsilon(0.2)
    try:
        model = _model(layers.Dense(1, "sigmoid"), loss="binary_crossentropy")
        agree(model, X, LABELS)
        recipe = capture_fit(model, X, LABELS)
        keras.config.set_epsilon(1e-7)
        advance(lanes_of(recipe), 1)
        assert keras.config.epsilon() == 0.2
    finally:
        keras.config.set_epsilon(1e-7)


class Fours(keras.Layer):
    """Subtracts the mean of the batch: rows do not stand for themselves."""

    def call(self, x: Any) -> Any:
        return x - keras.ops.mean(x, axis=0)


@pytest.mark.parametrize("case", ["mask", "own activation", "own layer", "dice", "circle"])
def test_what_does_not_fold(case: str) -> None:
    """Four rows, repeated unevenly: where a batch is more than its rows, it is trained whole."""
    rows = np.array([0, 0, 0, 1, 2, 3, 3, 3] * 8)
    x, y = X[rows], LABELS[[0, 1, 2, 3]][rows]
    kind, loss, made = "float32", "mse", []
    match case:
        case "mask":
            x, kind = np.abs(x * 2).astype("int32") % 3, "int32"
            made = [layers.Embedding(3, 2, mask_zero=True)]
            y = np.repeat(Y[rows][:, None, None], 4, axis=1)
        case "own activation":
            made = [layers.Dense(3, activation=lambda v: v - keras.ops.mean(v, axis=0))]
        case "own layer":
            made = [Fours()]
        case _:
            made, loss = [layers.Dense(3), layers.UnitNormalization()], case
    model = _model(*made, loss=loss, kind=kind)
    if case == "circle":
        model = keras.Sequential([keras.Input((4,)), *made])
        model.compile("sgd", loss)
    agree(model, x, y, batch=32)
