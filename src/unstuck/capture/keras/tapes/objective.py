"""Which loss of which targets a program minimises, told from the number that it computes.

A program that writes ``tf.reduce_mean(tf.square(y - model(x)))`` names no loss. But the number is
known, and so are the model's answers and the arrays at hand: a loss that gives this number of one
of these arrays, again and again, is the one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras.src.losses.losses import LossFunctionWrapper

CLOSE = 1e-4  # relative; what single precision leaves of a mean over a batch


@dataclass(frozen=True)
class Measured:
    """One call of a loss object by the program, while a tape was open."""

    loss: Any
    targets: Any
    weights: Any


@dataclass(frozen=True)
class Objective:
    """A loss object of Keras's kind, and where the targets come from: ``source`` is the name of an
    array at hand, or the number of the program's call of a loss object."""

    loss: Any
    source: str | int

    def targets(self, measured: list[Measured], at_hand: dict[str, Any]) -> tuple[Any, Any]:
        """Targets and weights of this update; None where they are not to be found."""
        if isinstance(self.source, str):
            return _plain(at_hand.get(self.source)), None
        found = measured[self.source] if self.source < len(measured) else None
        return (None, None) if found is None else (_plain(found.targets), _plain(found.weights))

    def value(self, targets: Any, outputs: Any, weights: Any) -> float:
        """The loss of a batch as one number, penalties aside; ``nan`` where it takes no such."""
        with suppress(Exception):
            return float(keras.ops.convert_to_numpy(self.loss(targets, outputs, weights)))
        return float("nan")


class _OfDifferences(keras.losses.Loss):  # type: ignore[misc]
    """A loss of differences as a program writes them: shapes broadcast."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.of(keras.ops.subtract(y_true, y_pred))


class SquaredDifferences(_OfDifferences):
    """The mean of ``(y - model(x)) ** 2``."""

    of = staticmethod(keras.ops.square)


class AbsoluteDifferences(_OfDifferences):
    """The mean of ``abs(y - model(x))``."""

    of = staticmethod(keras.ops.absolute)


class RootMeanSquare(keras.losses.Loss):  # type: ignore[misc]
    """The root of the mean of ``(y - model(x)) ** 2``."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.sqrt(keras.ops.mean(keras.ops.square(y_true - y_pred)))


class HalfSquare(keras.losses.Loss):  # type: ignore[misc]
    """Half of the mean of ``(y - model(x)) ** 2``."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return 0.5 * keras.ops.mean(keras.ops.square(y_true - y_pred))


_OF_KERAS = (
    keras.losses.MeanSquaredError,
    keras.losses.MeanAbsoluteError,
    keras.losses.SparseCategoricalCrossentropy,
    keras.losses.CategoricalCrossentropy,
    keras.losses.BinaryCrossentropy,
    keras.losses.Huber,
    keras.losses.LogCosh,
    keras.losses.Poisson,
    keras.losses.KLDivergence,
    keras.losses.MeanSquaredLogarithmicError,
    keras.losses.MeanAbsolutePercentageError,
    keras.losses.Hinge,
    keras.losses.SquaredHinge,
    keras.losses.CosineSimilarity,
)
_WRITTEN = (SquaredDifferences, AbsoluteDifferences)


def candidates() -> Iterator[Any]:
    """Losses that programs compute by hand, the common ones first."""
    for reduction in ("sum_over_batch_size", "sum"):
        for kind in _OF_KERAS:
            yield kind(reduction=reduction)
            if "from_logits" in kind().get_config():
                yield kind(from_logits=True, reduction=reduction)
        for written in _WRITTEN:
            yield written(reduction=reduction)
    yield RootMeanSquare()
    yield HalfSquare()


def find(
    number: float, outputs: Any, measured: list[Measured], at_hand: dict[str, Any]
) -> Objective | None:
    """The objective whose value is ``number``; None where nothing known gives it."""
    for objective in _possible(measured, at_hand):
        targets, weights = objective.targets(measured, at_hand)
        if targets is None:
            continue
        if close(objective.value(targets, outputs, weights), number):
            return objective
    return None


def close(value: float, number: float) -> bool:
    """Whether two numbers are one, but for rounding."""
    return bool(np.isclose(value, number, rtol=CLOSE, atol=1e-7))


def _possible(measured: list[Measured], at_hand: dict[str, Any]) -> Iterator[Objective]:
    for place, call in enumerate(measured):
        yield Objective(call.loss, place)
        if isinstance(call.loss, LossFunctionWrapper) and _is_of_keras(call.loss):
            config = {**call.loss.get_config(), "reduction": "sum_over_batch_size"}
            yield Objective(type(call.loss).from_config(config), place)
    known = list(candidates())
    yield from (Objective(loss, name) for name in at_hand for loss in known)


def _is_of_keras(loss: Any) -> bool:
    return type(loss).__module__.startswith("keras")


def _plain(value: Any) -> Any:
    return None if value is None else np.asarray(value)
