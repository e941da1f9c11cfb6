"""targets-not-distributions: rows under categorical cross-entropy that do not sum to one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, one_hot, recipe
from unstuck.checks._objective import several
from unstuck.checks._task import distinct_rows, is_numeric, off_distribution
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ClassTargets, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

LOSSES = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SHARE = 0.01
CLASSES = 100  # distinct rows that may still be classes


def _recipe(y: Array) -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[1], "softmax")]
    return recipe(normal(len(y), 4), y, layers, "categorical_crossentropy")


def _padded() -> Recipe:
    y = one_hot(integers(0, 4, 200, 6), 4)
    y[:, 4:] = 0
    layers = [layer("LSTM", (6, 8), units=8), dense(4, "softmax")]
    return recipe(normal(200, 6, 2), y, layers, "categorical_crossentropy")


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
        Case("padded sequences", _padded),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.loss.name not in LOSSES or len(recipe.data.targets) != 1:
            return
        y = recipe.data.targets[0]
        if not is_numeric(y) or y.ndim < 2 or y.shape[-1] < 2:
            return
        sums, wrong = y.astype(np.float64).sum(axis=-1), off_distribution(y)
        if y.ndim > 2:
            wrong &= sums != 0  # steps of padding, which cost nothing
        off = float(wrong.mean())
        if off < SHARE:
            return
        yield self.found(
            f"{off:.0%} of the target rows are no distribution for {recipe.loss.name}: rows sum to "
            f"{sums.min():.3g} up to {sums.max():.3g}, and not to one",
            {"share": off, "min_sum": float(sums.min()), "max_sum": float(sums.max())},
            recipe.loss.place,
            _remedies(y) if y.ndim == 2 else (),
        )


def _remedies(y: Array) -> tuple[Remedy, ...]:
    """More distinct rows of labels than columns are several labels a row; fewer are classes."""
    distinct = len(distinct_rows(y))
    classes = (ClassTargets(),) if 1 < distinct <= CLASSES else ()
    if several(y) and distinct > y.shape[1]:
        return UseLoss("binary_crossentropy", "sigmoid"), *classes
    return classes
