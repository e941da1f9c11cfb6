"""signed-labels: labels of -1 and 1 under a binary cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ClassTargets
from unstuck.trace import Trace

LOSSES = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})


def _two_classes(y: Array, activation: str, loss: str) -> Recipe:
    return recipe(normal(len(y), 2), y, [dense(8, "relu"), dense(1, activation)], loss)


def _signs() -> Array:
    return 2 * integers(0, 2, 200) - 1


class SignedLabels(Check):
    name = "signed-labels"
    severity = Severity.ERROR
    summary = "Labels of -1 and 1 under a binary cross-entropy, which expects 0 and 1."
    why = (
        "For a label of -1 the loss has no lower end: it rewards an ever smaller probability "
        "without bound, falls below zero, and outweighs every label of 1."
    )
    instead = "Labels of 0 and 1, (y + 1) / 2; or the hinge loss with a tanh or linear output."
    false_alarms = "None known: the hinge losses want these labels and are not reported."
    sources = ("measured: a loss below zero, and every row answered alike",)
    firing = (
        Case(
            "signs under a sigmoid",
            lambda: _two_classes(_signs(), "sigmoid", "binary_crossentropy"),
        ),
        Case(
            "signs in a column, as floats",
            lambda: _two_classes(_signs()[:, None] * 1.0, "sigmoid", "binary_crossentropy"),
        ),
    )
    silent = (
        Case(
            "0 and 1", lambda: _two_classes(integers(0, 2, 200), "sigmoid", "binary_crossentropy")
        ),
        Case("signs under the hinge", lambda: _two_classes(_signs(), "tanh", "hinge")),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.loss.name not in LOSSES or recipe.loss.custom:
            return
        for y in recipe.data.targets:
            if not is_numeric(y) or not np.isin(y, (-1, 1)).all():
                continue
            negative = float((y == -1).mean())
            if negative:
                yield self.found(
                    f"{negative:.0%} of the labels are -1, the others 1; {recipe.loss.name} "
                    "expects 0 and 1",
                    {"negative": negative},
                    recipe.loss.place,
                    (ClassTargets(),) if len(recipe.data.targets) == 1 else (),
                )
