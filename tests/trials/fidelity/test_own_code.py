"""Layers, models, losses, optimizers and schedules of the program's own."""

from __future__ import annotations

from functools import partialmethod
from typing import Any

import keras
import numpy as np
import pytest
from stepwise import agree

from unstuck.capture.keras import capture_fit

RNG = np.random.default_rng(7)
layers, ops = keras.layers, keras.ops
X = RNG.normal(size=(20, 3)).astype("float32")
Y = np.tanh(X.sum(axis=1))


class Bare(keras.Layer):
    """A constructor that takes nothing, weights made in ``build``, a loss added in ``call``."""

    def __init__(self) -> None:
        super().__init__()

    def build(self, shape: tuple) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], 2), initializer="he_normal")

    def call(self, x: Any) -> Any:
        self.add_loss(0.1 * ops.mean(ops.square(self.kernel)))
        return ops.matmul(x, self.kernel)


@keras.saving.register_keras_serializable("fidelity")
class Registered(keras.Layer):
    """The way in which Keras wants them."""

    def __init__(self, factor: float, **named: Any) -> None:
        super().__init__(**named)
        self.factor = factor

    def call(self, x: Any) -> Any:
        return self.factor * x

    def get_config(self) -> dict:
        return {**super().get_config(), "factor": self.factor}


class Counting(keras.Layer):
    """Keeps a state that training changes."""

    def build(self, shape: tuple) -> None:
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        if training:
            self.count.assign(self.count + 1)
        return x / (1 + self.count)


class Network(keras.Model):
    """Written as the guides write them."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = layers.Dense(4, "relu"), layers.Dense(1)
        self.norm = layers.BatchNormalization()

    def call(self, x: Any, training: bool = False) -> Any:
        return self.two(self.norm(self.one(x), training=training))


def _squares(wanted: Any, found: Any) -> Any:
    return ops.mean(ops.square(wanted - found), axis=-1)


class Quartic(keras.losses.Loss):
    """Sees the shapes as they are."""

    def call(self, wanted: Any, found: Any) -> Any:
        return ops.mean((wanted - found) ** 4, axis=-1)


class Slowing(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step: Any) -> Any:
        return 0.05 / (1 + ops.cast(step, "float32"))

    def get_config(self) -> dict:
        return {}


class Plain(keras.optimizers.SGD):
    """An optimizer of the program's own by name alone."""


def _model(*made: Any, optimizer: Any = "sgd", loss: Any = "mse") -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), *made, layers.Dense(1)])
    model.compile(optimizer, loss)
    return model


@pytest.mark.parametrize("kind", [Bare, lambda: Registered(0.5), Counting])
def test_layers(kind: Any) -> None:
    agree(_model(kind()), X, Y, batch=10)


def test_functions_in_layers() -> None:
    half = 0.5
    made = layers.Dense(
        3,
        activation=lambda x: ops.sin(x) * half,
        kernel_regularizer=lambda w: 0.1 * ops.sum(w**2),
        kernel_constraint=lambda w: ops.clip(w, -0.5, 0.5),
        kernel_initializer=lambda shape, dtype=None: ops.ones(shape, dtype) * half,
    )
    agree(_model(made, layers.Lambda(lambda x: x + half)), X, Y, batch=10)
    agree(_model(layers.Dense(3), layers.Lambda(ops.square)), X, Y, batch=10)


def test_models() -> None:
    model = Network()
    model.compile("adam", "mse")
    agree(model, X, Y, batch=10)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_losses(reduction: str) -> None:
    agree(_model(loss=Quartic(reduction=reduction), optimizer="adam"), X, Y, batch=10)
    agree(_model(loss=_squares), X, Y[:, None], batch=10)


@pytest.mark.parametrize(
    "made",
    [
        lambda: keras.optimizers.SGD(Slowing()),
        lambda: keras.optimizers.SGD(lambda: 0.03),
        lambda: Plain(0.02),
    ],
)
def test_optimizers_and_schedules(made: Any) -> None:
    recipe = agree(_model(optimizer=made()), X, Y, batch=10)
    assert 0.01 < recipe.optimizer.learning_rate < 0.06


def test_a_loss_that_layers_add() -> None:
    model = keras.Sequential([keras.Input((3,)), Bare()])
    model.compile("sgd")
    agree(model, X, Y, batch=10)


@pytest.mark.parametrize("name", ["train_step", "compute_loss"])
def test_a_step_of_ones_own_is_refused_by_name(name: str) -> None:
    own = partialmethod(getattr(keras.Model, name))
    kind = type("Own", (keras.Sequential,), {name: own})
    model = kind([keras.Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert capture_fit(model, X, Y).obstacle == f"the model has a {name} of its own"
    other = _model()
    setattr(other, name, getattr(other, name))
    assert capture_fit(other, X, Y).obstacle == f"the model has a {name} of its own"
