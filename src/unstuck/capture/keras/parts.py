"""Layers of the user's own that are made of others, called as if each of these stood alone."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras


@contextmanager
def in_parts(mode: ContextVar[bool | None]) -> Iterator[None]:
    """Composed layers that are given symbols call their parts, in the ``mode`` of the whole where
    they are told none."""
    original = keras.Layer.__call__

    def call(layer: Any, *args: Any, **named: Any) -> Any:
        if not is_composed(layer) or not _are_symbols((args, named)):
            return original(layer, *args, **named)
        if not layer._call_has_training_arg:
            named.pop("training", None)
            return layer.call(*args, **named)
        bound = inspect.signature(layer.call).bind(*args, **named)
        if bound.arguments.get("training") is None:
            bound.arguments["training"] = mode.get()
        return layer.call(*bound.args, **bound.kwargs)

    keras.Layer.__call__ = call
    try:
        yield
    finally:
        keras.Layer.__call__ = original


def is_composed(layer: Any) -> bool:
    """Whether a layer is the user's own and does nothing but call others, as far as can be told
    before it is tried: no weights, noise, mask or penalty of its own."""
    kind = type(layer)
    own = not kind.__module__.startswith(("keras.", "unstuck."))
    adds = layer._trainable_variables or layer._non_trainable_variables or layer._seed_generators
    masks = "mask" in inspect.signature(layer.call).parameters or layer.supports_masking
    masks = masks or kind.compute_mask is not keras.Layer.compute_mask
    return bool(own and layer._layers and not adds and not masks and not layer.activity_regularizer)


def _are_symbols(given: Any) -> bool:
    return any(isinstance(v, keras.KerasTensor) for v in keras.tree.flatten(given))
