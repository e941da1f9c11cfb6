"""What layers and models of a program's own were made with, so that they can be made again.

Keras writes such arguments down where they are numbers and text. A function, an array or another
layer it leaves to a ``get_config`` that most programs do not have.
"""

from __future__ import annotations

import base64
import inspect
from typing import Any

import cloudpickle
import keras

from unstuck.capture.keras.code import pickled

PACKED, WRITTEN, TUPLE = "unstuck_packed", "unstuck_written", "unstuck_tuple"
_PLAIN = (str, int, float, bool, type(None))
_FROM_CONFIG = (keras.Operation.from_config.__func__, keras.Model.from_config.__func__)


class Arguments:
    """The arguments of one constructor, by name; in the place of Keras's own note of them."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given

    @property
    def config(self) -> dict[str, Any]:
        """All of them, as text where they are anything else than numbers and text."""
        return {name: _packed(value) for name, value in self.given.items()}

    def serialize(self) -> Any:
        """As Keras writes it."""
        return keras.saving.serialize_keras_object(self.config)


def note_arguments(made: Any, kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Note what an object of the user's ``kind`` was made with, where Keras has not. Its class is
    told how to take that."""
    ours = kind.__module__.startswith(("keras.", "unstuck."))
    if ours or getattr(made, "_auto_config", None) is not None:
        return
    given = _by_name(kind, args, named)
    if given is None:
        return
    object.__setattr__(made, "_auto_config", Arguments(given))
    if getattr(kind.from_config, "__func__", None) in _FROM_CONFIG:
        kind.from_config = classmethod(from_packed)


def from_packed(kind: Any, config: dict[str, Any]) -> Any:
    """An object of ``kind`` from a configuration that ``Arguments`` gave."""
    given = {name: _unpacked(value) for name, value in config.items()}
    return _FROM_CONFIG[issubclass(kind, keras.Model)](kind, given)


def _by_name(kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments by the names of the constructor's; None where some have none."""
    signature = inspect.signature(kind.__init__)
    try:
        bound = signature.bind(None, *args, **named)
    except TypeError:
        return None
    bound.apply_defaults()
    given: dict[str, Any] = {}
    for number, (name, value) in enumerate(bound.arguments.items()):
        shape = signature.parameters[name].kind
        if shape is inspect.Parameter.VAR_KEYWORD:
            given |= value
        elif shape in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_ONLY):
            return None
        elif number:  # the first is the object itself
            given[name] = value
    given.pop("name", None)  # Keras gives it
    return given


def _packed(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, keras.Layer):
        return {WRITTEN: keras.saving.serialize_keras_object(value)}
    if isinstance(value, (list, tuple)):
        parts = [_packed(v) for v in value]
        return parts if isinstance(value, list) else {TUPLE: parts}
    if any(isinstance(v, keras.Layer) for v in keras.tree.flatten(value)):
        raise NotImplementedError("it was given layers in a structure of its own")
    try:
        return {PACKED: base64.b64encode(pickled(value)).decode()}
    except Exception as error:
        raise NotImplementedError(f"it was given what cannot be carried: {error}") from error


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(v) for v in value]
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((form, content),) = value.items()
    if form == WRITTEN:
        return keras.saving.deserialize_keras_object(content)
    if form == PACKED:
        return cloudpickle.loads(base64.b64decode(content))
    return tuple(_unpacked(content)) if form == TUPLE else value
