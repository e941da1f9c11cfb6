"""Functions of TensorFlow that Keras has under no name of the same meaning, as its documentation
gives them; for programs that are run without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


def add_n(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The sum of all."""
    return sum(inputs[1:], inputs[0])


def argmax(input: Any, axis: int = 0, output_type: str = "int64", name: str | None = None) -> Any:
    """Along the first axis, where Keras would look through all."""
    return ops.argmax(input, axis=axis)


def clip_by_norm(t: Any, clip_norm: float, axes: Any = None, name: str | None = None) -> Any:
    """Scaled down to the norm where it is longer."""
    norm = ops.sqrt(ops.sum(ops.square(t), axis=axes, keepdims=axes is not None))
    return t * ops.minimum(1.0, clip_norm / ops.maximum(norm, 1e-30))


def clip_by_global_norm(
    t_list: Sequence[Any], clip_norm: float, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """All scaled down alike to the norm of them together; and what that was."""
    norm = use_norm if use_norm is not None else global_norm(t_list)
    scale = ops.minimum(1.0, clip_norm / ops.maximum(norm, 1e-30))
    return [None if t is None else t * scale for t in t_list], norm


def global_norm(t_list: Sequence[Any], name: str | None = None) -> Any:
    """The norm of all numbers together."""
    squares = [ops.sum(ops.square(t)) for t in t_list if t is not None]
    return ops.sqrt(add_n(squares))


def gather(params: Any, indices: Any, axis: int = 0, batch_dims: int = 0, **_named: Any) -> Any:
    """Rows, or what another axis counts; with ``batch_dims`` 1, of each row its own."""
    if not batch_dims:
        return ops.take(params, indices, axis=axis)
    indices = ops.convert_to_tensor(indices)
    if batch_dims != 1 or indices.ndim != 1:
        raise NotImplementedError("tf.gather with batch_dims other than 1")
    return ops.take_along_axis(params, indices[:, None], axis=1)[:, 0]


def variable(initial_value: Any, trainable: bool = True, dtype: Any = None, **named: Any) -> Any:
    """A variable of Keras of the same value."""
    value = ops.convert_to_tensor(initial_value() if callable(initial_value) else initial_value)
    return keras.Variable(value, trainable=trainable, dtype=dtype or value.dtype, **named)


def identity(input: Any, name: str | None = None) -> Any:
    """The same as a tensor."""
    return ops.convert_to_tensor(input)


def l2_loss(t: Any, name: str | None = None) -> Any:
    """Half of the sum of squares."""
    return ops.sum(ops.square(t)) / 2


def squared_difference(x: Any, y: Any, name: str | None = None) -> Any:
    """Of each number."""
    return ops.square(ops.subtract(x, y))


def softmax_cross_entropy(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Any:
    """Of each row."""
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def sparse_softmax_cross_entropy(labels: Any, logits: Any, name: str | None = None) -> Any:
    """Of each row, of classes by number."""
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def sigmoid_cross_entropy(labels: Any, logits: Any, name: str | None = None) -> Any:
    """Of each number, in the form that does not overflow."""
    labels = ops.cast(labels, logits.dtype)
    return ops.maximum(logits, 0.0) - logits * labels + ops.log1p(ops.exp(-ops.abs(logits)))


def split(value: Any, num_or_size_splits: Any, axis: int = 0, **_named: Any) -> Any:
    """Into a number of parts, or parts of given sizes."""
    sizes = num_or_size_splits
    return ops.split(value, sizes if isinstance(sizes, int) else np.cumsum(sizes)[:-1], axis=axis)


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str | None = None) -> Any:
    """The slices along an axis."""
    return ops.unstack(value, num, axis=axis)


FUNCTIONS: dict[str, Any] = {
    "newaxis": None,
    "Variable": variable,
    "add_n": add_n,
    "argmax": argmax,
    "clip_by_global_norm": clip_by_global_norm,
    "clip_by_norm": clip_by_norm,
    "gather": gather,
    "identity": identity,
    "linalg.global_norm": global_norm,
    "math.add_n": add_n,
    "math.argmax": argmax,
    "math.squared_difference": squared_difference,
    "nn.l2_loss": l2_loss,
    "nn.sigmoid_cross_entropy_with_logits": sigmoid_cross_entropy,
    "nn.softmax_cross_entropy_with_logits": softmax_cross_entropy,
    "nn.sparse_softmax_cross_entropy_with_logits": sparse_softmax_cross_entropy,
    "split": split,
    "squared_difference": squared_difference,
    "unstack": unstack,
}
