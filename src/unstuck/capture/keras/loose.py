"""Layers that a model of the user's own class calls without owning them, or owns without calling.

Keras finds the parts of such a model in its attributes, and its ``call`` may use others: a layer
made within it, or kept where Keras does not look. Nothing trains those, and nothing says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import keras
import numpy as np

from unstuck.capture.keras.answers import answers, moved
from unstuck.capture.keras.graph import KERAS_OWN, ROWS, drawn


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
        graph, again = (drawn(model, inputs, mode)[0] for mode in (None, True))
        return _between(model, graph, again, partial(_is_idle, model, inputs))
    return LooseEnds()


def _is_idle(model: Any, inputs: Any, layer: Any) -> bool:
    """Whether no answer depends on a layer's weights: what is called without rows is in no graph.
    A layer that was never called may have none yet."""
    if not layer.weights:
        return not layer.built
    few = keras.tree.map_structure(lambda v: v[:ROWS], inputs)
    pairs = zip(answers(model, few), answers(model, few, moved(layer.weights)), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def _between(model: Any, graph: Any, again: Any, idle: Callable[[Any], bool]) -> LooseEnds:
    own = {id(v) for v in model.weights}
    called, later = _inside(graph), {id(x) for x in _inside(again)}
    foreign = [x for x in called if x.trainable and _weights(x) - own and not x._layers]
    used = {id(x) for x in called} | later
    apart = [x for x in model.layers if not used & {id(one) for one in _inside(x)}]
    return LooseEnds(
        tuple(x for x in foreign if id(x) not in later),
        tuple(x for x in foreign if id(x) in later),
        tuple(filter(idle, apart)),
        _repeated(graph),
    )


def _repeated(graph: Any) -> tuple[Any, ...]:
    steps = Counter(node.operation for nodes in graph._nodes_by_depth.values() for node in nodes)
    return tuple(x for x, times in steps.items() if times > 1 and isinstance(x, keras.Layer))


def _inside(layer: Any) -> list[Any]:
    """A layer or model with all that it is made of."""
    return [layer, *layer._flatten_layers(include_self=False, recursive=True)]


def _weights(layer: Any) -> set[int]:
    return {id(v) for v in layer.weights}
