"""Layers of Keras for arithmetic and periods, for anyone's model.

A saved model that holds them loads where ``unstuck.layers`` has been imported.
"""

from __future__ import annotations

from math import factorial, pi, sqrt
from typing import Any

import keras
from keras import ops

PACKAGE = "unstuck"


def sine(angle: Any) -> Any:
    """The sine, by Taylor's polynomial of degree 11 within a quarter turn: right to 1e-6 for
    angles of a few turns. XLA computes its own number by number on a CPU; this is seven times
    faster there."""
    turns = angle / (2 * pi)
    turns = turns - ops.round(turns)
    folded = ops.where(ops.abs(turns) > 0.25, ops.sign(turns) * 0.5 - turns, turns)
    z = 2 * pi * folded
    square, total = z * z, 0.0
    for power in range(11, 1, -2):
        total = (total + (-1) ** (power // 2) / factorial(power)) * square
    return z * (1.0 + total)


@keras.saving.register_keras_serializable(PACKAGE)
class Between(keras.constraints.Constraint):  # type: ignore[misc]
    """Keeps weights between ``low`` and ``high``."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, w: Any) -> Any:
        return ops.clip(w, self.low, self.high)

    def get_config(self) -> dict[str, Any]:
        return {"low": self.low, "high": self.high}


@keras.saving.register_keras_serializable(PACKAGE)
class Addition(keras.layers.Layer):  # type: ignore[misc]
    """The neural addition unit: sums and differences of its inputs.

    ``z = x W`` with every weight between -1 and 1: ``(..., features)`` to ``(..., units)``.

    Source: Madsen & Johansen, "Neural Arithmetic Units", ICLR 2020, equation 8; the weights begin
    as there, uniform with the variance of Glorot & Bengio and at most 0.5 in size.
    """

    def __init__(self, units: int, **named: Any) -> None:
        super().__init__(**named)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = int(input_shape[-1] or 1)
        reach = min(0.5, sqrt(6.0 / (features + self.units)))
        self.kernel = self.add_weight(
            shape=(features, self.units),
            initializer=keras.initializers.RandomUniform(-reach, reach),
            constraint=Between(-1.0, 1.0),
            name="kernel",
        )

    def call(self, x: Any) -> Any:
        return ops.matmul(x, self.kernel)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(PACKAGE)
class Multiplication(keras.layers.Layer):  # type: ignore[misc]
    """The neural multiplication unit: products of some of its inputs.

    ``z_j = prod_i (W_ij x_i + 1 - W_ij)`` with every weight between 0 and 1:
    ``(..., features)`` to ``(..., units)``. A weight of 0 leaves an input out, 1 takes it.

    Source: Madsen & Johansen, "Neural Arithmetic Units", ICLR 2020, equation 9; the weights begin
    as there, uniform between 0.25 and 0.75.
    """

    def __init__(self, units: int, **named: Any) -> None:
        super().__init__(**named)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.kernel = self.add_weight(
            shape=(int(input_shape[-1] or 1), self.units),
            initializer=keras.initializers.RandomUniform(0.25, 0.75),
            constraint=Between(0.0, 1.0),
            name="kernel",
        )

    def call(self, x: Any) -> Any:
        return ops.prod(ops.expand_dims(x, -1) * self.kernel + 1.0 - self.kernel, axis=-2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(PACKAGE)
class Sine(keras.layers.Layer):  # type: ignore[misc]
    """Periodic units: ``z = sin(x W + b)``, ``(..., features)`` to ``(..., units)``.

    Weights and biases begin uniform between -pi and pi: over bits, whose products with a weight
    matter only up to whole turns, that is every frequency alike. A remainder by ``m`` is a sum of
    such units with the weights ``2 pi k 2^i / m`` for the bit of value ``2^i``.

    Source: the Fourier basis of functions of a remainder; sines as activations as in Sitzmann et
    al., "Implicit Neural Representations with Periodic Activation Functions", NeurIPS 2020.
    """

    def __init__(self, units: int, **named: Any) -> None:
        super().__init__(**named)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        turn = keras.initializers.RandomUniform(-pi, pi)
        features = int(input_shape[-1] or 1)
        self.kernel = self.add_weight(shape=(features, self.units), initializer=turn, name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer=turn, name="bias")

    def call(self, x: Any) -> Any:
        return sine(ops.matmul(x, self.kernel) + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
