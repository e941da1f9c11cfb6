"""Inputs that are ids, and the embeddings that look them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unstuck.checks._task import is_numeric
from unstuck.recipe import Array, Layer, Recipe

PASSING = frozenset({"Flatten", "Reshape", "Permute", "Identity", "Masking", "SpatialDropout1D"})


def looked_up(recipe: Recipe) -> Iterator[tuple[Layer, Array]]:
    """Every embedding that looks up an input as the program gives it, with that input. Where
    something computes the ids within the model, or the way is not known, there is none."""
    inputs = recipe.data.inputs
    entries, order = _graph(recipe)
    for number, layer in enumerate(recipe.model.layers):
        if layer.kind != "Embedding":
            continue
        if entries and layer.name in entries:
            source = _source(entries, layer.name)
            place = order.index(source) if source in order else None
        else:
            ahead = recipe.model.layers[:number]
            first = all(x.kind in PASSING or x.kind == "InputLayer" for x in ahead)
            place = 0 if first and len(inputs) == 1 and not entries else None
        if place is None or place >= len(inputs):
            continue
        if is_numeric(inputs[place]) and inputs[place].size:
            yield layer, inputs[place]


def _graph(recipe: Recipe) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """The layers of a functional model by name, as its configuration has them, and the names of
    its inputs in their order; nothing of another model."""
    config = recipe.model.config.get("config")
    ends = config.get("input_layers") if isinstance(config, Mapping) else None
    if not isinstance(config, Mapping) or not isinstance(ends, list | tuple) or not ends:
        return {}, []
    named = [ends] if isinstance(ends[0], str) else list(ends)
    entries = {e["config"].get("name", ""): e for e in config.get("layers", ()) if "config" in e}
    return entries, [str(end[0]) for end in named if end]


def _source(entries: Mapping[str, Mapping[str, Any]], name: str) -> str:
    """The input whose numbers reach a layer unchanged, or an empty name."""
    for _ in range(len(entries)):
        above = list(_histories(entries[name].get("inbound_nodes", ())))
        if len(set(above)) != 1 or above[0] not in entries:
            return ""
        name = above[0]
        kind = entries[name].get("class_name")
        if kind == "InputLayer":
            return name
        if kind not in PASSING:
            return ""
    return ""


def _histories(value: Any) -> Iterator[str]:
    """Names of the layers that a node's tensors come from."""
    if isinstance(value, Mapping):
        history = value.get("keras_history")
        if isinstance(history, list | tuple) and history:
            yield str(history[0])
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _histories(one)
