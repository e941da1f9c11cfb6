"""Which loss of which targets a program minimises, told from the number that it computes.

A program that writes ``tf.reduce_mean(tf.square(y - model(x)))`` names no loss. But the number is
known, and so are the model's answers and the arrays at hand: a loss that gives this number of one
of these arrays, again and again, is the one.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import keras
import numpy as np
from keras.src.losses.losses import LossFunctionWrapper

SHARES = (1.0, 0.5, 0.1, 2.0, 10.0, 0.2, 0.3, 0.7, 0.8, 0.9, 0.25, 0.01, 0.05, 5.0, 100.0)
MOST = 2  # outputs whose shares are sought; of more, several sums would come to one number
SECONDS = 8.0  # for which a loss is sought
PAIRS = 10**7  # of targets and answers that are broadcast to tell a loss
CLOSE = 1e-4  # relative; what single precision leaves of a mean over a batch


@dataclass(frozen=True)
class Measured:
    """One call of a loss object by the program, while a tape was open."""

    loss: Any
    targets: Any
    outputs: Any
    weights: Any


@dataclass(frozen=True)
class Objective:
    """A loss object of Keras's kind for each output of a model, where its targets come from, and
    its share in the sum: a source is the name of an array at hand, or the number of the program's
    call of a loss object."""

    losses: tuple[Any, ...]
    sources: tuple[str | int, ...]
    shares: tuple[float, ...] = (1.0,)

    def targets(
        self, measured: list[Measured], at_hand: dict[str, Any]
    ) -> tuple[list[Any], list[Any]]:
        """Targets and weights of this update, output by output; no targets where one's are not to
        be found."""
        found = [self._ends(source, measured, at_hand) for source in self.sources]
        if any(targets is None for targets, _ in found):
            return [], []
        return [targets for targets, _ in found], [weights for _, weights in found]

    @staticmethod
    def _ends(
        source: str | int, measured: list[Measured], at_hand: dict[str, Any]
    ) -> tuple[Any, Any]:
        if isinstance(source, str):
            return _plain(at_hand.get(source)), None
        call = measured[source] if source < len(measured) else None
        return (None, None) if call is None else (_plain(call.targets), _plain(call.weights))

    def of(self, targets: list[Any], outputs: Any, weights: list[Any]) -> Any:
        """The loss of a batch, penalties aside, as the framework computes it."""
        several = keras.tree.flatten(outputs)
        parts = zip(self.losses, targets, several, weights, self.shares, strict=True)
        return sum(c * keras.ops.sum(loss(y, output, w)) for loss, y, output, w, c in parts)

    def value(self, targets: list[Any], outputs: Any, weights: list[Any]) -> float:
        """The same as a number; ``nan`` where the losses take no such."""
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras's, of losses that do not fit
            return float(keras.ops.convert_to_numpy(self.of(targets, outputs, weights)))
        return float("nan")


class _OfDifferences(keras.losses.Loss):  # type: ignore[misc]
    """A loss of differences as a program writes them: shapes broadcast."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        sizes = [prod(n or 1 for n in v.shape) for v in (y_true, y_pred)]
        if len(y_true.shape) != len(y_pred.shape) and prod(sizes) > PAIRS:
            raise ValueError("too many pairs")
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
    yield RootMeanSquare()
    yield HalfSquare()
    for reduction in ("sum_over_batch_size", "sum"):
        for kind in _OF_KERAS:
            yield kind(reduction=reduction)
            if "from_logits" in kind().get_config():
                yield kind(from_logits=True, reduction=reduction)
        for written in _WRITTEN:
            yield written(reduction=reduction)
    yield keras.losses.Huber()


def find(
    number: float, outputs: Any, measured: list[Measured], at_hand: dict[str, Any]
) -> Objective | None:
    """The objective whose value is ``number``; None where nothing known gives it."""
    if len(keras.tree.flatten(outputs)) > 1:
        return _of_several(number, outputs, measured)
    for objective in _possible(measured, at_hand):
        targets, weights = objective.targets(measured, at_hand)
        if targets and close(objective.value(targets, outputs, weights), number):
            return objective
    return None


def close(value: float, number: float) -> bool:
    """Whether two numbers are one, but for rounding."""
    return bool(np.isclose(value, number, rtol=CLOSE, atol=1e-7))


def _of_several(number: float, outputs: Any, measured: list[Measured]) -> Objective | None:
    """Of several outputs, each with a loss object of its own, in shares that people write."""
    calls = [_call_on(output, measured) for output in keras.tree.flatten(outputs)]
    if None in calls or len(calls) > MOST:
        return None
    losses = tuple(measured[call].loss for call in calls)
    ends = [(measured[call].targets, measured[call].outputs) for call in calls]
    given = [_plain(measured[call].weights) for call in calls]
    values = [
        Objective((loss,), (0,)).value([_plain(y)], output, [w])
        for loss, (y, output), w in zip(losses, ends, given, strict=True)
    ]
    for shares in product(SHARES, repeat=len(calls)):
        if close(float(np.dot(shares, values)), number):
            return Objective(losses, tuple(calls), shares)
    return None


def _possible(measured: list[Measured], at_hand: dict[str, Any]) -> Iterator[Objective]:
    for place, call in enumerate(measured):
        yield from (Objective((call.loss,), (place,), (share,)) for share in SHARES)
        if isinstance(call.loss, LossFunctionWrapper) and _is_of_keras(call.loss):
            config = {**call.loss.get_config(), "reduction": "sum_over_batch_size"}
            yield Objective((type(call.loss).from_config(config),), (place,))
    known, until = list(candidates()), time.monotonic() + SECONDS
    for name in at_hand:
        for loss in known:
            if time.monotonic() > until:
                return
            yield Objective((loss,), (name,))


def _call_on(output: Any, measured: list[Measured]) -> Any:
    """The number of the call that was given an output, None if there is not one alone."""
    calls = [place for place, call in enumerate(measured) if call.outputs is output]
    return calls[0] if len(calls) == 1 else None


def _is_of_keras(loss: Any) -> bool:
    return type(loss).__module__.startswith("keras")


def _plain(value: Any) -> Any:
    if value is None:
        return None
    with suppress(ValueError):  # rows of unlike lengths
        return np.asarray(value)
    return None
