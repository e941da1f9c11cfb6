"""Class labels of a recipe: which rows hold which class, and in what order."""

from __future__ import annotations

import numpy as np

from unstuck.checks._task import is_binary, is_numeric
from unstuck.recipe import Array, Data, Recipe

LABEL_LOSSES = frozenset(
    {
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "hinge",
        "sparse_categorical_crossentropy",
        "squared_hinge",
    }
)


def class_codes(recipe: Recipe, data: Data | None = None) -> Array | None:
    """One number for the class of each row ``(N,)``: the position of the one in a one-hot row, or
    the label itself. None where rows do not hold one label each of a single output."""
    targets = (data or recipe.data).targets
    if len(targets) != 1 or not is_numeric(targets[0]) or not targets[0].size:
        return None
    y = targets[0]
    if y.ndim == 2 and y.shape[1] > 1:
        exclusive = is_binary(y) and bool((y.astype(np.int64).sum(axis=1) == 1).all())
        return y.argmax(axis=1) if exclusive else None
    if y.ndim > 2 or not np.isfinite(y).all():
        return None
    column = y.reshape(-1).astype(np.float64)
    labels = is_binary(y) or recipe.loss.name in LABEL_LOSSES
    return column if labels and not (column % 1).any() else None


def entropy(counts: Array) -> float:
    """The entropy in nats of classes that occur so often."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def row_weights(data: Data) -> Array | None:
    """The weight of each row ``(N,)``; None where rows are not weighed, or their parts are."""
    w = data.weights
    if w is None or not is_numeric(w) or w.size != data.rows:
        return None
    return w.reshape(-1).astype(np.float64)
