"""softmax-wrong-axis: softmax over the rows of a batch, or over time, in place of the classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, one_hot, recipe
from unstuck.checks._objective import CATEGORICAL, SPARSE
from unstuck.checks._task import TOLERANCE, head
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Layer, Loss, Recipe
from unstuck.remedies import SoftmaxAxis
from unstuck.trace import Trace

LOSSES = CATEGORICAL | {SPARSE}


def _over(axis: int, *, after: tuple[Layer, ...] = ()) -> Recipe:
    layers = [dense(3), layer("Softmax", (3,), axis=axis), *after]
    y = one_hot(integers(0, 3, 200), 3)
    return recipe(normal(200, 4), y, layers, "categorical_crossentropy")


def _steps(axis: int) -> Recipe:
    layers = [layer("LSTM", (6, 8), units=8), layer("Dense", (6, 3), units=3)]
    softmax = layer("Softmax", (6, 3), axis=axis)
    return recipe(normal(99, 6, 2), integers(0, 3, 99, 6), [*layers, softmax], SPARSE)


def _answered(axis: int, loss: str = SPARSE) -> Recipe:
    """A layer of the program's own that answers with a softmax over ``axis``."""
    raw = np.exp(normal(32, 3))
    made = recipe(normal(99, 4), integers(0, 3, 99), [dense(3, "mine")], loss)
    answer = raw / raw.sum(axis=axis, keepdims=True)
    return replace(made, model=replace(made.model, sample_output=(answer,)))


class SoftmaxWrongAxis(Check):
    name = "softmax-wrong-axis"
    severity = Severity.ERROR
    summary = "Softmax over the rows of a batch, or over time, under a loss that asks for classes."
    why = (
        "The loss reads each row as probabilities of its classes. Over the batch, what a row is "
        "given depends on the rows that happen to stand beside it, and not on its own classes; "
        "a single row then gets 1 for each of them."
    )
    instead = "keras.layers.Softmax(), whose axis is the last one."
    false_alarms = (
        "Attention takes softmax over time inside the network, which is not reported; nor is a "
        "loss that was given an axis of its own."
    )
    sources = (
        "runebook.dev on torch.nn.Softmax: the wrong dimension",
        "measured on Keras 3.15.1, JAX: answers to a single row are 1 for every class",
    )
    firing = (
        Case("over the batch", lambda: _over(0)),
        Case("over time", lambda: _steps(1)),
        Case("in code of one's own, seen in the answers", lambda: _answered(0)),
    )
    silent = (
        Case("over the classes", lambda: _over(-1)),
        Case("over the classes, counted from the front", lambda: _over(1)),
        Case("over the classes of each step", lambda: _steps(2)),
        Case("answers that sum to one", lambda: _answered(1)),
        Case("no loss of classes", lambda: _answered(0, "mean_squared_error")),
        Case("softmax in a dense layer", classifier),
        Case(
            "a loss with settings of its own",
            lambda: replace(_steps(1), loss=Loss(SPARSE, pickled=b"axis=1")),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        loss, last = recipe.loss, head(recipe)
        if loss.name not in LOSSES or loss.pickled or len(recipe.data.targets) != 1:
            return
        axis = _axis(last, recipe.model.output_layer)
        axis = _seen(recipe.model.sample_output) if axis is None else axis
        if axis is None:
            return
        what = "the rows of a batch" if axis == 0 else f"axis {axis}"
        found = last.kind == "Softmax" and last.config.get("axis", -1) != -1
        yield self.found(
            f"{last.name} takes softmax over {what}, and {loss.name} reads probabilities of "
            "classes along the last axis",
            {"axis": axis},
            last.place,
            (SoftmaxAxis(last.name),) if found else (),
            layer=last,
        )


def _axis(last: Layer, output: Layer) -> int | None:
    """The axis of a last Softmax layer, where it is not that of the classes."""
    axis, width = last.config.get("axis", -1), len(last.output_shape)
    if last.kind != "Softmax" or last is not output or not isinstance(axis, int) or not width:
        return None
    place = axis if axis >= 0 else width + 1 + axis
    return place if 0 <= place < width else None


def _seen(answers: tuple[Array, ...]) -> int | None:
    """The axis along which captured answers sum to one, where the last axis is none."""
    if len(answers) != 1 or answers[0].ndim < 2 or answers[0].dtype.kind != "f":
        return None
    values = np.asarray(answers[0], dtype=np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or _sums_to_one(values, -1):
        return None
    axes = [a for a in range(values.ndim - 1) if values.shape[a] > 1 and _sums_to_one(values, a)]
    return axes[0] if axes else None


def _sums_to_one(values: Array, axis: int) -> bool:
    return bool((np.abs(values.sum(axis=axis) - 1) <= TOLERANCE).all())
