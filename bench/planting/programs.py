"""Healthy programs of different kinds, each described by a ``Plan`` that a fault can change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from unstuck.recipe import Array


@dataclass(frozen=True)
class Plan:
    """One program: its rows, its network in a few settings, its ``compile`` and ``fit``.

    ``body`` makes the last hidden tensor of the inputs; ``head`` is the number of output units.
    ``loss`` and ``optimizer`` are names or calls that make one. ``after`` wraps the output.
    """

    kind: str
    x: tuple[Array, ...]
    y: Array
    body: Callable[[Plan, list[Any]], Any]
    head: int
    head_activation: str | None
    loss: Any
    units: tuple[int, ...] = (32, 32)
    activation: str | None = "relu"
    initializer: Any = None
    penalty: float = 0.0
    dropout: float = 0.0
    momentum: float | None = None
    frozen: bool = False
    optimizer: str = "Adam"
    rate: Any = 0.003
    settings: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    epochs: int = 40
    batch: int = 32
    fit: Mapping[str, Any] = field(default_factory=dict)
    after: Callable[[Any], Any] | None = None

    @property
    def is_regression(self) -> bool:
        """Whether the targets are real numbers."""
        return self.loss in ("mse", "mae")

    @property
    def classes(self) -> int:
        """How many classes there are, 0 in a regression."""
        return 0 if self.is_regression else int(self.y.max()) + 1

    def model(self) -> Any:
        """The compiled network."""
        inputs = [keras.Input(x.shape[1:]) for x in self.x]
        hidden = self.body(self, inputs)
        output = self.dense(self.head, self.head_activation)(hidden)
        output = self.after(output) if self.after else output
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], output)
        if self.frozen:
            model.trainable = False
        kind = getattr(keras.optimizers, self.optimizer)
        model.compile(kind(self.rate, **self.settings), self.loss, metrics=list(self.metrics))
        return model

    def dense(self, units: int, activation: str | None) -> Any:
        """A layer with the plan's initializer and penalty."""
        given: dict[str, Any] = {}
        if self.initializer is not None:
            given["kernel_initializer"] = self.initializer
        if self.penalty:
            given["kernel_regularizer"] = keras.regularizers.L2(self.penalty)
        return keras.layers.Dense(units, activation, **given)

    def stack(self, hidden: Any) -> Any:
        """The hidden dense layers."""
        for units in self.units:
            hidden = self.dense(units, self.activation)(hidden)
            if self.momentum is not None:
                hidden = keras.layers.BatchNormalization(momentum=self.momentum)(hidden)
            if self.dropout:
                hidden = keras.layers.Dropout(self.dropout)(hidden)
        return hidden


def _dense(plan: Plan, inputs: list[Any]) -> Any:
    return plan.stack(inputs[0])


def _joined(plan: Plan, inputs: list[Any]) -> Any:
    branches = [plan.dense(plan.units[0], plan.activation)(one) for one in inputs]
    return plan.stack(keras.layers.Concatenate()(branches))


def _convolved(plan: Plan, inputs: list[Any]) -> Any:
    hidden = keras.layers.Conv2D(8, 3, activation="relu")(inputs[0])
    hidden = keras.layers.Flatten()(keras.layers.MaxPooling2D()(hidden))
    return plan.stack(hidden)


def _recurrent(plan: Plan, inputs: list[Any]) -> Any:
    return plan.stack(keras.layers.GRU(16)(inputs[0]))


def _embedded(plan: Plan, inputs: list[Any]) -> Any:
    hidden = keras.layers.Embedding(50, 8)(inputs[0])
    return plan.stack(keras.layers.GlobalAveragePooling1D()(hidden))


def regression(random: np.random.Generator, rows: int) -> Plan:
    """A smooth function of a few numbers."""
    x = random.normal(size=(rows, int(random.integers(3, 8))))
    y = np.sin(x[:, 0]) + x[:, 1] * 0.5 + 0.3 * x[:, 2] ** 2
    return Plan("dense regression", (x,), y - y.mean(), _dense, 1, None, "mse")


def classification(random: np.random.Generator, rows: int) -> Plan:
    """Clouds of points, several to a class."""
    classes = int(random.integers(3, 6))
    centres = random.normal(size=(2 * classes, 6)) * 2
    which = random.integers(0, len(centres), rows)
    x = centres[which] + random.normal(size=(rows, 6)) * 0.5
    y = which % classes
    loss = "sparse_categorical_crossentropy"
    return Plan("dense classification", (x,), y, _dense, classes, "softmax", loss)


def binary(random: np.random.Generator, rows: int) -> Plan:
    """Whether a point lies in a ring."""
    x = random.normal(size=(rows, 4))
    y = ((x[:, :2] ** 2).sum(axis=1) > 1.4).astype(int)
    return Plan("binary", (x,), y, _dense, 1, "sigmoid", "binary_crossentropy", epochs=60)


def digits(random: np.random.Generator, rows: int) -> Plan:
    """The digits of scikit-learn, by a convolution."""
    x, y = load_digits(return_X_y=True)
    some = random.permutation(len(x))[:rows]
    images = (x[some] / 16.0).reshape(-1, 8, 8, 1)
    loss = "sparse_categorical_crossentropy"
    return Plan("digits", (images,), y[some], _convolved, 10, "softmax", loss, (32,), epochs=15)


def recurrent(random: np.random.Generator, rows: int) -> Plan:
    """The next value of a sine of its own pitch and phase."""
    phase, pitch = random.uniform(0, 6.3, (rows, 1)), random.uniform(0.2, 0.6, (rows, 1))
    waves = np.sin(phase + pitch * np.arange(13))
    x, y = waves[:, :12, None], waves[:, 12]
    return Plan("recurrent", (x,), y, _recurrent, 1, None, "mse", (16,), epochs=20)


def embedding(random: np.random.Generator, rows: int) -> Plan:
    """Whether more of a row's words are of one half of the vocabulary."""
    x = random.integers(0, 50, (rows, 9))
    y = ((x < 25).sum(axis=1) > 4).astype(int)
    loss = "binary_crossentropy"
    return Plan("embedding", (x,), y, _embedded, 1, "sigmoid", loss, (16,), epochs=25)


def several_inputs(random: np.random.Generator, rows: int) -> Plan:
    """A number from two inputs."""
    x, z = random.normal(size=(rows, 4)), random.normal(size=(rows, 3))
    y = x[:, 0] * z[:, 0] + x[:, 1]
    return Plan("two inputs", (x, z), y, _joined, 1, None, "mse", epochs=60)


def tabular(random: np.random.Generator, rows: int) -> Plan:
    """A table of scikit-learn's, standardised."""
    load = (load_wine, load_breast_cancer)[int(random.integers(2))]
    x, y = load(return_X_y=True)
    some = random.permutation(len(x))[:rows]
    x = ((x - x.mean(axis=0)) / x.std(axis=0))[some]
    loss = "sparse_categorical_crossentropy"
    return Plan("tabular", (x,), y[some], _dense, int(y.max()) + 1, "softmax", loss)


KINDS: tuple[Callable[[np.random.Generator, int], Plan], ...] = (
    regression,
    classification,
    binary,
    digits,
    recurrent,
    embedding,
    several_inputs,
    tabular,
)
