"""What has become of a model's weights before its training, by the marks of capture."""

from __future__ import annotations

from typing import Any

import keras

from unstuck.capture.keras.marks import are_marked


def updates(model: Any) -> int:
    """How many updates the model's optimizer has made."""
    return int(keras.ops.convert_to_numpy(model.optimizer.iterations))


def is_warm(model: Any) -> bool:
    """Whether the model was loaded or trained before."""
    return updates(model) > 0 or bool(vars(model).get("_unstuck_loaded", False))


def given_places(model: Any) -> tuple[int, ...]:
    """Places in the model's weights of those that the program gave to layers or inner models."""
    inner = model._flatten_layers(include_self=False, recursive=True)
    told = [layer for layer in inner if vars(layer).get("_unstuck_loaded", False)]
    given = {id(v) for layer in told for v in layer.weights}
    given |= {id(v) for v in model.weights if vars(v).get("_unstuck_given", False)}
    return tuple(place for place, v in enumerate(model.weights) if id(v) in given)


def drawn_places(model: Any) -> tuple[int, ...]:
    """Places in the model's weights of those that training begins with by chance."""
    trained, given = {id(v) for v in model.trainable_variables}, set(given_places(model))
    places = (place for place, v in enumerate(model.weights) if id(v) in trained)
    return tuple(place for place in places if place not in given)


def untouched_places(model: Any) -> tuple[int, ...] | None:
    """Places in the model's weights of those that are as they were made; None where capture has not
    seen what they are given."""
    if not are_marked():
        return None
    told = [vars(v).get("_unstuck_touched", False) for v in model.weights]
    return tuple(place for place, touched in enumerate(told) if not touched)
