"""Which calls of ``fit`` are alike: from one place, equal but for rows and seeds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unstuck.capture.again import Again
from unstuck.capture.places import user_place
from unstuck.recipe import Place

_SETTINGS = (
    "batch_size",
    "epochs",
    "validation_split",
    "shuffle",
    "class_weight",
    "initial_epoch",
    "steps_per_epoch",
)


@dataclass
class Known:
    """One kind of training: how it trains, the first of its models and rows, and how often it
    came again."""

    way: str
    network: str
    model: Any
    rows: tuple[Any, Any]
    place: Place | None
    again: Again = field(default_factory=Again)

    @classmethod
    def of(cls, model: Any, call: dict[str, Any]) -> Known:
        rows = (call["x"], call["y"])
        return cls(_way(model, call), _network(model), model, rows, user_place())

    def is_like(self, other: Known) -> bool:
        """One model may change between two calls: it is built in the first."""
        return self.way == other.way and (
            self.model is other.model or self.network == other.network
        )

    def count(self, other: Known) -> None:
        if self.model is not other.model:
            self.again.others += 1
        elif all(map(_same, self.rows, other.rows)):
            self.again.same += 1
        else:
            self.again.further += 1


class Trainings:
    """The kinds of trainings that a program was seen to begin, in their order."""

    def __init__(self) -> None:
        self.known: list[Known] = []

    def came_again(self, training: Known) -> bool:
        """Count a training if it is of a known kind."""
        found = next((k for k in self.known if k.is_like(training)), None)
        if found is not None:
            found.count(training)
        return found is not None

    def on_same_rows(self, training: Known) -> bool:
        """Whether its model was seen to train on these rows."""
        known = (k for k in self.known if k.model is training.model)
        return any(all(map(_same, k.rows, training.rows)) for k in known)

    def add(self, training: Known) -> str:
        """Remember a new kind; a sentence where its model was in training before."""
        before = next((k for k in self.known if k.model is training.model), None)
        self.known.append(training)
        if before is None or before.place is None:
            return ""
        return (
            f"the program trains this model before, in line {before.place.line}; this training was "
            "examined from the weights that the model had at first"
        )


def _way(model: Any, call: dict[str, Any]) -> str:
    """How a model is trained, without names that count on."""
    callbacks = getattr(call["callbacks"], "callbacks", call["callbacks"]) or ()
    parts = (
        user_place(),
        _described(getattr(model, "loss", None)),
        _described(getattr(model, "optimizer", None)),
        {name: call[name] for name in _SETTINGS},
        [(type(c).__name__, _plain(vars(c))) for c in callbacks],
    )
    return str(parts)


def _network(model: Any) -> str:
    """The layers of a model, without their weights, names and seeds."""
    layers = model._flatten_layers(include_self=False)
    return str([type(model).__qualname__, *((type(x).__name__, _config(x)) for x in layers)])


def _config(layer: Any) -> str:
    try:
        return json.dumps(_unseeded(layer.get_config()), default=_described, sort_keys=True)
    except Exception:  # of the program's own: what it does not tell
        return type(layer).__name__


def _unseeded(value: Any) -> Any:
    """Settings without seeds, and without names, which count on from model to model."""
    if isinstance(value, dict):
        return {k: _unseeded(v) for k, v in value.items() if k not in ("seed", "name")}
    return [_unseeded(v) for v in value] if isinstance(value, list | tuple) else value


def _described(value: Any) -> str:
    """What is known of a loss, an optimizer or another object, without where it lies."""
    config = getattr(value, "get_config", None)
    if config is not None and not isinstance(value, type):
        return f"{type(value).__name__} {_config(value)}"
    return str(getattr(value, "__qualname__", value))


def _plain(settings: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in settings.items() if isinstance(v, str | int | float | bool)}


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    arrays = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    return arrays and one.shape == other.shape and bool(np.array_equal(one, other))
