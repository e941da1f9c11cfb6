"""The loss of a recipe, and which outputs it reads."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import keras
from keras.src.losses.losses import LossFunctionWrapper

from unstuck.capture.keras.code import pickled
from unstuck.capture.keras.model import plain
from unstuck.recipe import Loss, Place


def describe_loss(given: Any, place: Place | None) -> Loss:
    """The loss as compiled. A list or dictionary of losses is carried whole and goes by its
    first."""
    if isinstance(given, (list, tuple, dict)):
        parts = list(given.values()) if isinstance(given, dict) else list(given)
        first = describe_loss(next((p for p in parts if p is not None), "mse"), place)
        if len(parts) == 1:
            return first
        return Loss(first.name, first.from_logits, pickled(given), first.custom, True, place)
    if isinstance(given, keras.losses.Loss):
        return _instance(given, place)
    function = keras.losses.get(given)
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, keras.losses.Loss):
        return _instance(function, place)
    custom = not function.__module__.startswith("keras")
    return Loss(name, False, pickled(function) if custom else b"", custom, True, place)


def _instance(loss: Any, place: Place | None) -> Loss:
    """A loss object. Keras squeezes or expands target and output to the same rank inside
    ``LossFunctionWrapper``, on which its own losses are built; a subclass of ``Loss`` with a
    ``call`` of its own gets the shapes as they are."""
    kind = type(loss)
    custom = not kind.__module__.startswith("keras")
    config = {} if custom else loss.get_config()
    name = kind.__name__ if custom else _snake(kind.__name__)
    aligns = not custom or kind.call is LossFunctionWrapper.call
    usual = not custom and hasattr(keras.losses, name) and _settings(loss) == _settings(kind())
    given = b"" if usual else pickled(loss)
    return Loss(name, bool(config.get("from_logits", False)), given, custom, aligns, place)


def _settings(loss: Any) -> tuple[Any, ...]:
    """All that a loss of Keras was made with; configurations leave some of it out."""
    return loss.get_config(), getattr(loss, "_fn_kwargs", None), loss.dtype


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {"kldivergence": "kl_divergence"}.get(words, words)


def loss_weights(model: Any) -> Any:
    """``loss_weights`` as compiled: None, a number, or a list or dictionary of numbers."""
    return plain(getattr(model._compile_loss, "_user_loss_weights", None))


def read_by(loss: Loss, model: Any, targets: int) -> Loss:
    """The loss, with what it is to each of ``targets`` outputs, which of them it does not read,
    and whose weights it leaves as they are."""
    found = _readers(model)
    missed, alone = _unreached(model, found)
    loss = replace(loss, weights=loss_weights(model), unreached=missed, untrained=alone)
    if targets < 2 or len(found) != targets:
        return loss
    loss = replace(loss, outputs=tuple(name for name, _ in found))
    several = isinstance(model.loss, (list, tuple, dict))
    if not several or all(read is None for _, read in found):
        return loss
    parts = [None if read is None else _part(read) for _, read in found]
    return replace(
        loss,
        parts=tuple(part.name if part else "" for part in parts),
        logits=tuple(bool(part and part.from_logits) for part in parts),
    )


def _part(resolved: Any) -> Loss:
    """The loss of one output as Keras has resolved it: functions are wrapped in a class."""
    bare = resolved.fn if type(resolved) is LossFunctionWrapper else resolved
    return describe_loss(bare, None)


def _readers(model: Any) -> list[tuple[str, Any]]:
    """Each output's name and the first loss that reads it, None where none does or one weighed by
    0, in the order in which Keras flattens outputs; empty where the graph is not known."""
    try:
        outputs = keras.tree.flatten_with_path(model._outputs_struct)
        parts = [p for p in model._compile_loss._flat_losses if p.loss_weights != 0][::-1]
        read = {p.path[-1:]: p.loss for p in parts} | {p.path: p.loss for p in parts}
        return [
            (name, read.get(tuple(path), read.get((name,))))
            for (path, _), name in zip(outputs, model.output_names, strict=True)
        ]
    except (AttributeError, TypeError, ValueError):
        return []


def _unreached(model: Any, found: list[tuple[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the outputs that no loss reads, of those found with their losses, and of the layers
    with trainable weights that serve such outputs alone; both empty where the graph is not known
    or a layer may add a loss."""
    layers = list(model._flatten_layers(include_self=False))
    if not all(type(layer).__module__.startswith("keras") for layer in layers):
        return (), ()
    missed = tuple(name for name, loss in found if loss is None)
    if not missed or len(missed) == len(found):
        return (), ()
    outputs = keras.tree.flatten(model._outputs_struct)
    reached = [v for v, (_, loss) in zip(outputs, found, strict=True) if loss is not None]
    try:
        trained = {id(v) for v in keras.Model(model.inputs, reached).trainable_variables}
    except (AttributeError, TypeError, ValueError, IndexError):
        return (), ()
    return missed, tuple(x.name for x in layers if _apart(x, trained))


def _apart(layer: Any, trained: set[int]) -> bool:
    """Whether a layer has weights of its own to train, and none of them is trained."""
    own = {id(v) for v in layer._trainable_variables}
    return bool(own) and bool(layer.trainable) and not own & trained
