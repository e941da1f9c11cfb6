"""output-units-mismatch: as many output units as the task does not have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe
from unstuck.checks._objective import CATEGORICAL, SPARSE, several
from unstuck.checks._task import (
    REGRESSION_LOSSES,
    are_distributions,
    are_ids,
    distinct_rows,
    head,
    is_binary,
    is_finite,
    is_numeric,
    is_one_number,
    numbers_compared_as_values,
    output_width,
)
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Loss, Recipe
from unstuck.remedies import ClassTargets, OutputUnits, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

CLASSES = 100
# Under these Keras compares one value with each of the units; a loss of the user's own may mean
# several outputs to a value (quantiles, the parameters of a distribution).
BINARY = "binary_crossentropy"
BROADCASTING = REGRESSION_LOSSES | {BINARY, "binary_focal_crossentropy", "hinge"}


def _softmax(y: Array, units: int, loss: str) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), dense(units, "softmax")], loss)


def _sparse(y: Array, units: int) -> Recipe:
    return _softmax(y, units, "sparse_categorical_crossentropy")


def _values(y: Array, units: int) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), dense(units)])


def _remainders() -> Recipe:
    bits = (integers(0, 7, 300)[:, None] >> np.arange(10)) & 1
    return _softmax(bits, 10, "categorical_crossentropy")


class OutputUnitsMismatch(Check):
    name = "output-units-mismatch"
    severity = Severity.ERROR
    summary = "As many output units as the task does not have classes or values."
    why = (
        "Softmax shares one unit of probability among its units: those that stand for no class "
        "take their part of it, and a class without a unit cannot be said at all. Under a loss of "
        "values, Keras compares one target with every unit, or refuses."
    )
    instead = (
        "As many units as classes, and targets that are one-hot rows of that width or class ids "
        "with sparse_categorical_crossentropy; for values, as many units as a target has."
    )
    false_alarms = "Classes that happen not to occur in the rows at hand; a note at most."
    sources = ("Stack Overflow: remainder by seven with 20 units for 7 classes",)
    firing = (
        Case("ten units for seven rows of bits", _remainders),
        Case(
            "one value, eight units",
            lambda: _values(normal(64), 8),
        ),
        Case("two values, three units", lambda: _values(normal(64, 2), 3)),
        Case("three values, one unit", lambda: _values(normal(64, 3), 1)),
        Case("ids under a loss of yes or no", lambda: _softmax(integers(0, 3, 300), 3, BINARY)),
        Case("too few units for the ids", lambda: _sparse(integers(0, 5, 300), 3)),
        Case(
            "hundreds of units for nine classes: a note", lambda: _sparse(integers(0, 9, 999), 900)
        ),
    )
    silent = (
        Case(
            "three quantiles of one value, under a loss of one's own",
            lambda: recipe(normal(64, 4), normal(64), [dense(3)], Loss("pinball", custom=True)),
        ),
        Case("ids from 1 are another fault", lambda: _sparse(integers(1, 4, 300), 3)),
        Case("a class or two that do not occur", lambda: _sparse(integers(0, 8, 300), 10)),
        Case("one unit a class", classifier),
        Case(
            "one-hot of a missing class",
            lambda: _softmax(one_hot(integers(0, 3, 300), 4), 4, "categorical_crossentropy"),
        ),
        Case("several values", lambda: recipe(normal(64, 4), normal(64, 3), [dense(3)])),
        Case("one value", lambda: recipe(normal(64, 4), normal(64), [dense(1)])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        units = output_width(recipe)
        if len(recipe.data.targets) != 1 or units is None or recipe.loss.custom:
            return
        y = recipe.data.targets[0]
        if not is_numeric(y) or not y.size or not is_finite(recipe):
            return
        if len(recipe.model.output_layer.output_shape) > 1 or _has_other_fault(recipe, y, units):
            return
        if recipe.loss.name == "sparse_categorical_crossentropy":
            yield from self._ids(recipe, y, units)
        elif recipe.loss.name == "categorical_crossentropy":
            yield from self._rows(recipe, y, units)
        elif recipe.loss.name in BROADCASTING and y.ndim <= 2:
            yield from self._numbers(recipe, y, units)

    def _numbers(self, recipe: Recipe, y: Array, units: int) -> Iterator[Finding]:
        """Class ids under a loss of yes or no are meant as classes; other numbers as values."""
        width = y[0].size
        if width == units or (units == 1 and is_binary(y)):  # else it is label-format-mismatch
            return
        if are_ids(y, units) and recipe.loss.name.startswith("binary"):
            yield self._found(
                recipe, units, 1, "number in each target", (UseLoss(SPARSE, "softmax"),)
            )
        else:
            what = "value in each target" if width == 1 else "values in each target"
            yield self._found(recipe, units, width, what, (OutputUnits(width),))

    def _ids(self, recipe: Recipe, y: Array, units: int) -> Iterator[Finding]:
        classes = len(np.unique(y))
        if classes > units:
            more = (OutputUnits(int(y.max()) + 1),) if y.min() >= 0 else ()
            yield self._found(recipe, units, classes, "classes", more)
        elif 2 * int(y.max() + 1) <= units and len(y) >= units:
            yield self._found(recipe, units, classes, "classes", (), Severity.NOTE)

    def _rows(self, recipe: Recipe, y: Array, units: int) -> Iterator[Finding]:
        """Distinct target rows that are no one-hot rows are the classes that are meant."""
        if y.ndim < 2 or are_distributions(y):
            return
        classes = len(distinct_rows(y))
        if classes > units and several(y):  # labels that are independent, more likely
            return
        if 1 < classes <= CLASSES and classes != units:
            yield self._found(recipe, units, classes, "distinct targets", (ClassTargets(),))

    def _found(
        self,
        recipe: Recipe,
        units: int,
        needed: int,
        what: str,
        remedies: tuple[Remedy, ...],
        severity: Severity = Severity.ERROR,
    ) -> Finding:
        last = head(recipe)
        return self.found(
            f"{last.name} has {units} units for {needed} {what}",
            {"units": units, "needed": needed},
            last.place,
            remedies,
            layer=last,
            severity=severity,
        )


def _has_other_fault(recipe: Recipe, y: Array, units: int) -> bool:
    """Whether it is the loss that does not fit, and not the number of units."""
    of_classes = recipe.loss.name in CATEGORICAL | {SPARSE}
    one_unit = of_classes and units == 1 and is_one_number(y)
    fractional = recipe.loss.name == SPARSE and bool(np.any(np.mod(y, 1) != 0))
    return one_unit or fractional or numbers_compared_as_values(recipe)
