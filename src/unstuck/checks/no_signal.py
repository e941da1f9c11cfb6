"""no-signal: no learner does better than with the targets permuted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression, studied, tried
from unstuck.checks._signal import (
    FEWEST_DRAWS,
    LITTLE,
    is_beyond_chance,
    is_seen,
    reached,
    simple_of,
)
from unstuck.checks._task import looks_up
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

DRAWS = np.full(8, 0.01)


def _ids() -> Recipe:
    ids = layer("Embedding", (1, 8), units=8)
    return recipe(integers(0, 90, 300, 1), normal(300), [ids, dense(1)])


class NoSignal(Check):
    name = "no-signal"
    severity = Severity.NOTE
    needs_trace = True
    of_the_data = True
    summary = "Neither the network nor a simple learner does better than with the targets permuted."
    why = (
        "What is not in the rows cannot be learned from them: targets that do not depend on the "
        "inputs, or that no longer stand beside their own."
    )
    instead = (
        "Check that inputs and targets belong together, row by row, and that the inputs hold what "
        "decides the target; then how the inputs are written (bits, periods, categories)."
    )
    false_alarms = (
        "A rule of a kind that linear models, neighbours and trees do not see, such as the parity "
        "of many bits or a remainder, looks the same. So this is a note, and never given where "
        "the network learns anything."
    )
    sources = (
        "Karpathy, A Recipe for Training Neural Networks: input-independent baseline",
        "Ojala & Garriga 2010: permutation tests for classifiers",
    )
    firing = (
        Case("as permuted", regression, lambda: studied(0.0, score=-0.02, permuted=DRAWS)),
        Case("below it", regression, lambda: studied(-0.3, score=0.009, permuted=DRAWS)),
    )
    silent = (
        Case("a weak signal", regression, lambda: studied(0.0, score=0.05, permuted=DRAWS)),
        Case("the network learns it", regression, lambda: studied(0.9, score=0.0, permuted=DRAWS)),
        Case(
            "neighbours see it on the rows that judge",
            regression,
            lambda: studied(
                0.0, score=0.0, permuted=DRAWS, scores={"constant": 0.0, "neighbours": 0.3}
            ),
        ),
        Case("too few draws", regression, lambda: studied(0.0, score=0.0, permuted=DRAWS[:2])),
        Case(
            "moved by a row",
            regression,
            lambda: studied(
                0.0, score=0.0, permuted=DRAWS, shifts=(-1, 1), shifted=np.array([0.0, 0.9])
            ),
        ),
        Case("ids", _ids, lambda: studied(0.0, score=0.0, permuted=DRAWS)),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if trace is None or simple is None or simple.permuted.size < FEWEST_DRAWS:
            return
        if looks_up(recipe):  # ids say nothing to a learner that takes them for numbers
            return
        elsewhere = any(is_beyond_chance(simple, float(score)) for score in simple.shifted)
        if is_seen(simple) or elsewhere or reached(trace, simple) > LITTLE:
            return
        best = float(simple.permuted.max())
        yield self.found(
            f"on {simple.rows} rows, linear models, neighbours and trees reach {simple.score:.3g} "
            f"at best, and up to {best:.3g} with the targets permuted; the network sees nothing "
            "either",
            {"score": simple.score, "permuted": best, "rows": simple.rows},
            recipe.fit.place,
        )
