"""What passes between the process that plans trials and those that run them."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.recipe import Array
from unstuck.trace import Trace
from unstuck.trial import ArmResult
from unstuck.trials.plan import Group


@dataclass(frozen=True)
class Task:
    """A group to train within ``seconds``. Of its first arm, ``observe`` asks for a trace,
    ``keep`` for the best trained model, and ``weights`` for those of every trial. ``whole`` has
    trials go on to the last step where their score cannot rise any more. ``pace`` asks for
    nothing but the time that an update takes."""

    group: Group
    seconds: float
    observe: bool = False
    keep: bool = False
    weights: bool = False
    whole: bool = False
    pace: bool = False


@dataclass(frozen=True)
class Reply:
    """Results in the order of the group's arms. ``weights`` are those of the first arm, trials on
    the first axis of each: the trainable ones, then the others. ``seconds_a_step`` is for all
    lanes together (0 where it is not known); ``forward_error`` is the largest difference of the
    engine's forward pass from the captured model's, relative to its largest output (``nan`` where
    it could not be compared)."""

    results: tuple[ArmResult, ...]
    trace: Trace | None = None
    model: bytes | None = None
    weights: tuple[Array, ...] = ()
    seconds_a_step: float = 0.0
    forward_error: float = float("nan")
