"""unscaled-targets: regression targets far from the scale of the first outputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression, uniform
from unstuck.checks._task import flat, head, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import StandardizeTargets
from unstuck.trace import Trace

LARGE = 10.0
HUGE = 1000.0
SMALL = 0.01


class UnscaledTargets(Check):
    name = "unscaled-targets"
    summary = "Regression targets far from the scale of about 1 with which a network begins."
    why = (
        "A network's first outputs are of the order of 1. Adam moves each weight by about the "
        "learning rate a step, so targets of thousands take as many thousand steps to reach; "
        "under plain gradient descent the loss's gradient, as large as the targets, diverges."
    )
    instead = "Standardise the targets for training and turn predictions back."
    false_alarms = "A linear model on large inputs reaches large targets; trials then refute it."
    sources = ("keras-team/keras#2576", "keras-team/keras#2399")
    firing = (
        Case("tens of thousands", lambda: recipe(normal(300, 2), normal(300) * 50_000, [dense(1)])),
        Case("house prices", lambda: recipe(normal(300, 2), uniform(1e5, 5e5, 300), [dense(1)])),
        Case("thousandths", lambda: recipe(normal(300, 2), normal(300) * 1e-3, [dense(1)])),
    )
    silent = (
        Case("unit scale", regression),
        Case("mean 3, spread 2", lambda: recipe(normal(300, 2), normal(300) * 2 + 3, [dense(1)])),
        Case("class ids", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if not is_regression(recipe):
            return
        for y in recipe.data.targets:
            values = flat(y)
            mean, spread = float(np.abs(values.mean(axis=0)).max()), float(values.std(axis=0).max())
            size = max(mean, spread)
            if not np.isfinite(size) or SMALL <= size <= LARGE or size == 0:
                continue
            yield self.found(
                f"the targets have mean {values.mean():.4g} and standard deviation {spread:.4g}, "
                "far from the order of 1 with which the network's outputs begin",
                {"mean": float(values.mean()), "std": spread},
                head(recipe).place or recipe.fit.place,
                (StandardizeTargets(),),
                severity=Severity.ERROR if size > HUGE else Severity.WARNING,
            )
            return
