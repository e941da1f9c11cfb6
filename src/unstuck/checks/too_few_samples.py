"""too-few-samples: the learning curve still climbs steeply at all the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, studied, tried
from unstuck.checks._signal import reached, simple_of, way
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

# Errors fall as a power of the rows, with exponents from 0 to -0.5 (Hestness et al. 2017). A
# fifth for twice the rows is an exponent of -0.3: far from where rows stop helping.
STEEP = 0.2
SURE = 2.0  # standard errors of the step
WELL = 0.9  # of the way to perfect: what is left is not for want of rows


def _curve(*scores: float, final: float = 0.4, spread: float = 0.02, rows: int = 400) -> Trace:
    sizes = (rows // 4, rows // 2, rows)
    found = {"sizes": sizes, "curve": np.array(scores), "spread": spread, "score": scores[-1]}
    return studied(final, rows=rows, **found)


class TooFewSamples(Check):
    name = "too-few-samples"
    severity = Severity.NOTE
    needs_trace = True
    summary = "The error still falls steeply with every row: there are too few of them."
    why = (
        "Where twice the rows would take a good part of the error away, no setting of the training "
        "brings as much: the network fits the rows that it has and guesses between them."
    )
    instead = "More rows, augmented ones, a pretrained part, or a network that knows more before."
    false_alarms = (
        "The curve is that of a simple learner; a network whose form fits the rule may need fewer. "
        "So this is a note, and not given where the network does well."
    )
    sources = ("Hestness et al. 2017 (arXiv 1712.00409)", "keras-team/keras#1597")
    firing = (
        Case("a third less", regression, lambda: _curve(0.2, 0.3, 0.55)),
        Case("a quarter less", regression, lambda: _curve(0.0, 0.2, 0.4)),
    )
    silent = (
        Case("flat", regression, lambda: _curve(0.55, 0.59, 0.6)),
        Case("little left", regression, lambda: _curve(0.95, 0.978, 0.994)),
        Case("within chance", regression, lambda: _curve(0.2, 0.3, 0.55, spread=0.2)),
        Case("the network does well", regression, lambda: _curve(0.2, 0.3, 0.55, final=0.97)),
        Case("of some of the rows only", regression, lambda: _curve(0.2, 0.3, 0.55, rows=200)),
        Case("no curve", regression, lambda: studied(0.4, score=0.4)),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if trace is None or simple is None or len(simple.curve) < 2:
            return
        before, after = (1.0 - float(score) for score in simple.curve[-2:])
        fall = (before - after) / max(before, 1e-9)
        sure = before - after > SURE * simple.spread
        some = simple.rows < recipe.data.rows or not recipe.data.complete
        well = way(simple, simple.score) > WELL
        if fall < STEEP or not sure or some or well or reached(trace, simple) > WELL:
            return
        yield self.found(
            f"from {simple.sizes[-2]} to all {simple.sizes[-1]} rows, the error of a simple "
            f"learner falls by {fall:.0%} (from {before:.3g} to {after:.3g}), and nothing says "
            "that it ends there",
            {"rows": simple.rows, "error": after, "error_of_half": before, "fall": fall},
            recipe.fit.place,
        )
