"""Questions about targets and the end of a network that the checks of objectives share."""

from __future__ import annotations

import numpy as np

from unstuck.checks._task import (
    are_distributions,
    head,
    is_binary,
    is_finite,
    is_numeric,
    is_one_number,
)
from unstuck.recipe import Array, Layer, ModelKind, Recipe

BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SPARSE = "sparse_categorical_crossentropy"
CLASSES = 100  # whole numbers from 0 that may still be classes


def one_target(recipe: Recipe) -> Array | None:
    """The targets of the only output, where they are finite numbers."""
    targets = recipe.data.targets
    if len(targets) != 1 or len(recipe.model.sample_output) > 1 or not is_finite(recipe):
        return None
    return targets[0] if is_numeric(targets[0]) and targets[0].size else None


def is_ordered(recipe: Recipe) -> bool:
    """Whether layers stand in the order in which they compute; those of a subclassed model stand
    as they were made."""
    return recipe.model.kind is not ModelKind.SUBCLASSED and bool(recipe.model.layers)


def after_the_last(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers after the last that owns weights, in the order of computation."""
    found: list[Layer] = []
    for layer in reversed(recipe.model.layers if is_ordered(recipe) else ()):
        if layer.parameters:
            break
        found.insert(0, layer)
    return tuple(found)


def are_ids(values: Array) -> bool:
    """Whether each row is one whole number from 0 up, as the number of a class is: of three or
    more, every one from 0 to the highest used, as numbered classes are and counts seldom."""
    if not is_one_number(values) or np.any(np.mod(values, 1) != 0):
        return False
    used = np.unique(values)
    return 3 <= len(used) <= CLASSES and used[0] == 0 and len(used) == used[-1] + 1


def are_exclusive(values: Array) -> bool:
    """Whether each row is one-hot, with one 1 among zeros."""
    return is_binary(values) and are_distributions(values)


def many_or_none(values: Array) -> float:
    """The share of rows of labels, each 0 or 1, that hold several ones or none; 0 where they are
    no such rows."""
    if values.ndim < 2 or values.shape[-1] < 2 or not is_binary(values):
        return 0.0
    return float((values.sum(axis=-1) != 1).mean())


def several(values: Array) -> float:
    """The share of rows of labels, each 0 or 1, that hold more than one 1."""
    return float((values.sum(axis=-1) > 1).mean()) if many_or_none(values) else 0.0


def loss_of_keras(recipe: Recipe) -> str:
    """The loss of Keras for what is trained: one class of several, a probability of yes, or
    numbers."""
    last, y = head(recipe), recipe.data.targets[0]
    if last.activation == "softmax":
        return "categorical_crossentropy" if y[:1].size > 1 else SPARSE
    yes = is_binary(y) and last.activation == "sigmoid"
    return "binary_crossentropy" if yes else "mean_squared_error"
