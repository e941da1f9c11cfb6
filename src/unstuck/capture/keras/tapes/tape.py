"""``tf.GradientTape`` where TensorFlow is not installed."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import keras

from unstuck.capture.keras.marks import wrap
from unstuck.capture.keras.tapes.watched import Record, Tapes
from unstuck.capture.places import caller
from unstuck.capture.surroundings.provided import PROVIDED, as_it_is
from unstuck.errors import CaptureError


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
        return self.tapes.gradients(self.record, target, sources)


def _only_tensorflow(self: Tape, *_args: Any, **_named: Any) -> Any:
    raise CaptureError("its loop asks GradientTape for what only TensorFlow has")


for _name in ("batch_jacobian", "jacobian", "reset", "stop_recording", "watched_variables"):
    setattr(Tape, _name, _only_tensorflow)


def watch_tapes(tapes: Tapes) -> None:
    """Stand in the way of models, losses and tapes, and answer for the tape where TensorFlow is
    not installed."""
    wrap(keras.Model, "__call__", tapes.called)
    wrap(keras.losses.Loss, "__call__", tapes.measured)
    if find_spec("tensorflow") is None:
        Tape.tapes = tapes
        PROVIDED["tensorflow.GradientTape"] = Tape
    elif keras.backend.backend() == "tensorflow":
        _watch_tensorflow(tapes)


def _watch_tensorflow(tapes: Tapes) -> None:
    """Tapes that the program itself opens. Its functions run as they are written: in a graph,
    nothing could be seen."""
    tf: Any = import_module("tensorflow")  # it is there only with this backend

    def entered(original: Any, tape: Any) -> Any:
        if not caller():
            tape._unstuck_record = tapes.begin()
        return original(tape)

    def left(original: Any, tape: Any, *error: Any) -> Any:
        if "_unstuck_record" in vars(tape):
            tapes.end()
        return original(tape, *error)

    def asked(original: Any, tape: Any, target: Any, sources: Any, *args: Any, **named: Any) -> Any:
        record = vars(tape).get("_unstuck_record")
        made = partial(original, tape, target, sources, *args, **named)
        return made() if record is None else tapes.gradients(record, target, sources, made)

    wrap(tf.GradientTape, "__enter__", entered)
    wrap(tf.GradientTape, "__exit__", left)
    wrap(tf.GradientTape, "gradient", asked)
    compiled = tf.function

    def function(*args: Any, **named: Any) -> Any:
        return (compiled if caller() else as_it_is)(*args, **named)

    tf.function = function
