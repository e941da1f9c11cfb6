"""The model of a recipe: configuration, layers, initial weights, and a sample of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
from keras.src.utils.naming import to_snake_case

from unstuck.capture.keras.answers import sample
from unstuck.capture.keras.code import customs, named_lambdas, pickled, registered
from unstuck.capture.keras.configs import constructible, whole_configs
from unstuck.capture.keras.graph import KERAS_OWN, as_graph
from unstuck.capture.keras.loose import LooseEnds, loose_ends
from unstuck.capture.keras.weights import (
    drawn_places,
    given_places,
    is_warm,
    untouched_places,
)
from unstuck.recipe import OPERATION, Layer, Loose, Model, ModelKind, Place

OWN_STEP = "the model has a train_step of its own"
_STEP = ("train_step", "compute_loss", "stateless_compute_loss", "make_train_function", "fit")


def describe_model(model: Any, inputs: Any) -> tuple[Model, str]:
    """The model, and one sentence on what keeps it from being made again ("" if nothing does).
    It is asked for its answers to the first of ``inputs``, if there are any."""
    given, ends = model, LooseEnds()
    if inputs is not None and not _stepping(model):
        model, ends = as_graph(model, inputs), loose_ends(model, inputs)
    steps = list(_steps(model))
    layers = [step for step in steps if isinstance(step, keras.Layer)]
    owners = [model, *layers, *_inside(layers), *_optimizer_parts(given)]
    obstacle, config, custom = "", {}, b""
    with named_lambdas(owners), whole_configs():
        try:
            own = customs(owners)
            config = plain(keras.saving.serialize_keras_object(model))
            own = {**registered(config, pickled(own)), **own}
            config = constructible(config, own)
            custom = pickled(own) if own else b""
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            obstacle = f"the model cannot be written down and made again: {reason}"
        at = {id(v): number for number, v in enumerate(model.weights)}
        ordered = tuple(_described(step, at) for step in _in_order(model, steps))
    answers, unsteady = ((), 0.0) if inputs is None else sample(model, inputs)
    described = Model(
        kind=_kind(model),
        config=config,
        layers=ordered,
        weights=tuple(np.asarray(w) for w in model.get_weights()),
        custom=custom,
        warm=is_warm(given),
        sample_output=answers,
        unsteady=unsteady,
        place=place_of(given),
        given=given_places(model),
        drawn=drawn_places(model),
        untouched=untouched_places(model),
        loose=_loose(ends, at),
    )
    known = type(given).call in KERAS_OWN and not described.custom  # eagerly they do the same
    by_hand = _stepping(given) if known else own_step(given)
    return described, obstacle or by_hand or _stateful(layers)


def _loose(ends: LooseEnds, at: Mapping[int, int]) -> Loose:
    return Loose(*(tuple(_layer(x, at) for x in found) for found in ends))


def _stateful(layers: list[Any]) -> str:
    kept = [x.name for x in layers if getattr(x, "stateful", False)]
    return f"the layer {kept[0]} keeps its state from batch to batch" if kept else ""


def place_of(item: Any) -> Place | None:
    """Where the user made a layer, model or optimizer, if that was seen."""
    return vars(item).get("_unstuck_place")


def plain(value: Any) -> Any:
    """A configuration as dictionaries, lists, numbers and text alone."""
    match value:
        case Mapping():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple():
            return [plain(v) for v in value]
        case np.generic():
            return value.item()
        case np.ndarray() | str() | int() | float() | bool() | None:
            return value
    return str(value) if not hasattr(value, "tolist") else value.tolist()


def _kind(model: Any) -> ModelKind:
    if isinstance(model, keras.Sequential):
        return ModelKind.SEQUENTIAL
    functional = type(model).__name__ == "Functional" or (
        hasattr(model, "_functional") or hasattr(model, "_inputs_struct")
    )
    return ModelKind.FUNCTIONAL if functional else ModelKind.SUBCLASSED


def _inside(layers: list[Any]) -> list[Any]:
    """Layers wrapped in others (Bidirectional, TimeDistributed, the cells of an RNN)."""
    return [
        inner
        for layer in layers
        for inner in layer._flatten_layers(include_self=False, recursive=True)
    ]


def _in_order(model: Any, steps: list[Any]) -> list[Any]:
    """The steps of a model with the one that gives the output last."""
    try:
        head = model.outputs[0]._keras_history.operation
    except (AttributeError, IndexError, TypeError):
        return steps
    while isinstance(head, keras.Model):
        head = head.outputs[0]._keras_history.operation
    return [*(x for x in steps if x is not head), *(x for x in steps if x is head)]


def _steps(model: Any) -> Iterator[Any]:
    """Layers, and the operations between them, in order of computation, those of models within it
    too."""
    sequential = isinstance(model, keras.Sequential)
    graph = model._layers if sequential else getattr(model, "operations", model.layers)
    for step in graph:
        if isinstance(step, keras.Model):
            yield from _steps(step)
        else:
            yield step


def _described(step: Any, at: Mapping[int, int]) -> Layer:
    return _layer(step, at) if isinstance(step, keras.Layer) else _operation(step)


def _operation(operation: Any) -> Layer:
    """A function of Keras (``keras.ops``) that a model calls, as a layer without settings of its
    own but for the axis."""
    return Layer(
        name=operation.name,
        kind=f"{OPERATION}{to_snake_case(type(operation).__name__)}",
        config={"axis": operation.axis} if hasattr(operation, "axis") else {},
        input_shape=_shape(operation, "input"),
        output_shape=_shape(operation, "output"),
        place=place_of(operation),
        keeps_mask=False,
    )


def _layer(layer: Any, at: Mapping[int, int]) -> Layer:
    working = _each_time(layer)
    try:
        config = {**plain(working.get_config()), "name": layer.name}
    except NotImplementedError:
        config = {}
    return Layer(
        name=layer.name,
        kind=type(working).__name__,
        config=config,
        input_shape=_shape(layer, "input"),
        output_shape=_shape(layer, "output"),
        parameters=int(sum(np.prod(v.shape) for v in layer.weights)),
        trainable=bool(layer.trainable),
        place=place_of(layer),
        owns=tuple(at[id(v)] for v in layer.weights if id(v) in at),
        keeps_mask=bool(layer.supports_masking),
    )


def _each_time(layer: Any) -> Any:
    """What a layer does: of a dense layer applied at each time, that is the dense layer's work,
    which treats the axes before the last alike by itself."""
    inner = layer.layer if isinstance(layer, keras.layers.TimeDistributed) else None
    return inner if isinstance(inner, (keras.layers.Dense, keras.layers.Activation)) else layer


def _shape(layer: Any, end: str) -> tuple[int | None, ...]:
    """The shape at one end of a layer, batch axis aside; empty where there is no single one."""
    try:
        value = getattr(layer, end)
        value = value[0] if isinstance(value, list) else value
        return tuple(value.shape[1:])
    except (AttributeError, ValueError, IndexError, KeyError):
        return ()


def _optimizer_parts(model: Any) -> list[Any]:
    optimizer = model.optimizer
    return [optimizer, *(v for v in (getattr(optimizer, "_learning_rate", None),) if v is not None)]


def own_step(model: Any) -> str:
    """What of the training step the user has written anew, and does otherwise than Keras; or that
    none is compiled."""
    eager = getattr(model, "run_eagerly", False)
    return _stepping(model) or ("the model runs eagerly" if eager else "")


def _stepping(model: Any) -> str:
    usual = vars(model).get("_unstuck_usual", False)
    for name in _STEP:
        if usual and name == "train_step":
            continue
        if name in vars(model) or getattr(type(model), name) is not getattr(keras.Model, name):
            return f"the model has a {name} of its own"
    return ""
