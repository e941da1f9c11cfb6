"""non-finite-data: NaN or infinity in inputs, targets or weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Loss, Recipe
from unstuck.remedies import FillMissing
from unstuck.trace import Trace


def _spoiled(value: float) -> Array:
    x = normal(99, 2)
    x[5, 1] = value
    return x


class NonFiniteData(Check):
    name = "non-finite-data"
    severity = Severity.ERROR
    summary = "NaN or infinity in the inputs, the targets or the initial weights."
    why = "One such number makes the loss NaN, the update NaN, and every weight NaN for ever."
    instead = "Drop or fill such rows before training: np.isfinite(x).all(axis=1) finds them."
    false_alarms = "NaN as a mark of missing targets, under a loss of one's own, is not reported."
    sources = ("measured: one NaN cell, and the loss is NaN from the first epoch on",)
    firing = (
        Case("NaN", lambda: recipe(_spoiled(np.nan), normal(99), [dense(1)])),
        Case("infinity", lambda: recipe(_spoiled(np.inf), normal(99), [dense(1)])),
    )
    silent = (
        Case("finite", regression),
        Case(
            "missing targets under a loss of one's own",
            lambda: recipe(
                normal(99, 2), _spoiled(np.nan), [dense(2)], Loss("masked", custom=True)
            ),
        ),
        Case("large, yet finite", lambda: recipe(_spoiled(1e30), normal(99), [dense(1)])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        parts = {
            "inputs": recipe.data.inputs,
            "targets": recipe.data.targets,
            "weights": recipe.model.weights,
        }
        if recipe.loss.custom:
            del parts["targets"]
        for what, arrays in parts.items():
            bad = sum(int((~np.isfinite(a)).sum()) for a in arrays if a.dtype.kind == "f")
            if bad:
                yield self.found(
                    f"the {what} hold {bad:,} numbers that are NaN or infinite",
                    {"count": bad, "where": what},
                    recipe.fit.place,
                    (FillMissing(),) if what == "inputs" else (),
                )
