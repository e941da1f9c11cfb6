"""single-unit-softmax: softmax over one unit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe
from unstuck.checks._objective import BINARY, CATEGORICAL, SPARSE, one_target
from unstuck.checks._task import head, is_binary, is_one_number, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Layer, Loss, Recipe
from unstuck.remedies import ClassTargets, LinearOutput, ProbabilityOutput, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

MOST_CLASSES = 100  # more distinct numbers are no names of classes


def _ended(y: Array, loss: str | Loss, *end: Layer) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), *end], loss)


def _attention(axis: int) -> Recipe:
    scores = [layer("Dense", (9, 1), units=1), layer("Softmax", (9, 1), axis=axis)]
    return recipe(normal(99, 9, 4), normal(99), [*scores, layer("Flatten", (9,)), dense(1)])


class SingleUnitSoftmax(Check):
    name = "single-unit-softmax"
    of_output = True
    severity = Severity.ERROR
    summary = "Softmax over one unit, which is 1 whatever the unit says."
    why = (
        "Softmax divides by the sum over its axis. Of a single unit that is the unit itself: the "
        "result is 1 for every row, its gradient is zero, and what stands before it never learns."
    )
    instead = 'activation="sigmoid" for two classes in one unit, or two units under softmax.'
    false_alarms = "None known: softmax over time steps, of one unit each, has the axis of time."
    sources = (
        "keras-team/keras#500",
        "keras-team/keras#18909",
        "measured on Keras 3.15.1, JAX: every prediction is 1 after 30 epochs",
    )
    firing = (
        Case(
            "two classes",
            lambda: _ended(integers(0, 2, 200), "binary_crossentropy", dense(1, "softmax")),
        ),
        Case(
            "under categorical cross-entropy",
            lambda: _ended(integers(0, 2, 200, 1), "categorical_crossentropy", dense(1, "softmax")),
        ),
        Case(
            "over three classes",
            lambda: _ended(integers(0, 3, 200), "categorical_crossentropy", dense(1, "softmax")),
        ),
        Case(
            "a layer of its own",
            lambda: _ended(
                integers(0, 2, 200), "binary_crossentropy", dense(1), layer("Softmax", (1,))
            ),
        ),
        Case(
            "a regression",
            lambda: _ended(normal(200), "mean_squared_error", dense(1, "softmax")),
        ),
        Case("attention over the wrong axis", lambda: _attention(-1)),
    )
    silent = (
        Case("softmax over three", classifier),
        Case(
            "sigmoid",
            lambda: _ended(integers(0, 2, 200), "binary_crossentropy", dense(1, "sigmoid")),
        ),
        Case("attention over time", lambda: _attention(1)),
        Case(
            "a number of units that is not known",
            lambda: _ended(integers(0, 2, 200), "binary_crossentropy", layer("Softmax", (None,))),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for one in recipe.model.layers:
            if one.activation != "softmax" or _size(one) != 1:
                continue
            ends = one is head(recipe)
            yield self.found(
                f"{one.name} takes softmax over one unit, which gives 1 for every row",
                {"units": 1},
                one.place,
                _remedies(recipe) if ends else (),
                layer=one,
                severity=Severity.ERROR if ends else Severity.WARNING,
            )


def _size(layer: Layer) -> int | None:
    """Over how many numbers a softmax runs; None where that is not known."""
    axis, shape = layer.config.get("axis", -1), layer.output_shape
    if not isinstance(axis, int) or axis == 0:
        return None
    place = axis - 1 if axis > 0 else axis
    if not -len(shape) <= place < len(shape):
        return layer.units if not shape else None
    return shape[place]


def _are_few_ids(y: Array) -> bool:
    return is_one_number(y) and not np.mod(y, 1).any() and 2 < len(np.unique(y)) <= MOST_CLASSES


def _remedies(recipe: Recipe) -> tuple[Remedy, ...]:
    """What the one unit can say instead, under the loss that goes with it."""
    last, y, loss = recipe.model.output_layer, one_target(recipe), recipe.loss
    if y is None or last is not head(recipe) or "activation" not in last.config:
        return ()
    if is_regression(recipe):
        return (LinearOutput(),)
    if loss.custom:
        return ()
    if not is_binary(y):
        return (ClassTargets(),) if _are_few_ids(y) else ()
    if loss.name in CATEGORICAL | {SPARSE}:
        return (UseLoss("binary_crossentropy", "sigmoid"),)
    told = loss.from_logits and loss.name in BINARY
    return (LinearOutput() if told else ProbabilityOutput("sigmoid"),)
