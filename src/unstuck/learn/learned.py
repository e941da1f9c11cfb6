"""What came of learning a function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from unstuck.errors import UnstuckError
from unstuck.judge import reliable
from unstuck.learn.function import Function
from unstuck.learn.judging import Shown
from unstuck.verdict import Rate


@dataclass(frozen=True)
class Attempt:
    """One network tried, ``why`` it was, and what it showed on each seed; ``message`` tells why
    it could not be trained, where it could not."""

    network: str
    sentence: str
    why: str
    steps: int
    shown: tuple[Shown, ...]
    message: str = ""

    def rate(self, function: Function) -> Rate:
        """How many of the trained networks compute the function."""
        return Rate(sum(s.computes(function) for s in self.shown), len(self.shown))

    def rank(self, function: Function) -> tuple[float, float]:
        """Better attempts have greater ones."""
        return self.rate(function).low, self.inside

    @property
    def inside(self) -> float:
        """The median share of the domain that is right."""
        return median([s.inside for s in self.shown] or [0.0])

    @property
    def outside(self) -> float | None:
        """The median share that is right beyond the range."""
        known = [s.outside for s in self.shown if s.outside is not None]
        return median(known) if known else None


@dataclass(frozen=True)
class Learned:
    """The network that computes a function best of those tried, and how sure that is.

    ``model`` is the best trained network as a ``.keras`` archive, None where none could be
    trained.
    """

    function: Function
    best: Attempt
    attempts: tuple[Attempt, ...]
    seconds: float
    model: bytes | None

    @property
    def rate(self) -> Rate:
        """How many of the trained networks compute the function."""
        return self.best.rate(self.function)

    @property
    def is_reliable(self) -> bool:
        """Whether training gets there on (nearly) every seed."""
        return reliable(self.rate)

    def save(self, path: str | Path) -> Path:
        """Write the best network as a ``.keras`` file; it takes and gives raw numbers.

        Raises:
            UnstuckError: no network could be trained.
        """
        if self.model is None:
            raise UnstuckError("no network could be trained, so there is none to save")
        target = Path(path)
        target.write_bytes(self.model)
        return target
