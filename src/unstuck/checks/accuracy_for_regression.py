"""accuracy-for-regression: accuracy as the metric of a regression."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression
from unstuck.checks._task import is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

NAMES = frozenset({"accuracy", "acc", "binary_accuracy", "categorical_accuracy"})


class AccuracyForRegression(Check):
    name = "accuracy-for-regression"
    severity = Severity.ERROR
    summary = "Accuracy as the metric of a regression."
    why = (
        "Accuracy counts predictions that equal their target exactly, which a real number never "
        "does: it stays near zero however well the network has learned, and the score says nothing."
    )
    instead = 'Use metrics=["mae"] or keras.metrics.R2Score().'
    false_alarms = "None known: labels of 0 and 1 under a squared error are not reported."
    sources = ("keras-team/keras#4308", "keras-team/keras#7947", "rstudio/keras3#296")
    firing = (
        Case("accuracy of a regression", lambda: regression(metrics=("accuracy",))),
        Case("beside another metric", lambda: regression(metrics=("mae", "acc"))),
    )
    silent = (
        Case("mae", lambda: regression(metrics=("mae",))),
        Case("a classifier", lambda: classifier(metrics=("accuracy",))),
        Case(
            "labels of 0 and 1 under a squared error",
            lambda: recipe(
                normal(99, 2), integers(0, 2, 99), [dense(1, "sigmoid")], metrics=("accuracy",)
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        used = [m for m in recipe.metrics if m.lower() in NAMES]
        if used and is_regression(recipe):
            yield self.found(
                f"{used[0]!r} is the metric of a regression: it counts exact equality, "
                "and its value says nothing about how well it learns",
                {"metric": used[0]},
                recipe.loss.place,
            )
