"""Marks on what a program makes: where each layer and optimizer stands in its source."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras

from unstuck.capture.keras.arguments import note_arguments
from unstuck.capture.places import caller, user_place


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(self: Any, *args: Any, **named: Any) -> Any:
        return around(original, self, *args, **named)

    setattr(owner, name, wrapped)


def mark_layers() -> None:
    """Note where each layer, and each operation between layers, is made. By ``__new__``, since
    Keras reads the signature of a layer's ``__init__``, and since a subclass calls that of its base
    from a line of its own."""
    original = keras.Operation.__new__

    def made(kind: Any, *args: Any, **named: Any) -> Any:
        layer = original(kind, *args, **named)
        object.__setattr__(layer, "_unstuck_place", user_place())
        note_arguments(layer, kind, args, named)
        return layer

    keras.Operation.__new__ = staticmethod(made)


def describe_models() -> None:
    """Let models of the user's own classes tell what they were made with, as layers do: Keras draws
    up the configuration of either from the arguments, but does not pass it those of a model."""
    original = keras.Model.__new__

    def made(kind: Any, *args: Any, **named: Any) -> Any:
        model = original(kind, *args, **named)
        if not kind.__module__.startswith("keras."):
            object.__setattr__(model, "_auto_config", None)  # Keras's is of no arguments at all
        note_arguments(model, kind, args, named)
        return model

    keras.Model.__new__ = staticmethod(made)


def placed(original: Any, item: Any, *args: Any, **named: Any) -> None:
    if "_unstuck_place" not in vars(item):
        object.__setattr__(item, "_unstuck_place", user_place())
    original(item, *args, **named)


def assigned(original: Any, variable: Any, *args: Any, **named: Any) -> Any:
    """A value that a weight is given, by the program itself or by what it loads and trains."""
    object.__setattr__(variable, "_unstuck_touched", True)
    if not caller():
        object.__setattr__(variable, "_unstuck_given", True)
    return original(variable, *args, **named)


def trained(model: Any) -> None:
    """The model's weights are no longer as they were drawn, or would not be: its training may have
    been skipped."""
    for variable in model.trainable_variables:
        object.__setattr__(variable, "_unstuck_touched", True)


def are_marked() -> bool:
    """Whether capture sees what weights are given. PyTorch changes them where they lie."""
    return hasattr(keras.Variable.assign, "__wrapped__") and keras.backend.backend() != "torch"


def loaded(original: Any, model: Any, *args: Any, **named: Any) -> Any:
    object.__setattr__(model, "_unstuck_loaded", user_place() is not None)
    return original(model, *args, **named)
