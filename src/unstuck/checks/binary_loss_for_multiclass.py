"""binary-loss-for-multiclass: binary cross-entropy over exclusive classes."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe
from unstuck.checks._objective import BINARY, are_exclusive, are_ids, one_target
from unstuck.checks._task import head, output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ClassTargets, UseLoss
from unstuck.trace import Trace

METRICS = frozenset({"binary_accuracy", "BinaryAccuracy"})
TWO = 2  # classes for which softmax under either loss is the same


def _recipe(y: Array, activation: str, *metrics: str) -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[1] if y.ndim > 1 else 1, activation)]
    return recipe(normal(len(y), 4), y, layers, "binary_crossentropy", metrics=metrics)


def _exclusive(classes: int, activation: str, *metrics: str) -> Recipe:
    return _recipe(one_hot(integers(0, classes, 300), classes), activation, *metrics)


class BinaryLossForMulticlass(Check):
    name = "binary-loss-for-multiclass"
    summary = "Binary cross-entropy over more than two classes of which each row has one."
    why = (
        "It asks of each class apart whether it is the one. One-hot rows train under it, but a "
        "binary accuracy counts every class that is rightly denied: of ten classes, a network that "
        "names none scores 90 %. Numbers of classes, 0, 1, 2 and so on, it does not take at all: "
        "for a label above 1 the loss falls without end."
    )
    instead = (
        'loss="categorical_crossentropy" with softmax (sparse_categorical_crossentropy for numbers '
        'of classes), and metrics=["accuracy"].'
    )
    false_alarms = (
        "One sigmoid a class under one-hot rows is one-against-rest and is not reported unless "
        "binary accuracy is its metric; softmax under it trains in Keras 3, and is a note."
    )
    sources = (
        "keras-team/keras#5210",
        "keras-team/keras#2412",
        "measured on Keras 3.15.1, JAX, four classes: binary accuracy 0.96 where 0.93 are right; "
        '"accuracy" is that of the classes, 0.93',
    )
    firing = (
        Case("softmax: a note", lambda: _exclusive(4, "softmax", "accuracy")),
        Case("binary accuracy", lambda: _exclusive(4, "softmax", "binary_accuracy")),
        Case("binary accuracy of sigmoids", lambda: _exclusive(4, "sigmoid", "binary_accuracy")),
        Case("numbers of classes", lambda: _recipe(integers(0, 4, 300), "sigmoid")),
    )
    silent = (
        Case("one against the rest", lambda: _exclusive(4, "sigmoid", "accuracy")),
        Case("two classes", lambda: _exclusive(2, "softmax", "binary_accuracy")),
        Case("independent labels", lambda: _recipe(integers(0, 2, 300, 4), "sigmoid")),
        Case("one label", lambda: _recipe(integers(0, 2, 300), "sigmoid", "binary_accuracy")),
        Case("shares", lambda: _recipe(integers(0, 5, 300) / 4, "sigmoid")),
        Case("a loss of classes", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        y = one_target(recipe)
        if recipe.loss.name not in BINARY or recipe.loss.custom or y is None:
            return
        if are_ids(y) and output_width(recipe) == 1:
            yield self._numbers(recipe, y)
        elif y.ndim == 2 and y.shape[1] > TWO and are_exclusive(y):
            yield from self._rows(recipe, y.shape[1])

    def _numbers(self, recipe: Recipe, y: Array) -> Finding:
        highest = int(y.max())
        return self.found(
            f"{recipe.loss.name} takes labels of 0 and 1, and these are numbers of classes from 0 "
            f"to {highest}",
            {"classes": highest + 1, "beyond": float((y > 1).mean())},
            recipe.loss.place,
            (ClassTargets(),),
            severity=Severity.ERROR,
        )

    def _rows(self, recipe: Recipe, classes: int) -> Iterator[Finding]:
        counted = [m for m in recipe.metrics if m in METRICS]
        softmax = head(recipe).activation == "softmax"
        if not counted and not softmax:
            return
        idle = 1 - 1 / classes
        effect = ": it asks of each class apart"
        if counted:
            effect = f", and {counted[0]} gives {idle:.0%} to a network that names no class"
        yield self.found(
            f"{recipe.loss.name} over {classes} classes of which each row has one{effect}",
            {"classes": classes, "idle_score": idle},
            recipe.loss.place,
            () if counted else (UseLoss("categorical_crossentropy"),),  # a score no trial can mend
            severity=Severity.WARNING if counted else Severity.NOTE,
        )
