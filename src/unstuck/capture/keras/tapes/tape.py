"""``tf.GradientTape`` where TensorFlow is not installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import keras

from unstuck.capture.keras.marks import wrap
from unstuck.capture.keras.tapes.watched import Record, Tapes
from unstuck.capture.surroundings.provided import PROVIDED


class Tape:
    """A tape that knows only the gradients of a loss by a model's weights."""

    tapes: Tapes  # of the program; set before it runs

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.record = Record(None)

    def __enter__(self) -> Tape:
        self.record = self.tapes.begin()
        return self

    def __exit__(self, *_error: Any) -> None:
        self.tapes.end()

    def watch(self, tensor: Any) -> None:
        """What is not a weight is refused when its gradient is asked for."""

    def gradient(self, target: Any, sources: Any, *_more: Any, **_named: Any) -> Any:
        """The gradient of ``target`` for each of ``sources``.

        Raises:
            CaptureError: it cannot be told.
        """
        return self.tapes.slopes(self.record, target, sources)


def watch_tapes(tapes: Tapes) -> None:
    """Stand in the way of models and losses, and answer for the tape that is not installed."""
    wrap(keras.Model, "__call__", tapes.called)
    wrap(keras.losses.Loss, "__call__", tapes.measured)
    if find_spec("tensorflow") is None:
        Tape.tapes = tapes
        PROVIDED["tensorflow.GradientTape"] = Tape
