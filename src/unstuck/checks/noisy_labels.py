"""noisy-labels: a share of the labels is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, studied, tried
from unstuck.checks._signal import simple_of
from unstuck.experiments import Floats
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

FEW = 0.02  # of the labels, at the least that the doubt allows
SURE = 2.0  # standard errors
HALF = 0.5  # of what guessing gets wrong: a learner that knows too little contradicts too much


def _doubt(*shares: float) -> Trace:
    return studied(0.8, score=0.85, constant=0.5, doubt=np.array(shares))


class NoisyLabels(Check):
    name = "noisy-labels"
    severity = Severity.NOTE
    needs_trace = True
    summary = "Labels that a simple learner contradicts even on the rows where it is surest."
    why = (
        "Where classes only overlap, a learner errs near the border and is right far from it. "
        "Wrong labels are everywhere. A network that trains for long learns them by heart, and "
        "no score on such labels can pass one minus their share."
    )
    instead = "Look at the rows that are contradicted; stop early, or smooth the labels."
    false_alarms = (
        "A small class inside another looks the same, and so do rare causes that the inputs do "
        "not hold. So this is a note, with a share that is no more than an estimate."
    )
    sources = (
        "Northcutt, Jiang & Chuang 2021 (arXiv 1911.00068): confident learning",
        "measured: 600 rows, 15 % flipped: 17, 11, 17, 25 % by quarter; classes that overlap: "
        "8, 16, 34, 43 %",
    )
    firing = (
        Case("15 % flipped", classifier, lambda: _doubt(0.167, 0.107, 0.173, 0.247)),
        Case("5 % flipped", classifier, lambda: _doubt(0.047, 0.060, 0.053, 0.207)),
    )
    silent = (
        Case("classes that overlap", classifier, lambda: _doubt(0.08, 0.16, 0.34, 0.433)),
        Case("separate classes", classifier, lambda: _doubt(0.0, 0.0, 0.014, 0.1)),
        Case("nothing seen", classifier, lambda: _doubt(0.49, 0.51, 0.5, 0.48)),
        Case("a rule that is hard", classifier, lambda: _doubt(0.027, 0.24, 0.4, 0.35)),
        Case("numbers", classifier, lambda: studied(0.5, score=0.5)),
        Case("not tried", classifier, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if simple is None or len(simple.doubt) != 4:
            return
        count = simple.rows / 4
        share = float(simple.doubt[:2].mean())
        least = _least(share, 2 * count)
        guessing = 1.0 - simple.constant
        if least < FEW or share > HALF * guessing or not _is_flat(simple.doubt, count):
            return
        yield self.found(
            f"a simple learner that did not see them contradicts {share:.0%} of the labels in the "
            f"half of {simple.rows} rows where it is surest, about as many as elsewhere: so many "
            "labels may be wrong",
            {"share": share, "at_least": least, "rows": simple.rows},
            recipe.fit.place,
        )


def _is_flat(doubt: Floats, count: float) -> bool:
    """Whether the third quarter is contradicted no more than the first, beyond chance."""
    errors = [share * (1 - share) / count for share in (doubt[0], doubt[2])]
    return bool(doubt[2] - doubt[0] <= SURE * np.sqrt(sum(errors)))


def _least(share: float, count: float) -> float:
    """The lower end of the 95 % interval of a share (Wilson 1927)."""
    z = 1.96**2 / count
    middle, wide = share + z / 2, np.sqrt(z * (share * (1 - share) + z / 4))
    return float((middle - wide) / (1 + z))
