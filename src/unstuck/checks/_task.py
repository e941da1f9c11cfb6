"""Questions about a recipe that several checks ask, answered in one place."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import OPERATION, Array, Layer, Recipe
from unstuck.trace import Trace

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
SQUARED = frozenset({"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"})
NORMALISING = frozenset(
    {"Normalization", "BatchNormalization", "LayerNormalization", "Rescaling", "UnitNormalization"}
)
SHAPING = frozenset({"Flatten", "Reshape", "Permute", "Dropout", "InputLayer", "Identity"})
SHAPING |= {f"{OPERATION}{name}" for name in ("squeeze", "expand_dims", "reshape", "transpose")}
SHAPING |= {f"{OPERATION}{name}" for name in ("get_item", "cast", "flip", "ravel", "swapaxes")}
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
TOLERANCE = 0.01  # by which the sum of a distribution may be off


def is_cut(recipe: Recipe, trace: Trace) -> bool:
    """Whether there was no time for all updates of the program, so that its end was not seen."""
    return trace.planned < recipe.fit.steps


def is_numeric(values: Array) -> bool:
    """Whether the values are numbers."""
    return bool(np.issubdtype(values.dtype, np.number) or values.dtype == bool)


def flat(values: Array) -> Array:
    """Rows as ``(N, features)`` of float64; of images and sequences the last axis is features."""
    numbers = np.asarray(values, dtype=np.float64)
    return numbers.reshape(-1, numbers.shape[-1]) if numbers.ndim > 1 else numbers.reshape(-1, 1)


def is_finite(recipe: Recipe) -> bool:
    """Whether no input and no target is NaN or infinite."""
    arrays = (*recipe.data.inputs, *recipe.data.targets)
    return all(np.isfinite(a).all() for a in arrays if a.dtype.kind == "f")


def ceiling(targets: Array, low: float, high: float) -> float:
    """The R² that no output between ``low`` and ``high`` can exceed: that of the number within
    which is nearest to each target, over all numbers of the targets together; at least 0."""
    numbers = flat(targets)
    left, spread = numbers - np.clip(numbers, low, high), float(numbers.var(axis=0).mean())
    return max(0.0, 1.0 - float((left**2).mean()) / spread) if spread else 1.0


def is_binary(values: Array) -> bool:
    """Whether every value is 0 or 1."""
    return is_numeric(values) and bool(np.isin(values, (0, 1)).all())


def off_distribution(values: Array) -> Array:
    """For each row (the last axis), whether it is no probability distribution."""
    numbers = np.asarray(values, dtype=np.float64)
    return (np.abs(numbers.sum(axis=-1) - 1) > TOLERANCE) | (numbers.min(axis=-1) < -TOLERANCE)


def are_distributions(values: Array) -> bool:
    """Whether every row is a probability distribution over several classes."""
    wide = is_numeric(values) and values.ndim > 1 and values.shape[-1] > 1 and values.size
    return bool(wide) and not off_distribution(values).any()


def is_function(layer: Layer) -> bool:
    """Whether a layer is a function that keeps the shape, so that it could be left out."""
    return layer.kind == "Lambda" and layer.input_shape == layer.output_shape


def is_one_number(values: Array) -> bool:
    """Whether each row is one number, ``(N,)`` or ``(N, 1)``."""
    return values.ndim <= 2 and values.size > 0 and values[0].size == 1


def are_ids(values: Array, units: int) -> bool:
    """Whether each row is the number, from 0, of one of ``units`` classes."""
    whole = values[0].size == 1 and not np.mod(values, 1).any()
    return bool(whole and values.min() >= 0 and values.max() < units)


def numbers_compared_as_values(recipe: Recipe) -> bool:
    """Whether numbers of classes, ``(N, 1)``, are compared one by one with the probabilities that
    softmax gives to each class."""
    units, softmax = output_width(recipe), head(recipe).activation == "softmax"
    if not softmax or not units or units < 2 or recipe.loss.name not in SQUARED:
        return False
    y = recipe.data.targets[0] if len(recipe.data.targets) == 1 else np.empty(0)
    numbers = is_numeric(y) and is_one_number(y) and are_ids(y, units)
    return numbers and len(np.unique(y)) > 1


def is_regression(recipe: Recipe) -> bool:
    """Whether real numbers are to be predicted: by the loss, or under a loss of the user's own by
    the targets. Labels of 0 and 1, and distributions over classes, are a classification under a
    squared error too. Several outputs with losses of their own are neither."""
    targets = recipe.data.targets
    if not targets or not all(is_numeric(y) and y.size for y in targets):
        return False
    if len(targets) > 1 and recipe.loss.pickled:
        return False
    if all(is_binary(y) or are_distributions(y) for y in targets):
        return False
    if numbers_compared_as_values(recipe):
        return False
    if recipe.loss.name in REGRESSION_LOSSES:
        return True
    fractional = any(np.any(np.mod(y, 1) != 0) for y in targets)
    return recipe.loss.custom and (fractional or head(recipe).activation == "linear")


def numbers(recipe: Recipe) -> tuple[int, ...]:
    """The places of the targets that are to be predicted as real numbers. Of several outputs with
    losses of their own, those under a loss of the framework for regression; labels of 0 and 1, and
    distributions over classes, are none."""
    loss = recipe.loss
    if not loss.parts and not is_regression(recipe):
        return ()
    return tuple(
        j
        for j, y in enumerate(recipe.data.targets)
        if not loss.parts or loss.parts[j] in REGRESSION_LOSSES
        if is_numeric(y) and y.size and not (is_binary(y) or are_distributions(y))
    )


def head(recipe: Recipe) -> Layer:
    """The layer that gives the output its values: the last that does more than reshape."""
    working = [x for x in recipe.model.layers if not _reshapes(x)]
    return working[-1] if working else recipe.model.output_layer


def _reshapes(layer: Layer) -> bool:
    """A Lambda that keeps the shape computes something; one that changes it mostly just that."""
    if layer.kind == "Lambda":
        return layer.input_shape != layer.output_shape
    return layer.kind in SHAPING


def output_width(recipe: Recipe) -> int | None:
    """How many numbers the last axis of the output has; None where that is not known."""
    last = recipe.model.output_layer
    return last.output_shape[-1] if last.output_shape else last.units


def hidden(recipe: Recipe) -> tuple[Layer, ...]:
    """Dense layers with a layer after them that learns."""
    return tuple(x for x in recipe.model.learned_layers[:-1] if x.kind == "Dense")


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


# Layers that compute with the numbers that they are given; one of a user's own may look them up.
_COMPUTING = RECURRENT | {"Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "ConvLSTM2D"}
_COMPUTING |= {"DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "TimeDistributed"}


def may_be_ids(recipe: Recipe, values: Array) -> bool:
    """Whether an input of whole numbers goes into a layer of which it is not known what it does
    with them: an embedding may be within."""
    first = next((x.kind for x in recipe.model.learned_layers), "")
    return bool(recipe.model.custom) and values.dtype.kind in "iu" and first not in _COMPUTING


def distinct_rows(values: Array) -> Array:
    """The distinct rows of an array, ``(distinct, width)``."""
    return np.unique(np.asarray(values).reshape(len(values), -1), axis=0)
