"""labels-out-of-range: class ids below 0 or at least the number of output units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression
from unstuck.checks._objective import BINARY, one_target
from unstuck.checks._task import head, is_numeric, output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe, follow_on
from unstuck.remedies import ClassTargets, LabelsFromZero
from unstuck.trace import Trace


def _labelled(y: Array) -> Recipe:
    layers = [dense(16, "relu"), dense(3, "softmax")]
    return recipe(normal(len(y), 4), y, layers, "sparse_categorical_crossentropy")


def _binary(y: Array) -> Recipe:
    layers = [dense(16, "relu"), dense(1, "sigmoid")]
    return recipe(normal(len(y), 4), y, layers, "binary_crossentropy")


class LabelsOutOfRange(Check):
    name = "labels-out-of-range"
    severity = Severity.ERROR
    summary = "Class ids below 0, or as large as the number of output units or larger."
    why = (
        "There is no unit for such a class. On JAX and on a GPU nothing is raised: the row counts "
        "as no class at all, and the loss looks better than it is. Under a binary cross-entropy a "
        "label above 1 has no lower end: labels of 1 and 2 both ask for 1, and no row is told from "
        "another."
    )
    instead = "Number the classes from 0: np.unique(y, return_inverse=True)[1]."
    false_alarms = "None known; an ignored class set by ignore_class in the loss is not reported."
    sources = ("keras-team/keras#11786", "measured on JAX: trains silently at 62.5 %")
    firing = (
        Case("ids from 1", lambda: _labelled(integers(1, 4, 200))),
        Case("an id of -1", lambda: _labelled(integers(-1, 3, 200))),
        Case("two labels, 1 and 2", lambda: _binary(integers(1, 3, 200))),
    )
    silent = (
        Case("ids from 0", classifier),
        Case("a class that does not occur", lambda: _labelled(integers(0, 2, 200))),
        Case("two labels, 0 and 1", lambda: _binary(integers(0, 2, 200))),
        Case("two labels, -1 and 1: signed-labels", lambda: _binary(2 * integers(0, 2, 200) - 1)),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        yield from self._of_two(recipe)
        units = output_width(recipe)
        plain = recipe.loss.name == "sparse_categorical_crossentropy" and not recipe.loss.pickled
        if not plain or units is None or units == 1:  # one unit is a matter of the loss
            return
        for y in recipe.data.targets:
            if not is_numeric(y) or not y.size or np.any(np.mod(y, 1) != 0):
                continue
            outside = float(((y < 0) | (y >= units)).mean())
            if outside:
                yield self.found(
                    f"class ids run from {np.min(y):g} to {np.max(y):g}, and {units} output units "
                    f"are numbered 0 to {units - 1}",
                    {"outside": outside, "min": float(np.min(y)), "max": float(np.max(y))},
                    head(recipe).place,
                    (ClassTargets(),) if len(recipe.data.targets) == 1 else (),
                    layer=head(recipe),
                )

    def _of_two(self, recipe: Recipe) -> Iterator[Finding]:
        y, loss = one_target(recipe), recipe.loss
        if loss.name not in BINARY or loss.custom or y is None or not follow_on(y):
            return
        first = int(y.min())
        yield self.found(
            f"the labels are {first} and {first + 1}, and {loss.name} expects 0 and 1: it rewards "
            "a larger output for either of them",
            {"outside": float((y > 1).mean()), "min": float(first), "max": first + 1.0},
            loss.place,
            () if loss.takes_logits(0) else (LabelsFromZero(first),),
        )
