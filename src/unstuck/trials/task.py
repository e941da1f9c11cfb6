"""What passes between the process that plans trials and those that run them."""

from __future__ import annotations

from dataclasses import dataclass

from unstuck.trace import Trace
from unstuck.trial import ArmResult
from unstuck.trials.plan import Group


@dataclass(frozen=True)
class Task:
    """A group to train within ``seconds``. ``observe`` asks for a trace of its first arm,
    ``keep`` for the best trained model of its first arm. ``pace`` asks for nothing but the time
    that an update takes."""

    group: Group
    seconds: float
    observe: bool = False
    keep: bool = False
    pace: bool = False


@dataclass(frozen=True)
class Reply:
    """Results in the order of the group's arms. ``seconds_a_step`` is for all lanes together (0
    where it is not known); ``forward_error`` is the largest difference of the engine's forward
    pass from the captured model's, relative to its largest output (``nan`` where it could not be
    compared)."""

    results: tuple[ArmResult, ...]
    trace: Trace | None = None
    model: bytes | None = None
    seconds_a_step: float = 0.0
    forward_error: float = float("nan")
