"""zeroed-weights: class or sample weights that remove a class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression
from unstuck.checks._labels import class_codes, row_weights
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import EqualWeights
from unstuck.trace import Trace

NEARLY_ALL = 0.99  # of the weight
FEW = 0.05  # of the rows


def _weighed(weights: Array, made: Recipe | None = None) -> Recipe:
    made = made or classifier()
    return replace(made, data=replace(made.data, weights=weights))


def _by_class(*weights: float) -> Recipe:
    made = classifier()
    return _weighed(np.asarray(weights)[made.data.targets[0]], made)


def _fading(half_life: float) -> Recipe:
    return _weighed(0.5 ** (np.arange(400) / half_life), regression())


def _rare() -> Recipe:
    y = (np.arange(400) % 100 == 0).astype(int)
    return _weighed(np.where(y, 99.0, 1.0), recipe(normal(400, 3), y, [dense(1, "sigmoid")]))


def _some_rows_out() -> Recipe:
    return _weighed((np.arange(400) % 4 > 0) * 1.0)


class ZeroedWeights(Check):
    name = "zeroed-weights"
    severity = Severity.ERROR
    summary = "Class weights or sample weights that remove a class, or nearly every row."
    why = (
        "The loss of a row is multiplied by its weight, so a class whose rows all weigh nothing is "
        "never learned, while the metrics still count it. Where a few rows hold nearly all of the "
        "weight, the network learns these by heart, and nothing of the others."
    )
    instead = (
        "Weights above zero for every class, with the labels as keys: n / (classes * rows of the "
        "class). Leave rows that must not count out of the data. Let weights that fade with age "
        "fade over the whole of the data, not within its first hundredth."
    )
    false_alarms = (
        "A class that is weighed out on purpose, such as “unknown”: leave its rows out then, or "
        "name it as ignore_class of the loss. Weights of single steps (padding) are not looked at, "
        "nor are rows out of every class."
    )
    sources = ("measured: two of three classes at weight 0, accuracy 0.334",)
    firing = (
        Case("a class at zero", lambda: _by_class(0, 1, 1)),
        Case("every row at zero", lambda: _weighed(np.zeros(400), regression())),
        Case("nearly all weight on the latest rows, a warning", lambda: _fading(1.0)),
    )
    silent = (
        Case("no weights", classifier),
        Case("a rare class weighs more", lambda: _by_class(1, 5, 0.01)),
        Case("rows of every class at zero", _some_rows_out),
        Case("rows that fade slowly", lambda: _fading(100.0)),
        Case("a class of a hundredth, weighed up to a half", _rare),
        Case("a regression, some rows at zero", lambda: _weighed(abs(normal(400)) > 1, None)),
        Case("steps of padding", lambda: _weighed(np.zeros((400, 7)))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        weights, codes = row_weights(recipe.data), class_codes(recipe)
        if weights is None:
            return
        if not weights.any():
            yield self.found(
                f"all {len(weights):,} rows weigh 0, so nothing is learned from any of them",
                {"rows": len(weights)},
                recipe.fit.place,
                (EqualWeights(),),
            )
            return
        if codes is not None:
            yield from self._of_classes(recipe, weights, codes)
        yield from self._of_few(recipe, weights)

    def _of_few(self, recipe: Recipe, weights: Array) -> Iterator[Finding]:
        falling = np.sort(np.abs(weights))[::-1]
        few = int(np.searchsorted(np.cumsum(falling), NEARLY_ALL * falling.sum())) + 1
        if few > FEW * len(weights):
            return
        yield self.found(
            f"{few:,} of {len(weights):,} rows hold {NEARLY_ALL:.0%} of the weight: hardly "
            "anything is learned from the others",
            {"rows": len(weights), "few": few},
            recipe.fit.place,
            (EqualWeights(),),
            severity=Severity.WARNING,
        )

    def _of_classes(self, recipe: Recipe, weights: Array, codes: Array) -> Iterator[Finding]:
        labels, index = np.unique(codes, return_inverse=True)
        sums = np.bincount(index, np.abs(weights))
        gone = labels[sums == 0]
        if not len(gone):
            return
        share = float(np.isin(codes, gone).mean())
        named = ", ".join(f"{label:g}" for label in gone[:5])
        yield self.found(
            f"every row of {len(gone)} of {len(labels)} classes weighs 0 (labels {named}): "
            f"{share:.0%} of the rows are never learned from",
            {"removed": len(gone), "classes": len(labels), "share": share},
            recipe.fit.place,
            (EqualWeights(),),
        )
