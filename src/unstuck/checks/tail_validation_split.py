"""tail-validation-split: ordered rows with validation_split, which takes the last ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression, uniform
from unstuck.checks._labels import class_codes
from unstuck.checks._order import is_ordered, is_window
from unstuck.checks._task import is_numeric, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Recipe
from unstuck.remedies import ShuffleRows
from unstuck.trace import Trace

UNSEEN = 0.05  # of the validation rows; a rare class may fall to one side by chance
CHANCE = 1e-9  # of as uneven a split among shuffled rows, by Hoeffding's inequality
OUTSIDE = 0.5


def _split(x: Array, y: Array, made: Recipe, share: float = 0.2) -> Recipe:
    cut = int(len(x) * (1 - share))
    data = Data((x[:cut],), (y[:cut],))
    fit = replace(made.fit, validation_split=share)
    return replace(made, data=data, validation=Data((x[cut:],), (y[cut:],)), fit=fit)


def _classes(y: Array) -> Recipe:
    return _split(normal(len(y), 4), y, classifier())


def _numbers(x: Array, y: Array) -> Recipe:
    return _split(x, y, recipe(x, y, [dense(16, "relu"), dense(1)]))


def _windows() -> Recipe:
    rise = np.arange(430) / 9 + np.sin(np.arange(430))
    return _numbers(np.stack([rise[i : i + 20] for i in range(400)]), rise[20:420])


class TailValidationSplit(Check):
    name = "tail-validation-split"
    severity = Severity.ERROR
    summary = "Rows in order, and validation_split, which takes the last of them."
    why = (
        "Keras cuts the last rows off before it shuffles. Where rows are sorted these are other "
        "rows than the rest: classes that training never sees, or numbers beyond all it has seen. "
        "The validation score then says nothing of what was learned."
    )
    instead = (
        "Shuffle inputs and targets together before fit, or split them by train_test_split with "
        "stratify, and hand over validation_data."
    )
    false_alarms = (
        "A time series is split in time on purpose: windows of one are not reported, and classes "
        "that are only more common at the end are a warning."
    )
    sources = (
        "keras-team/keras#597, #4298, #6422, #8346",
        "measured on Keras 3.15.1: the last rows, before any shuffling",
    )
    firing = (
        Case("classes one after the other", lambda: _classes(np.sort(integers(0, 3, 400)))),
        Case("two classes, sorted", lambda: _classes(np.arange(400) // 200)),
        Case(
            "a function along a line",
            lambda: _numbers(np.linspace(0, 3, 400)[:, None], np.linspace(0, 3, 400) ** 2),
        ),
    )
    silent = (
        Case("classes in any order", lambda: _classes(integers(0, 3, 400))),
        Case(
            "a class that training lacks, a few rows of it",
            lambda: _classes(np.r_[integers(0, 2, 399), 2]),
        ),
        Case("sorted, with no split", lambda: replace(classifier(), validation=None)),
        Case("windows of a series that rises", _windows),
        Case("a regression in any order", lambda: _numbers(uniform(0, 9, 400, 2), normal(400))),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        held = recipe.validation
        if not recipe.fit.validation_split or held is None or not held.rows:
            return
        known, asked = class_codes(recipe), class_codes(recipe, held)
        if known is not None and asked is not None:
            yield from self._of_classes(recipe, known, asked)
        elif is_regression(recipe) and not any(is_window(x) for x in recipe.data.inputs):
            yield from self._of_numbers(recipe, held)

    def _of_classes(self, recipe: Recipe, known: Array, asked: Array) -> Iterator[Finding]:
        unseen = float((~np.isin(asked, known)).mean())
        apart = _distance(known, asked)
        start = f"validation_split takes the last {len(asked):,} rows, and "
        evidence = {"unseen": unseen, "distance": apart, "rows": len(asked)}
        if unseen > UNSEEN:
            missing = len(np.setdiff1d(asked, known))
            text = f"{unseen:.0%} of them are of {missing} classes that no training row is of"
            yield self._found(recipe, start + text, evidence)
        elif apart > _by_chance(known, asked):
            text = f"their classes are others than in the rest: {apart:.0%} would have to change"
            yield self._found(recipe, start + text, evidence, Severity.WARNING)

    def _of_numbers(self, recipe: Recipe, held: Data) -> Iterator[Finding]:
        known, asked = recipe.data.targets, held.targets
        if len(known) != 1 or not all(is_numeric(x) for x in recipe.data.inputs):
            return
        if not any(is_ordered(x) for x in (*recipe.data.inputs, *known)):
            return
        low, high = known[0].min(), known[0].max()
        outside = float(((asked[0] < low) | (asked[0] > high)).mean())
        if outside > OUTSIDE:
            yield self._found(
                recipe,
                f"the rows are sorted and validation_split takes the last {held.rows:,}: "
                f"{outside:.0%} of their targets lie beyond all {known[0].min():.4g} to "
                f"{known[0].max():.4g} that training sees",
                {"outside": outside, "rows": held.rows},
                Severity.WARNING,
            )

    def _found(
        self,
        recipe: Recipe,
        message: str,
        evidence: dict[str, float],
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        place, remedies = recipe.fit.place, (ShuffleRows(),)
        return self.found(message, evidence, place, remedies, severity=severity)


def _shares(codes: Array, labels: Array) -> Array:
    return np.array([(codes == label).mean() for label in labels])


def _distance(known: Array, asked: Array) -> float:
    """The total variation distance of the classes of two sets of rows, 0 to 1."""
    labels = np.union1d(known, asked)
    return float(np.abs(_shares(known, labels) - _shares(asked, labels)).sum() / 2)


def _by_chance(known: Array, asked: Array) -> float:
    """The distance that shuffled rows exceed with a chance of ``CHANCE`` at most.

    The distance is the largest difference over sets of classes, 2^K of them at most; each is one
    of two means, by Hoeffding's inequality (1963), which holds for draws without replacement too.
    """
    sets = min(len(np.union1d(known, asked)), 60) * np.log(2)
    return float(np.sqrt((sets - np.log(CHANCE)) / 2 * (1 / len(known) + 1 / len(asked))))
