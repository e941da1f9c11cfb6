"""label-format-mismatch: integer labels with a one-hot loss, one-hot with a sparse one, text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, one_hot, recipe
from unstuck.checks._task import are_ids, is_binary, is_numeric, output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ClassTargets, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

# Losses that compare the numbers of a row with those of an output row, class by class.
ONE_HOT = frozenset(
    {
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "kl_divergence",
        "binary_crossentropy",
        "binary_focal_crossentropy",
    }
)
SPARSE = "sparse_categorical_crossentropy"


def _recipe(y: Array, loss: str, units: int = 3) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), dense(units, "softmax")], loss)


def _ids() -> Array:
    return integers(0, 3, 200)


def _tagged() -> Recipe:
    """Class ids for five steps, five classes: as many numbers a row as there are units."""
    layers = [layer("LSTM", (5, 8), units=8, return_sequences=True), dense(5, "softmax")]
    layers[1] = layer("Dense", (5, 5), units=5, activation="softmax")
    return recipe(normal(200, 5, 2), integers(0, 5, 200, 5), layers, SPARSE)


class LabelFormatMismatch(Check):
    name = "label-format-mismatch"
    severity = Severity.ERROR
    summary = "Labels in another form than the loss reads: class ids, one-hot rows, or text."
    why = (
        "A categorical loss compares a row of one number a class, a sparse one a single class id. "
        "Given the other form Keras refuses, or (categorical hinge, focal and Kullback-Leibler "
        "losses, given a column) spreads the id over all classes and trains on nonsense."
    )
    instead = (
        "Class ids with sparse_categorical_crossentropy, one-hot rows (keras.utils.to_categorical) "
        "with categorical_crossentropy; text made into ids by "
        "np.unique(y, return_inverse=True)[1] first."
    )
    false_alarms = "None known: forms that Keras takes as they are meant are not reported."
    sources = (
        "keras-team/keras#11786, #11791",
        "measured on Keras 3.15.1 with JAX: a column of ids trains silently under these losses",
    )
    firing = (
        Case("ids in a column, broadcast", lambda: _recipe(_ids()[:, None], "categorical_hinge")),
        Case("ids under a one-hot loss", lambda: _recipe(_ids(), "categorical_crossentropy")),
        Case("one-hot under a sparse loss", lambda: _recipe(one_hot(_ids(), 3), SPARSE)),
        Case("text", lambda: _recipe(np.array(["cat", "dog", "cow"])[_ids()], SPARSE)),
        Case(
            "two columns for one unit",
            lambda: _recipe(one_hot(integers(0, 2, 200), 2), "binary_crossentropy", 1),
        ),
    )
    silent = (
        Case("ids under a sparse loss", classifier),
        Case("ids in a column, sparse", lambda: _recipe(_ids()[:, None], SPARSE)),
        Case("one-hot", lambda: _recipe(one_hot(_ids(), 3), "categorical_hinge")),
        Case("an id for each step", _tagged),
        Case(
            "one unit, one label",
            lambda: _recipe(integers(0, 2, 200), "binary_crossentropy", 1),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        units, loss = output_width(recipe), recipe.loss.name
        if recipe.loss.custom or len(recipe.data.targets) != 1 or not units:
            return
        y = recipe.data.targets[0]
        if (loss not in ONE_HOT and loss != SPARSE) or not y.size:
            return
        problem = _problem(y, loss, units, len(recipe.model.output_layer.output_shape))
        if problem:
            yield self.found(
                problem,
                {"loss": loss, "shape": str(y.shape[1:]), "dtype": str(y.dtype), "units": units},
                recipe.loss.place,
                _remedies(recipe, y, units) if is_numeric(y) else (),
            )


def _remedies(recipe: Recipe, y: Array, units: int) -> tuple[Remedy, ...]:
    """The loss that reads labels of this form, where they fit the output units; else labels, and
    units, of the form that the loss reads."""
    width, ends = y[0].size, "softmax" if recipe.loss.from_logits else ""
    if are_ids(y, units):
        return (UseLoss(SPARSE, ends),)
    if width == units > 1 and y.ndim == 2 and bool((y.sum(axis=1) == 1).all()):
        return (UseLoss("categorical_crossentropy", ends),)
    return (ClassTargets(),)


def _problem(y: Array, loss: str, units: int, rank: int) -> str:
    """What is wrong with the form of the labels, ``rank`` being that of an output row."""
    if not is_numeric(y):
        kind = "text" if y.dtype.kind in "US" or isinstance(y.flat[0], str) else "objects"
        return f"the labels are {kind} ({str(y.flat[0])!r}, ...), and {loss} takes numbers"
    width = y.shape[-1] if y.ndim == rank + 1 else 1
    if loss == SPARSE:
        if y.ndim == rank + 1 and width > 1 and is_binary(y):
            return f"the labels are rows of {width} numbers, and {loss} takes one class id for each"
        return ""
    column = width == 1 < units and y.ndim <= 2 and rank == 1
    if column and not loss.startswith("binary"):  # else it is output-units-mismatch
        return f"the labels are one number a row, and {loss} compares rows of {units} classes"
    if units == 1 < width and rank == 1 and is_binary(y):
        return f"the labels are rows of {width} numbers, and {loss} compares them with one unit"
    return ""
