"""The user's own code in a recipe: classes and functions as bytes that another process can load.

Keras refers to them by name in its configurations; here are the objects behind the names.
"""

from __future__ import annotations

import copyreg
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import cloudpickle
import keras
from keras.src.saving.keras_saveable import KerasSaveable


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles losses, metrics, schedules and the like by class and attributes.

    Their own ``__reduce__`` writes a ``.keras`` archive, which only layers and models need.
    """

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, keras.metrics.Metric):  # without its variables
            return type(obj).from_config, (obj.get_config(),)
        if isinstance(obj, KerasSaveable) and not isinstance(obj, keras.Layer):
            return copyreg.__newobj__, (type(obj),), vars(obj)  # type: ignore[attr-defined]
        return super().reducer_override(obj)


_LIBRARIES = frozenset({"keras", "numpy", "jax", "jaxlib", "torch", "tensorflow", "ml_dtypes"})


# Methods that Keras wraps for each layer anew; the wrapper holds the layer itself.
_WRAPPED = frozenset({"build", "quantize"})


def pickled(value: Any) -> bytes:
    """``value`` as bytes for ``cloudpickle.loads``; the user's classes and functions by value."""
    buffer = io.BytesIO()
    _Pickler(buffer).dump(value)
    return buffer.getvalue()


def customs(owners: list[Any]) -> dict[str, Any]:
    """The user's classes and functions that ``owners`` (layers, an optimizer, ...) are made of,
    under every name by which a configuration may refer to them."""
    found: dict[str, Any] = {}
    for owner in owners:
        for value in (owner, *_kept(owner)):
            for item in (*_definitions(value), *_functions(value)):
                found[item.__name__] = item
                found[keras.saving.get_registered_name(item)] = item
    return found


def _kept(owner: Any) -> list[Any]:
    """What an object has in its attributes, but for Keras's wrappers and the marks of capture."""
    named = vars(owner).items()
    return [v for name, v in named if name not in _WRAPPED and not name.startswith("_unstuck")]


def registered(config: Any, own: bytes) -> dict[str, Any]:
    """What the program registered with Keras, where ``config`` or its ``own`` pickled code names
    it. The rest is another model's, and may be of a module that a worker does not have."""
    text = repr(config).encode() + own
    objects = keras.saving.get_custom_objects().items()
    return {name: item for name, item in objects if name.rpartition(">")[2].encode() in text}


def _definitions(value: Any) -> Iterator[Any]:
    if isinstance(value, FunctionType):
        if not _is_library(value):
            yield value
    elif not isinstance(value, type) and not _is_library(type(value)):
        yield from (c for c in type(value).__mro__ if not _is_library(c))


def _functions(value: Any) -> Iterator[Any]:
    """A library's function that Keras would not find by its name: ``Lambda(keras.ops.square)``."""
    if not isinstance(value, FunctionType) or not _is_library(value):
        return
    try:
        keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(value))
    except Exception:
        yield value


def _is_library(item: Any) -> bool:
    module = getattr(item, "__module__", None) or "builtins"
    root = module.partition(".")[0]
    return root in _LIBRARIES or root in sys.stdlib_module_names


@contextmanager
def named_lambdas(owners: list[Any]) -> Iterator[None]:
    """Give lambdas names for a while, so that Keras writes them by name.

    It would store their bytecode otherwise, which loses the globals and closures they use.
    """
    renamed: list[tuple[FunctionType, str]] = []
    try:
        for owner in owners:
            for value in vars(owner).values():
                if isinstance(value, FunctionType) and value.__name__ == "<lambda>":
                    renamed.append((value, value.__name__))
                    value.__name__ = f"lambda_{len(renamed)}"
        yield
    finally:
        for function, name in renamed:
            function.__name__ = name
