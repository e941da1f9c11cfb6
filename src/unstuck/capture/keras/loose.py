"""Layers that a model of the user's own class calls without owning them, or owns without calling.

Keras finds the parts of such a model in its attributes, and its ``call`` may use others: a layer
made within it, or kept where Keras does not look. Nothing trains those, and nothing says so.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple

import keras

from unstuck.capture.keras.graph import KERAS_OWN, drawn


class LooseEnds(NamedTuple):
    """As ``recipe.Loose``, in layers of Keras."""

    anew: tuple[Any, ...] = ()
    unregistered: tuple[Any, ...] = ()
    unused: tuple[Any, ...] = ()
    repeated: tuple[Any, ...] = ()


def loose_ends(model: Any, inputs: Any) -> LooseEnds:
    """Of a built model; nothing where its ``call`` is Keras's own or takes no symbols."""
    kind = type(model)
    if kind.__module__.startswith("keras.") or kind.call in KERAS_OWN:
        return LooseEnds()
    with suppress(Exception):
        modes = (None, True) if model._call_has_training_arg else (None, None)
        return _between(model, *(drawn(model, inputs, mode)[0] for mode in modes))
    return LooseEnds()


def _between(model: Any, graph: Any, again: Any) -> LooseEnds:
    own = {id(v) for v in model.weights}
    called, later = _inside(graph), {id(x) for x in _inside(again)}
    foreign = [x for x in called if x.trainable and _weights(x) - own and not x._layers]
    steps = [node.operation for nodes in graph._nodes_by_depth.values() for node in nodes]
    used = {id(x) for x in called} | later
    return LooseEnds(
        tuple(x for x in foreign if id(x) not in later),
        tuple(x for x in foreign if id(x) in later),
        tuple(x for x in model.layers if not used & {id(one) for one in _inside(x)}),
        tuple(
            step
            for step, times in Counter(steps).items()
            if times > 1 and isinstance(step, keras.Layer)
        ),
    )


def _inside(layer: Any) -> list[Any]:
    """A layer or model with all that it is made of."""
    return [layer, *layer._flatten_layers(include_self=False, recursive=True)]


def _weights(layer: Any) -> set[int]:
    return {id(v) for v in layer.weights}
