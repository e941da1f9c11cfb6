"""overfitting: it has learned the rows it was trained on, and not the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, studied
from unstuck.checks._signal import LITTLE, memorised, simple_of
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

BEHIND = 0.1  # of the way to perfect, by which something simple does better


def _ending(fitted: float, course: list[float], simple: float = 0.6) -> Trace:
    scores = {"constant": 0.0, "linear": simple}
    made = studied(course[-1], scores=scores, score=simple, fitted=fitted)
    steps = np.linspace(0, 100, len(course)).astype(np.int64)
    score = np.tile(course, (len(made.fitted), 1))
    return replace(made, steps=steps, score=score)


class Overfitting(Check):
    name = "overfitting"
    severity = Severity.NOTE
    needs_trace = True
    summary = "It has learned the rows it was trained on, and not the rule."
    why = (
        "A network with more weights than rows can store the rows. From there on its answers for "
        "others get worse while the loss still falls, and the loss shows nothing of that."
    )
    instead = (
        "Stop where rows not trained on are answered best (EarlyStopping with a patience, "
        "restore_best_weights=True), dropout, weight decay, a smaller network, or more rows."
    )
    false_alarms = (
        "Large networks often fit all rows and are none the worse for it. So it is reported only "
        "where something that was tried answers rows not trained on better: the network itself at "
        "an earlier step, or a simple learner."
    )
    sources = (
        "Prechelt 1998, Early stopping - but when?",
        "Zhang et al. 2017 (arXiv 1611.03530): networks can store any labels",
    )
    firing = (
        Case("better before", regression, lambda: _ending(0.99, [0.0, 0.5, 0.3, 0.1])),
        Case("a line does better", regression, lambda: _ending(0.98, [0.0, 0.1, 0.2, 0.2])),
    )
    silent = (
        Case("rows not trained on too", regression, lambda: _ending(0.99, [0.0, 0.5, 0.95])),
        Case(
            "all fitted, and as good as anything",
            regression,
            lambda: _ending(0.99, [0.0, 0.5, 0.6, 0.58]),
        ),
        Case("nothing fitted", regression, lambda: _ending(0.3, [0.0, 0.2, 0.1])),
        Case("no rule to be found", regression, lambda: _ending(0.99, [0.0, 0.0, -0.1], 0.0)),
        Case("not measured", regression, lambda: studied(0.2, score=0.6)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if trace is None or simple is None or not memorised(trace, simple):
            return
        constant = simple.scores.get("constant", simple.constant)
        course = np.median(np.nan_to_num(trace.score, nan=constant, neginf=constant), axis=0)
        end, best = float(course[-1]), float(course.max())
        others = max(simple.scores.values(), default=constant)
        room = max(1.0 - constant, 1e-9)
        if max(best, others) - end < BEHIND * room or max(best, others) - constant < LITTLE * room:
            return
        fitted = float(np.median(trace.fitted))
        when = int(trace.steps[int(course.argmax())])
        better = (
            f"it reached {best:.3g} after {when:,} of {int(trace.steps[-1]):,} updates"
            if best >= others
            else f"a simple learner reaches {others:.3g}"
        )
        yield self.found(
            f"it scores {fitted:.3g} on rows that it was trained on and {end:.3g} on others, "
            f"where {better}",
            {"fitted": fitted, "judged": end, "best": best, "simple": others},
            recipe.fit.place,
        )
