"""mismatched-validation: validation rows prepared otherwise than those trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, tried
from unstuck.checks._order import is_window
from unstuck.experiments import Across, SimpleLearners
from unstuck.finding import Finding
from unstuck.goal import standard_error
from unstuck.recipe import Recipe
from unstuck.trace import Trace

SEEN = 0.3  # of the way from a constant to perfect: less says little of a learner elsewhere
LEFT = 0.5  # of that way, on the validation rows
ERRORS = 3.0  # standard errors


def _scored(here: float, there: float, rows: int = 500) -> Trace:
    simple = SimpleLearners(across=Across(here, 0.0, there, 0.0, rows))
    return tried(simple=simple)


def _windows() -> Recipe:
    series = normal(204).cumsum()
    windows = np.stack([series[i : i + 200] for i in range(4)], axis=1)
    return recipe(windows, series[4:], [dense(1)])


class MismatchedValidation(Check):
    name = "mismatched-validation"
    needs_trace = True
    summary = "What holds for the training rows does not hold for the validation rows."
    why = (
        "A scaler, an encoder of categories or a vocabulary that is fitted to each set by itself "
        "gives the same number another meaning in each. The network learns, and its validation "
        "score says that it does not."
    )
    instead = (
        "Fit scalers, encoders and vocabularies on the training rows alone, and use those same "
        "ones for all others (transform, not fit_transform)."
    )
    false_alarms = (
        "Validation rows that are meant to come from elsewhere (another site, later years) may "
        "differ so. Windows over a series and validation_split are not looked at."
    )
    sources = (
        "scikit-learn: common pitfalls, inconsistent preprocessing",
        "37 reasons why your neural network is not working: validation data preprocessing",
    )
    firing = (
        Case("good here, nothing there", regression, lambda: _scored(0.9, 0.0)),
        Case("good here, worse than a constant there", regression, lambda: _scored(0.6, -2.0)),
    )
    silent = (
        Case("as good there", regression, lambda: _scored(0.9, 0.85)),
        Case("little seen here", regression, lambda: _scored(0.2, 0.0)),
        Case("few rows", regression, lambda: _scored(0.4, 0.15, rows=40)),
        Case("windows over a series", _windows, lambda: _scored(0.9, 0.0)),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        seen = found.simple if found else None
        across = seen.across if seen else None
        if seen is None or across is None or seen.renamed is not None:
            return
        if not _differs(across) or any(is_window(x) for x in recipe.data.inputs):
            return
        yield self.found(
            f"a simple learner of the training rows scores {across.here:.3g} on others of them and "
            f"{across.there:.3g} on the validation rows (a constant {across.constant:.3g} and "
            f"{across.constant_there:.3g}): the two are not prepared alike, or not drawn alike",
            {"here": across.here, "there": across.there, "rows": across.rows},
            recipe.fit.place,
        )


def _differs(across: Across) -> bool:
    gained, left = across.here - across.constant, across.there - across.constant_there
    if gained < SEEN * (1.0 - across.constant) or left > LEFT * gained:
        return False
    errors = [standard_error("accuracy", s, across.rows) for s in (across.here, across.there)]
    return gained - left > ERRORS * (errors[0] ** 2 + errors[1] ** 2) ** 0.5
