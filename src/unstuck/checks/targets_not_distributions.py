"""targets-not-distributions: rows under categorical cross-entropy that do not sum to one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe
from unstuck.checks._task import distinct_rows, is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ClassTargets
from unstuck.trace import Trace

TOLERANCE = 0.01
SHARE = 0.01
CLASSES = 100  # distinct rows that may still be classes


def _recipe(y: Array) -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[1], "softmax")]
    return recipe(normal(len(y), 4), y, layers, "categorical_crossentropy")


class TargetsNotDistributions(Check):
    name = "targets-not-distributions"
    severity = Severity.ERROR
    summary = "Targets under categorical cross-entropy whose rows do not sum to one."
    why = (
        "The loss is that of a probability distribution over exclusive classes. With several "
        "ones in a row softmax can satisfy none of them, and a row of zeros costs nothing at all."
    )
    instead = (
        "One-hot rows, one unit a class; or, where labels are independent, sigmoid outputs under "
        "binary cross-entropy."
    )
    false_alarms = "Soft labels sum to one and are not reported."
    sources = ("Stack Overflow: remainder by seven, answered in bits",)
    firing = (
        Case("bits", lambda: _recipe(integers(0, 2, 200, 5))),
        Case(
            "rows of zeros",
            lambda: _recipe(one_hot(integers(0, 4, 200), 4) * integers(0, 2, 200, 1)),
        ),
    )
    silent = (
        Case("one-hot", lambda: _recipe(one_hot(integers(0, 4, 200), 4))),
        Case("soft labels", lambda: _recipe(np.random.default_rng(0).dirichlet(np.ones(4), 200))),
        Case("class ids", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.loss.name != "categorical_crossentropy" or len(recipe.data.targets) != 1:
            return
        y = recipe.data.targets[0]
        if not is_numeric(y) or y.ndim < 2 or y.shape[-1] < 2:
            return
        sums = y.astype(np.float64).sum(axis=-1)
        off = float((np.abs(sums - 1) > TOLERANCE).mean())
        if off < SHARE:
            return
        distinct = len(distinct_rows(y))
        yield self.found(
            f"{off:.0%} of the target rows do not sum to one (they sum to {sums.min():.3g} to "
            f"{sums.max():.3g}), so they are no distribution for {recipe.loss.name}",
            {"share": off, "min_sum": float(sums.min()), "max_sum": float(sums.max())},
            recipe.loss.place,
            (ClassTargets(),) if 1 < distinct <= CLASSES else (),
        )
