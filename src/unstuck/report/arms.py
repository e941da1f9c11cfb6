"""The arms of a verdict as reports compare them: as written against cured, over the updates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from unstuck.judge import labels, reliable
from unstuck.trial import Outcome
from unstuck.verdict import Answer, Evidence, Goal, Rate, Verdict

POINTS = 200  # of one trial; more would not be told apart


@dataclass(frozen=True)
class Point:
    """The trials of an arm after ``step`` updates: their losses and scores, in order of the seeds,
    ``nan`` where there is none. A trial that has ended keeps its last."""

    step: int
    losses: tuple[float, ...]
    scores: tuple[float, ...]

    def learned(self, goal: Goal) -> Rate:
        """How many meet the goal by now."""
        return Rate(sum(score >= goal.threshold for score in self.scores), len(self.scores))


@dataclass(frozen=True)
class Shown:
    """One arm under the name that reports give it."""

    name: str
    arm: Evidence

    def points(self) -> Iterator[Point]:
        """Every checkpoint of its trials; none where only their ends are known."""
        courses = [course(outcome) for outcome in self.arm.outcomes]
        for step in sorted({step for line in courses for step, _, _ in line}):
            now = [_at(line, step) for line in courses]
            yield Point(step, tuple(loss for loss, _ in now), tuple(score for _, score in now))


def compared(verdict: Verdict) -> tuple[Shown, ...]:
    """The program as written, and beside it its cure, or where there is none the best that was
    tried."""
    arms = [a for a in verdict.arms if a.outcomes]
    written = [Shown("as written", a) for a in arms if not a.remedies]
    others = [a for a in arms if a.remedies]
    cured = [a for a in others if verdict.cure and a.remedies == labels(verdict.cure)]
    if cured:
        sure = verdict.cured is not None and reliable(verdict.cured)
        return (*written, Shown("cured" if sure else "changed", cured[0]))
    if verdict.outcome is Answer.LEARNS or not others:
        return tuple(written)
    best = max(others, key=lambda a: (a.rate.low, a.median))
    return (*written, Shown("best tried", best))


def course(outcome: Outcome) -> list[tuple[int, float, float]]:
    """The curve of a trial, of many points some, without looks before which no update was made:
    they have no loss."""
    steps = [0, *(step for step, _, _ in outcome.curve)]
    pairs = zip(steps, outcome.curve, strict=False)
    moved = [point for before, point in pairs if point[0] > before]
    if len(moved) <= POINTS:
        return moved
    return [moved[i] for i in np.linspace(0, len(moved) - 1, POINTS).astype(int)]


def _at(line: Sequence[tuple[int, float, float]], step: int) -> tuple[float, float]:
    before = [(loss, score) for at, loss, score in line if at <= step]
    return before[-1] if before else (nan, nan)
