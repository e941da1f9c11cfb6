"""A model of the user's own class as the graph of what its ``call`` does.

Keras knows the layers of such a model, but not how they follow on each other. Its ``call``, given
symbols, tells: what comes out is a model of the same layers and the same weights whose parts can
be looked at and changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import keras
import numpy as np
from keras.src.models import Functional

CLOSE = 1e-5  # relative to the largest answer; both compute in single precision


def as_graph(model: Any, inputs: Any) -> Any:
    """A functional model that does what ``model``, of the user's own class, does; ``model`` itself
    where its ``call`` does anything that a graph of its layers would not. ``inputs`` are rows, in
    the structure that it takes."""
    kind = type(model)
    if kind.__module__.startswith("keras."):
        return model
    with suppress(Exception):
        if kind.call is Functional.call:
            return keras.Model(model._inputs_struct, model._outputs_struct, name=model.name)
        if kind.call is keras.Sequential.call:
            return keras.Sequential(model._layers, name=model.name)
        graph, adds = drawn(model, inputs, None)
        if not adds and _does_the_same(model, graph, inputs):
            return graph
    return model


def drawn(model: Any, inputs: Any, training: bool | None) -> tuple[Any, bool]:
    """What a model's ``call`` does with ``inputs``, as a graph, and whether it adds losses besides,
    which the graph does not. Raises what ``call`` raises where it takes no symbols."""
    symbols = keras.tree.map_structure(_symbol, inputs)
    mode = {"training": training} if model._call_has_training_arg else {}
    before = len(model._losses)
    outputs = model.call(symbols, **mode)
    adds = len(model._losses) > before
    del model._losses[before:]
    return keras.Model(symbols, outputs, name=model.name), adds


def _symbol(values: Any) -> Any:
    real = values.dtype.kind == "f"  # which layers cast
    dtype = keras.config.floatx() if real else keras.backend.standardize_dtype(values.dtype)
    return keras.Input(values.shape[1:], dtype=dtype)


def _does_the_same(model: Any, graph: Any, inputs: Any) -> bool:
    """Whether the same weights give the same answers, and training takes the same steps."""
    if getattr(model, "activity_regularizer", None) or len(graph.outputs) != 1:
        return False
    own, used = ({id(v): v for v in m.weights} for m in (model, graph))
    if list(own) != list(used) and not _is_new(model):
        return False
    if used.keys() - own or any(own[i].regularizer for i in own.keys() - used):
        return False
    steps = _steps(graph, None)
    if steps is None:
        return False
    if model._call_has_training_arg and _steps(drawn(model, inputs, True)[0], True) != steps:
        return False
    few = keras.tree.map_structure(lambda v: v[:8], inputs)
    mode = {"training": False} if model._call_has_training_arg else {}
    got, wanted = (keras.ops.convert_to_numpy(m(few, **mode)) for m in (graph, model))
    return np.allclose(got, wanted, rtol=0, atol=CLOSE * max(1e-6, float(np.abs(wanted).max())))


def _steps(graph: Any, training: bool | None) -> list[tuple[str, ...]] | None:
    """Each operation, what it reads, and all else that it is given; None where one is told another
    mode than that of the whole, which the graph would not keep."""
    nodes = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    given = [_given(node) for node in nodes]
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


def _is_new(model: Any) -> bool:
    """Whether nothing of the optimizer hangs on the order of the weights."""
    return not int(keras.ops.convert_to_numpy(model.optimizer.iterations))
