"""Questions about a recipe that several checks ask, answered in one place."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import Array, Layer, Recipe

REGRESSION_LOSSES = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
        "poisson",
        "tweedie",
    }
)
NORMALISING = frozenset(
    {"Normalization", "BatchNormalization", "LayerNormalization", "Rescaling", "UnitNormalization"}
)
SHAPING = frozenset(
    {"Flatten", "Reshape", "Permute", "Dropout", "Lambda", "InputLayer", "Identity"}
)
RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN"})
RANGES: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, np.inf),
    "exponential": (0.0, np.inf),
}


def is_numeric(values: Array) -> bool:
    """Whether the values are numbers."""
    return bool(np.issubdtype(values.dtype, np.number) or values.dtype == bool)


def flat(values: Array) -> Array:
    """Rows as ``(N, features)`` of float64; of images and sequences the last axis is features."""
    numbers = np.asarray(values, dtype=np.float64)
    return numbers.reshape(-1, numbers.shape[-1]) if numbers.ndim > 1 else numbers.reshape(-1, 1)


def is_binary(values: Array) -> bool:
    """Whether every value is 0 or 1."""
    return is_numeric(values) and bool(np.isin(values, (0, 1)).all())


def is_regression(recipe: Recipe) -> bool:
    """Whether real numbers are to be predicted: by the loss, or under a loss of the user's own by
    the targets. Labels of 0 and 1 under a squared error are a classification."""
    if not recipe.data.targets or not all(is_numeric(y) for y in recipe.data.targets):
        return False
    if all(is_binary(y) for y in recipe.data.targets):
        return False
    if recipe.loss.name in REGRESSION_LOSSES:
        return True
    fractional = any(np.any(np.mod(y, 1) != 0) for y in recipe.data.targets)
    return recipe.loss.custom and (fractional or head(recipe).activation == "linear")


def head(recipe: Recipe) -> Layer:
    """The layer that shapes the values of the output: the last that does more than reshape."""
    working = [x for x in recipe.model.layers if x.kind not in SHAPING]
    return working[-1] if working else recipe.model.output_layer


def hidden(recipe: Recipe) -> tuple[Layer, ...]:
    """Dense layers before the head."""
    last = head(recipe).name
    return tuple(x for x in recipe.model.layers if x.kind == "Dense" and x.name != last)


def normalises_inputs(recipe: Recipe) -> bool:
    """Whether a layer before the first that learns brings the inputs to scale."""
    for layer in recipe.model.layers:
        if layer.kind in NORMALISING:
            return True
        if layer.parameters:
            return False
    return False


def looks_up(recipe: Recipe) -> bool:
    """Whether inputs are ids that an embedding looks up."""
    return any(
        x.kind in ("Embedding", "StringLookup", "IntegerLookup") for x in recipe.model.layers
    )


def distinct_rows(values: Array) -> Array:
    """The distinct rows of an array, ``(distinct, width)``."""
    return np.unique(np.asarray(values).reshape(len(values), -1), axis=0)
