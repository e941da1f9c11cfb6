"""constant-features: features, or the target, that never vary."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Loss, Recipe
from unstuck.trace import Trace

ROWS = 10  # below which equal numbers are no surprise

ONE_ROW = (
    "Look where the rows are put together: one list or array that is filled anew and appended for "
    "each row is the last row, many times. Append a copy."
)


def _partly() -> Recipe:
    x = normal(99, 3)
    x[:, 1] = 4
    return recipe(x, x[:, 0], [dense(1)])


class ConstantFeatures(Check):
    name = "constant-features"
    summary = "Features, or the target, that have the same value in every row."
    why = (
        "What never varies cannot tell one row from another. Where the target is constant, or "
        "every feature, there is nothing to learn, and a perfect score means nothing."
    )
    instead = "Look where the column was made: a merge, a cast or a scaling may have emptied it."
    false_alarms = (
        "A column of ones for the bias and the dark border of images are harmless: some constant "
        "features beside others that vary are a note. Dummy targets under a loss of one's own are "
        "not reported."
    )
    sources = ("measured: a loss of zero after one epoch, whatever the inputs",)
    firing = (
        Case("one of three, a note", _partly),
        Case("the target", lambda: recipe(normal(99, 3), np.ones(99), [dense(1)])),
        Case("every feature", lambda: recipe(np.zeros((99, 3)), normal(99), [dense(1)])),
    )
    silent = (
        Case("all vary", regression),
        Case("a classifier", classifier),
        Case("a single row", lambda: recipe(normal(1, 3), normal(1), [dense(1)])),
        Case(
            "dummy targets under a loss of one's own",
            lambda: recipe(normal(99, 3), np.zeros(99), [dense(1)], Loss("triplet", custom=True)),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.data.rows < ROWS:
            return
        yield from self._targets(recipe)
        constant = [_constant(x) for x in recipe.data.inputs if is_numeric(x)]
        count, features = sum(int(c.sum()) for c in constant), sum(c.size for c in constant)
        if count:
            yield self.found(
                f"{count} of {features} features have the same value in all "
                f"{recipe.data.rows:,} rows",
                {"constant": count, "features": features},
                recipe.fit.place,
                severity=self._of_features(recipe) if count == features else Severity.NOTE,
                advice=ONE_ROW if count == features else "",
            )

    def _of_features(self, recipe: Recipe) -> Severity:
        """Where none varies: what a loss of one's own does with them cannot be seen."""
        return Severity.WARNING if recipe.loss.custom else Severity.ERROR

    def _targets(self, recipe: Recipe) -> Iterator[Finding]:
        targets = recipe.data.targets
        if recipe.loss.custom or not targets or not all(is_numeric(y) for y in targets):
            return
        if all(_constant(y).all() for y in targets):
            yield self.found(
                f"the target has the same value in all {recipe.data.rows:,} rows",
                {"rows": recipe.data.rows},
                recipe.fit.place,
            )


def _constant(values: Array) -> Array:
    """For each number of a row, whether it is the same in every row."""
    rows = values.reshape(len(values), -1)
    return np.asarray((rows == rows[0]).all(axis=0))
