"""A trial: one training, fully defined by (recipe, remedies, seed, steps). Its outcome is data.

An arm is one set of remedies; its trials differ in their seeds alone. A seed decides the fresh
weights and the order of the rows, as running the program again would.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from unstuck.remedy import Remedy

Remedies = frozenset[Remedy]
NOTHING: Remedies = frozenset()
"""No remedy: the program as written."""


class Ending(StrEnum):
    """How a trial ended; each value reads as the end of "the trial ..."."""

    FINISHED = "ran to its last step"
    SETTLED = "met its goal early and held it"
    STUCK = "stopped changing: no weight moved any more"
    DIVERGED = "ran to infinite or undefined numbers"
    OUT_OF_TIME = "was cut off when its time was up"
    FAILED = "could not be run"


@dataclass(frozen=True)
class Outcome:
    """What one trial came to. ``score`` is on the measure's scale (1 is perfect), ``nan`` where
    the trial failed. ``curve`` holds (step, training loss, score) at the checkpoints."""

    seed: int
    ending: Ending
    steps: int
    score: float
    curve: tuple[tuple[int, float, float], ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Arm:
    """One set of remedies (none: the program as written) tried over ``seeds``, ``steps``
    updates each."""

    remedies: Remedies
    seeds: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class ArmResult:
    """The outcomes of an arm. ``engine`` is "compiled" or "fit"; ``message`` tells why no
    trial could be run, where none could."""

    arm: Arm
    outcomes: tuple[Outcome, ...]
    engine: str = "compiled"
    seconds: float = 0.0
    message: str = ""

    @property
    def cut(self) -> bool:
        """Whether time ran out on some trial, so that failing says nothing."""
        return any(o.ending is Ending.OUT_OF_TIME for o in self.outcomes)

    def learned(self, threshold: float) -> int:
        """How many trials reached ``threshold``."""
        return sum(o.score >= threshold for o in self.outcomes)

    @property
    def median(self) -> float:
        """The median score; a failed trial counts as the worst."""
        scores = [o.score if np.isfinite(o.score) else -np.inf for o in self.outcomes]
        return float(np.median(scores)) if scores else float("-inf")
