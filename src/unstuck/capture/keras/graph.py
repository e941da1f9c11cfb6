"""A model of the user's own class as the graph of what its ``call`` does.

Keras knows the layers of such a model, but not how they follow on each other. Its ``call``, given
symbols, tells: what comes out is a model of the same layers and the same weights whose parts can
be looked at and changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np
from keras.src.models import Functional

from unstuck.capture.keras.answers import answers, moved
from unstuck.capture.keras.parts import in_parts, is_composed
from unstuck.capture.keras.weights import updates
from unstuck.recipe import Array

_mode: ContextVar[bool | None] = ContextVar("mode of the drawing", default=None)
KERAS_OWN = (Functional.call, keras.Sequential.call)
CLOSE = 1e-5  # relative to the largest answer; both compute in single precision
ROWS = 32  # that are compared


def as_graph(model: Any, inputs: Any) -> Any:
    """A functional model that does what ``model``, of the user's own class, does; ``model`` itself
    where its ``call`` does anything that a graph of its layers would not. ``inputs`` are rows, in
    the structure that it takes."""
    kind = type(model)
    if any(map(is_composed, model._flatten_layers(include_self=False, recursive=True))):
        with suppress(Exception), in_parts(_mode):
            return _same(model, inputs)
    if kind.__module__.startswith("keras."):
        return model
    with suppress(Exception):
        if kind.call is Functional.call:
            return keras.Model(model._inputs_struct, model._outputs_struct, name=model.name)
        if kind.call is keras.Sequential.call:
            return keras.Sequential(model._layers, name=model.name)
        return _same(model, inputs)
    return model


def _same(model: Any, inputs: Any) -> Any:
    """The graph of a model that does what it does.

    Raises:
        ValueError: the graph does otherwise. Whatever ``call`` raises, where it takes no symbols.
    """
    graph, adds = drawn(model, inputs, None)
    if adds or not _does_the_same(model, graph, inputs):
        raise ValueError("it does more than a graph of its layers")
    return graph


def drawn(model: Any, inputs: Any, training: bool | None) -> tuple[Any, bool]:
    """What a model's ``call`` does with ``inputs``, as a graph, and whether it adds losses besides,
    which the graph does not. Raises what ``call`` raises where it takes no symbols."""
    layers = [model, *model._flatten_layers(include_self=False, recursive=True)]
    before = [len(layer._losses) for layer in layers]
    symbols = _symbols(inputs, {layer.name for layer in layers})
    _mode.set(training)
    try:
        outputs = _called(model, symbols, training)
        adds = any(len(x._losses) > n for x, n in zip(layers, before, strict=True))
    finally:
        for layer, known in zip(layers, before, strict=True):
            del layer._losses[known:]
    return keras.Model(symbols, outputs, name=model.name), adds


def _called(model: Any, symbols: Any, training: bool | None) -> Any:
    if type(model).call in KERAS_OWN:
        known = getattr(model, "_functional", None) or model
        return known._run_through_graph(symbols, operation_fn=lambda o: _in_mode(o, training))
    mode = {"training": training} if model._call_has_training_arg else {}
    return model.call(symbols, **mode)


def _in_mode(operation: Any, training: bool | None) -> Any:
    """As the graph calls it: in the mode of the whole, whatever it was told when it was drawn."""
    if not getattr(operation, "_call_has_training_arg", False):
        return operation
    return lambda *args, **named: operation(*args, **{**named, "training": training})


def _symbols(inputs: Any, taken: set[str]) -> Any:
    """One for each array; those that go by a name bear it, unless a layer does."""
    if not isinstance(inputs, Mapping) or any(
        not isinstance(v, np.ndarray) for v in inputs.values()
    ):
        return keras.tree.map_structure(_symbol, inputs)
    return {key: _symbol(v, None if key in taken else key) for key, v in inputs.items()}


def _symbol(values: Any, name: str | None = None) -> Any:
    real = values.dtype.kind == "f"  # which layers cast
    dtype = keras.config.floatx() if real else keras.backend.standardize_dtype(values.dtype)
    return keras.Input(values.shape[1:], dtype=dtype, name=name)


def _does_the_same(model: Any, graph: Any, inputs: Any) -> bool:
    """Whether the same weights give the same answers, and training takes the same steps."""
    if getattr(model, "activity_regularizer", None) or len(graph.outputs) != 1:
        return False
    own, used = ({id(v): v for v in m.weights} for m in (model, graph))
    if list(own) != list(used) and updates(model):  # what the optimizer has is in their order
        return False
    if used.keys() - own or any(own[i].regularizer for i in own.keys() - used):
        return False
    steps = _steps(graph, None)
    if steps is None or _steps(drawn(model, inputs, True)[0], True) != steps:
        return False
    few = keras.tree.map_structure(lambda v: v[:ROWS], inputs)
    unused = moved([v for i, v in own.items() if i not in used])
    wanted, other = answers(graph, few), moved(model.weights)
    return (
        _alike(wanted, answers(model, few))
        and _alike(wanted, answers(model, few, unused))
        and _alike(answers(graph, few, other), answers(model, few, other))
    )


def _alike(got: list[Array], wanted: list[Array]) -> bool:
    """Whether answers are the same, but for rounding. They are compared with other weights too,
    since what a ``call`` computes of weights alone stands in the graph as a constant."""
    pairs = zip(got, wanted, strict=True)
    return all(
        np.allclose(a, b, rtol=0, atol=CLOSE * max(1e-6, float(np.abs(b).max()))) for a, b in pairs
    )


def _steps(graph: Any, training: bool | None) -> list[tuple[str, ...]] | None:
    """Each operation, what it reads, and all else that it is given; None where one is told another
    mode than that of the whole, or is given a weight, neither of which the graph would keep."""
    nodes = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    given = [_given(node) for node in nodes]
    if any(isinstance(v, keras.Variable) for g in given for v in keras.tree.flatten(g)):
        return None  # it could not be written down
    if any(named.get("training") not in (None, training) for named in given):
        return None
    pairs = zip(nodes, given, strict=True)
    return sorted((_name(n), *map(_name, n.parent_nodes), *_settings(g)) for n, g in pairs)


def _name(node: Any) -> str:
    operation = node.operation
    own = isinstance(operation, keras.Layer) and not isinstance(operation, keras.layers.InputLayer)
    return operation.name if own else type(operation).__name__


def _given(node: Any) -> dict[str, Any]:
    takes = inspect.signature(node.operation.call)
    return dict(takes.bind(*node.arguments.args, **node.arguments.kwargs).arguments)


def _settings(given: dict[str, Any]) -> Iterator[str]:
    for value in keras.tree.flatten([v for k, v in given.items() if k != "training"]):
        if isinstance(value, keras.KerasTensor):
            yield ""
        elif keras.ops.is_tensor(value) or isinstance(value, np.ndarray):
            yield np.asarray(value).tobytes().hex()
        else:
            yield repr(value)
