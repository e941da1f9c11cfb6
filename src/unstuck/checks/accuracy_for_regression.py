"""accuracy-for-regression: accuracy as the metric of a regression."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import (
    classifier,
    dense,
    integers,
    normal,
    one_hot,
    recipe,
    regression,
)
from unstuck.checks._task import is_regression, output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

NAMES = frozenset({"accuracy", "acc", "binary_accuracy", "categorical_accuracy"})


class AccuracyForRegression(Check):
    name = "accuracy-for-regression"
    severity = Severity.WARNING
    summary = "Accuracy as the metric of a regression."
    why = (
        "Keras turns a single output into 0 or 1 at a threshold of 0.5 and counts how many equal "
        "their target; of several outputs it compares which is the largest. Neither says how near "
        "a number is: the score stays low, or is high by chance, however well the network learned."
    )
    instead = 'Use metrics=["mae"] or keras.metrics.R2Score().'
    false_alarms = (
        "None known: labels of 0 and 1, and one-hot or soft labels, under a squared error are "
        "classifications and not reported."
    )
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
        Case(
            "smoothed labels under a squared error",
            lambda: recipe(
                normal(99, 2),
                one_hot(integers(0, 4, 99), 4) * 0.9 + 0.025,
                [dense(4, "softmax")],
                metrics=("accuracy",),
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        used = [m for m in recipe.metrics if m.lower() in NAMES]
        if not used or not is_regression(recipe):
            return
        y = np.concatenate([t.ravel() for t in recipe.data.targets])
        met = float(np.isin(y, (0, 1)).mean())
        how = (
            f"it compares outputs, as 0 or 1, with targets of which {met:.0%} are 0 or 1"
            if output_width(recipe) in (1, None)
            else "it compares only which number of a row is the largest"
        )
        yield self.found(
            f"{used[0]!r} is the metric of a regression: {how}, which says nothing about how well "
            "it learns",
            {"metric": used[0], "targets_0_or_1": met},
            recipe.loss.place,
        )
