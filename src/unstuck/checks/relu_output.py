"""relu-output: ReLU on the output of a regression."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, layer, normal, recipe, regression, uniform
from unstuck.checks._task import ceiling, head, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import LinearOutput
from unstuck.trace import Trace


class ReluOutput(Check):
    name = "relu-output"
    of_output = True
    summary = "ReLU on the output of a regression."
    why = (
        "Negative targets cannot be reached. And where the output is negative before the ReLU "
        "for every row, its gradient is zero for every row: the network has died at the start."
    )
    instead = "Leave the output layer linear; clip predictions afterwards if they must be positive."
    false_alarms = "Counts that are never near zero can train under it, on seeds that start alive."
    sources = ("community.deeplearning.ai/t/324182: 6 to 7 of 10 runs stuck on y = 2x - 1",)
    firing = (
        Case("signed targets", lambda: recipe(normal(99, 2), normal(99), [dense(1, "relu")])),
        Case(
            "positive targets",
            lambda: recipe(normal(99, 2), uniform(1, 2, 99), [dense(4, "relu"), dense(1, "relu")]),
        ),
        Case(
            "a ReLU layer last",
            lambda: recipe(normal(99, 2), normal(99), [dense(1), layer("ReLU", (1,))]),
        ),
    )
    silent = (
        Case("ReLU in the hidden layer", regression),
        Case("a classifier", classifier),
        Case(
            "scaled by a layer after it",
            lambda: recipe(normal(99, 2), normal(99), [dense(1, "relu"), layer("Lambda", (1,))]),
        ),
        Case("softplus", lambda: recipe(normal(99, 2), uniform(1, 2, 99), [dense(1, "softplus")])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        last = head(recipe)
        if not is_regression(recipe) or last.activation != "relu":
            return
        if len(recipe.data.targets) != 1:  # which of them is this layer's?
            return
        below = float((recipe.data.targets[0] < 0).mean())
        best = ceiling(recipe.data.targets[0], 0.0, np.inf)
        unreachable = (
            f": {below:.0%} of the targets are negative, so no weights bring R² above {best:.2g}"
            if below
            else ", where it can die"
        )
        yield self.found(
            f"the output of this regression passes through a ReLU{unreachable}",
            {"negative_targets": below},
            last.place,
            (LinearOutput(),),
            layer=last,
            severity=Severity.ERROR if below else Severity.WARNING,
        )
