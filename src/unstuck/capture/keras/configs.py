"""Configurations that Keras can make again, of classes that take less than Keras gives them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras

_USUAL = {"name": None, "trainable": True, "dtype": "float32"}  # any name


@contextmanager
def whole_configs() -> Iterator[None]:
    """Meanwhile, ``Identity`` writes down its gain too, which it would take but does not give."""
    kind = keras.initializers.Identity
    original = kind.get_config
    kind.get_config = lambda self: {"gain": self.gain}
    try:
        yield
    finally:
        kind.get_config = original


def constructible(config: Any, custom: Mapping[str, Any]) -> Any:
    """``config`` without ``name``, ``trainable`` and ``dtype`` where a class of the user's own
    has a constructor that does not take them, as ``def __init__(self)`` does not. Keras writes
    them down all the same and then cannot make the object again."""
    if isinstance(config, list):
        return [constructible(v, custom) for v in config]
    if not isinstance(config, Mapping):
        return config
    found = {k: constructible(v, custom) for k, v in config.items()}
    kind = custom.get(str(found.get("registered_name") or found.get("class_name")))
    if inspect.isclass(kind) and issubclass(kind, keras.Layer) and "config" in found:
        found["config"] = _taken(found["config"], kind)
    return found


def _taken(settings: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return dict(settings)
    taken = {p.name for p in parameters}
    return {k: v for k, v in settings.items() if k in taken or not _is_usual(k, v)}


def _is_usual(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):  # a policy of precision
        value = value.get("config", {}).get("name")
    return key in _USUAL and (key == "name" or value == _USUAL[key])
