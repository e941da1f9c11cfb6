"""The verdict: what is the matter, how sure that is, and what makes it learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from unstuck.finding import Finding, Severity, Status
from unstuck.remedy import Remedy
from unstuck.trial import Outcome

if TYPE_CHECKING:
    from unstuck.recipe import Recipe
    from unstuck.trace import Trace


class Answer(StrEnum):
    """The seven answers that a check can come to."""

    LEARNS = "learns"
    FAILS = "fails"
    UNSTABLE = "unstable"
    NO_SIGNAL = "no-signal"
    NOISE_FLOOR = "noise-floor"
    NOT_REPRODUCED = "not-reproduced"
    INCONCLUSIVE = "inconclusive"


STUCK = (Answer.FAILS, Answer.UNSTABLE)  # what a cure is sought for


@dataclass(frozen=True)
class Rate:
    """``learned`` of ``trials``, with the 95 % Wilson score interval (Wilson 1927)."""

    learned: int
    trials: int

    @property
    def low(self) -> float:
        return self._bound(-1)

    @property
    def high(self) -> float:
        return self._bound(1)

    def _bound(self, sign: int) -> float:
        if not self.trials:
            return 0.0 if sign < 0 else 1.0
        z, n = 1.959964, self.trials
        share = self.learned / n
        centre = share + z * z / (2 * n)
        margin = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return min(1.0, max(0.0, (centre + sign * margin) / (1 + z * z / n)))

    def __str__(self) -> str:
        return f"{self.learned} of {self.trials}"


@dataclass(frozen=True)
class Goal:
    """What counts as learned: ``metric >= threshold`` (``text`` as the report shows it),
    and in ``reason`` where the threshold comes from."""

    metric: str
    threshold: float
    reason: str = ""

    @property
    def text(self) -> str:
        return f"{self.metric} >= {self.threshold:.4g}"


@dataclass(frozen=True)
class Evidence:
    """One arm as the report shows it: which remedies, how often it learned, its median score, and
    how each of its trials went."""

    remedies: tuple[str, ...]
    rate: Rate
    median: float
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer for one training.

    ``findings`` come most important first. ``cure`` is empty where there is nothing to cure or
    nothing was found that does; ``other_cures`` are as good as it by size, reach and seeds.
    ``scale`` is empty for trials as long as the program's own, else it says how they were
    shortened. ``cured_model`` is a saved ``.keras`` archive. ``ignored`` are findings that a
    comment in the program sets aside; they count for nothing. ``looked`` are the names of the
    checks that ran, and ``trace`` is what was watched while the program trained as written.
    """

    outcome: Answer
    findings: tuple[Finding, ...]
    goal: Goal | None = None
    as_written: Rate | None = None
    cured: Rate | None = None
    cure: tuple[Remedy, ...] = ()
    other_cures: tuple[tuple[Remedy, ...], ...] = ()
    arms: tuple[Evidence, ...] = ()
    sentence: str = ""
    scale: str = ""
    engine: str = "compiled"
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    patch: str | None = None
    advice: str = ""
    cured_model: bytes | None = None
    recipe: Recipe | None = None
    ignored: tuple[Finding, ...] = ()
    looked: frozenset[str] = frozenset()
    trace: Trace | None = None

    in_html: ClassVar[Callable[[Verdict], str] | None] = None
    """What draws a verdict where a notebook shows one; the package sets it."""

    def _repr_html_(self) -> str | None:
        draw = type(self).in_html
        return None if draw is None else draw(self)

    @property
    def exit_code(self) -> int:
        """0 it learns and nothing above a note stands, 1 findings, 3 no answer."""
        if self.outcome in (Answer.INCONCLUSIVE, Answer.NOT_REPRODUCED):
            return 3
        clean = self.outcome is Answer.LEARNS and not any(
            f.severity is not Severity.NOTE and f.status is not Status.REFUTED
            for f in self.findings
        )
        return 0 if clean else 1

    def save(self, path: str | Path) -> Path:
        """Write the cured, trained model.

        Raises:
            ValueError: this verdict has none.
        """
        if self.cured_model is None:
            raise ValueError("this verdict has no cured model to save")
        target = Path(path)
        target.write_bytes(self.cured_model)
        return target
