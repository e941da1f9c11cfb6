"""What came of learning a function."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from unstuck.errors import UnstuckError
from unstuck.judge import reliable
from unstuck.learning.judging import Shown
from unstuck.learning.networks import Network
from unstuck.learning.problem import Problem
from unstuck.recipe import Array, Recipe
from unstuck.verdict import Rate

BETTER = 0.02  # of all rows, that a network must get right beyond a constant answer


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

    def rate(self, problem: Problem) -> Rate:
        """How many of the trained networks compute the function."""
        return Rate(sum(s.computes(problem) for s in self.shown), len(self.shown))

    def rank(self, problem: Problem) -> tuple[float, float]:
        """Better attempts have greater ones."""
        return (self.rate(problem).low if self.shown else -1.0), self.inside

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

    ``model`` is the best trained network as a ``.keras`` archive, and ``points`` the truth of
    some rows with its answers; ``constant`` is the share that the best constant answer gets right.
    """

    problem: Problem
    best: Attempt
    attempts: tuple[Attempt, ...]
    seconds: float
    network: Network
    recipe: Recipe
    constant: float
    model: bytes | None = None
    points: tuple[Array, Array] | None = None

    @property
    def rate(self) -> Rate:
        """How many of the trained networks compute the function."""
        return self.best.rate(self.problem)

    @property
    def is_reliable(self) -> bool:
        """Whether training gets there on (nearly) every seed."""
        return reliable(self.rate)

    @property
    def sentence(self) -> str:
        """The answer in words."""
        problem, best = self.problem, self.best
        if not best.shown:
            return f"no network for {problem.sentence} could be trained here: {best.message}"
        if max(a.inside for a in self.attempts) < self.constant + BETTER * (1 - self.constant):
            return f"nothing that was tried computes {problem.sentence} better than a constant"
        if self.rate.learned:
            return f"{best.sentence} computes {problem.sentence} on {self.rate} seeds"
        share = f"{best.inside:.2%} of the rows, of {problem.enough:.2%} asked"
        return f"{best.sentence} comes nearest to {problem.sentence}: {share}"

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
