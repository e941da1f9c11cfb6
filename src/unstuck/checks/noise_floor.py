"""noise-floor: it has learned all there is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, studied, tried
from unstuck.checks._signal import is_beyond_chance, is_seen, reached, simple_of
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

ABOUT = 0.05  # of the error that the best simple learner leaves
LEFT = 0.1  # of the way to perfect; less is no floor to speak of
SURE = 2.0  # standard errors


def _curve(final: float, *scores: float) -> Trace:
    found = {"sizes": (150, 300, 600), "curve": np.array(scores), "spread": 0.03}
    rows = {"constant": 0.0, "linear": scores[-1]}
    return studied(final, score=scores[-1], permuted=np.zeros(8), scores=rows, **found)


class NoiseFloor(Check):
    name = "noise-floor"
    severity = Severity.NOTE
    needs_trace = True
    of_the_data = True
    summary = "The network does as well as anything does, and more rows would not help."
    why = (
        "What chance adds to the targets, or what the inputs do not hold, nobody can predict. "
        "Where different learners come to one score and more rows do not raise it, the rest is "
        "likely that."
    )
    instead = "Ask for less, or measure what decides the rest and make it an input."
    false_alarms = (
        "All learners may miss the same rule. So this is a note: it tells where to look last for "
        "a fault of the training."
    )
    sources = ("Cover & Hart 1967: the error of neighbours bounds the lowest possible",)
    firing = (
        Case("as good as any", regression, lambda: _curve(0.6, 0.55, 0.6, 0.6)),
        Case("a little better", regression, lambda: _curve(0.44, 0.4, 0.41, 0.42)),
    )
    silent = (
        Case("worse than a line", regression, lambda: _curve(0.3, 0.55, 0.6, 0.6)),
        Case("far better than simple", regression, lambda: _curve(0.8, 0.4, 0.41, 0.42)),
        Case("still climbing", regression, lambda: _curve(0.6, 0.2, 0.4, 0.6)),
        Case("nearly perfect", regression, lambda: _curve(0.97, 0.96, 0.97, 0.97)),
        Case("no curve", regression, lambda: studied(0.4, score=0.4)),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if trace is None or simple is None or len(simple.curve) < 2 or len(simple.scores) < 2:
            return
        own, constant = reached(trace, simple), simple.scores.get("constant", 0.0)
        best = (max(simple.scores.values()) - constant) / max(1.0 - constant, 1e-9)
        gain = float(simple.curve[-1] - simple.curve[-2])
        flat = gain <= SURE * simple.spread and gain <= ABOUT * (1.0 - float(simple.curve[-2]))
        alike = abs(own - best) <= ABOUT * (1.0 - best)
        seen = is_seen(simple) and is_beyond_chance(simple, simple.score)
        if not (seen and flat and alike) or 1.0 - max(own, best) < LEFT:
            return
        yield self.found(
            f"it comes {own:.0%} of the way from a constant to perfect, the best simple learner "
            f"{best:.0%}, and twice the rows add {gain:.2g} to the score of one: the rest looks "
            "like noise",
            {"reached": own, "simple": best, "gain": gain},
            recipe.fit.place,
        )
