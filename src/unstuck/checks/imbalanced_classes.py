"""imbalanced-classes: the majority class explains the accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import sqrt

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression
from unstuck.checks._labels import class_codes, row_weights
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe, row_keys
from unstuck.remedies import BalanceClasses
from unstuck.trace import Trace

# Less than a fifth of the rows is what Google's course calls a moderate imbalance; more than nine
# to one is a high one in the KEEL repository (Fernández et al. 2008).
UNEVEN = 0.8
HIGH = 0.9


def _rare(share: float, rows: int = 1000) -> Recipe:
    x = normal(rows, 4)
    y = (x[:, 0] > np.quantile(x[:, 0], 1 - share)) * 1
    layers = [dense(8, "relu"), dense(1, "sigmoid")]
    return recipe(x, y, layers, "binary_crossentropy", metrics=("accuracy",))


def _weighed(rare: float, common: float) -> Recipe:
    made = _rare(0.05)
    weights = np.where(made.data.targets[0] == 1, rare, common)
    return replace(made, data=replace(made.data, weights=weights))


def _gate() -> Recipe:
    x = np.asarray((np.arange(3200)[:, None] >> np.arange(4)) & 1)
    y = x.min(axis=1)
    return recipe(x, y, [dense(4, "relu"), dense(1, "sigmoid")], "binary_crossentropy")


class ImbalancedClasses(Check):
    name = "imbalanced-classes"
    summary = "One class so common that answering it always gives most of the accuracy."
    why = (
        "A constant answer is right nearly always, so a high accuracy says little, and early in "
        "the training the rare classes have hardly a part in the gradient."
    )
    instead = (
        "Report what does not reward the constant answer (recall by class, AUC, balanced "
        "accuracy), and weigh the classes: class_weight in fit, or more rows of the rare ones."
    )
    false_alarms = (
        "Uneven classes can be learned well, and then weights only shift the errors from one class "
        "to another. Truth tables are uneven by nature and not reported."
    )
    sources = (
        "keras-team/keras#5335",
        "developers.google.com/machine-learning/crash-course: imbalanced data sets",
        "Fernández et al. 2008, KEEL: a ratio above nine is high",
    )
    firing = (
        Case("one row in twenty", lambda: _rare(0.05)),
        Case("one row in seven, a note", lambda: _rare(0.14)),
        Case("weighed the wrong way round", lambda: _weighed(0.1, 1.0)),
    )
    silent = (
        Case("even classes", classifier),
        Case("one row in three", lambda: _rare(0.33)),
        Case("weighed", lambda: _weighed(10.0, 0.5)),
        Case("few rows, by chance", lambda: _rare(0.1, rows=20)),
        Case("a truth table, repeated", _gate),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        codes, weights = class_codes(recipe), row_weights(recipe.data)
        if codes is None or not recipe.data.rows:
            return
        labels, index = np.unique(codes, return_inverse=True)
        if len(labels) < 2 or (weights is not None and not weights.sum() > 0):
            return
        counts, rows = np.bincount(index, weights), np.bincount(index)
        share = float(counts.max() / counts.sum())
        if share <= UNEVEN or _least(share, _distinct(recipe)) <= UNEVEN:
            return
        yield self.found(
            _words(recipe, labels, rows, counts),
            {"majority": share, "classes": len(labels), "rarest": int(rows.min())},
            recipe.fit.place,
            _remedies(recipe, labels, rows),
            severity=Severity.WARNING if share > HIGH else Severity.NOTE,
        )


def _words(recipe: Recipe, labels: Array, rows: Array, counts: Array) -> str:
    """Of how many rows, and how much of the loss where rows are weighed, a class has."""
    share, own, common = counts.max() / counts.sum(), rows.max() / rows.sum(), rows.argmax()
    text = f"{own:.1%} of the rows are of class {labels[common]:g}"
    if np.array_equal(rows, counts):
        scored = any("acc" in name.lower() for name in recipe.metrics)
        plain = ", and that is all that accuracy would show" if scored else ""
        return f"{text}: a constant answer is right as often{plain}"
    if share > own and counts.argmax() == common:
        return f"{text}, and weights make it {share:.1%} of the loss: they are the wrong way round"
    return f"weights make class {labels[counts.argmax()]:g} {share:.1%} of the loss"


def _distinct(recipe: Recipe) -> int:
    """Rows that are not repeats: only they are evidence of a share."""
    arrays = (*recipe.data.inputs, *recipe.data.targets)
    if any(a.dtype.hasobject for a in arrays):
        return recipe.data.rows
    return len(np.unique(row_keys(arrays)))


def _least(share: float, rows: int) -> float:
    """The lower end of the 95 % Wilson interval of a share."""
    z2 = 1.96**2
    spread = 1.96 * sqrt(share * (1 - share) / rows + z2 / (4 * rows**2))
    return (share + z2 / (2 * rows) - spread) / (1 + z2 / rows)


def _remedies(recipe: Recipe, labels: Array, rows: Array) -> tuple[BalanceClasses, ...]:
    """Weights that make the classes even, where they are numbered from 0."""
    if not np.array_equal(labels, np.arange(len(labels))):
        return ()
    even = rows.sum() / (len(labels) * rows)
    return (BalanceClasses(tuple(float(f"{w:.4g}") for w in even)),)
