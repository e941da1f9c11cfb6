"""How layers follow one another, read from a model's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from unstuck.recipe import Config, Layer, Model, ModelKind

LINEAR = frozenset({"Dense", "Conv1D", "Conv2D", "Conv3D"})
# Between two linear maps these leave one linear map, in inference at least.
TRANSPARENT = frozenset(
    {"Flatten", "Reshape", "Permute", "Identity", "Dropout", "SpatialDropout1D"}
    | {"SpatialDropout2D", "SpatialDropout3D", "GaussianDropout", "GaussianNoise"}
    | {"ActivityRegularization", "BatchNormalization", "ZeroPadding1D", "ZeroPadding2D"}
)
MERGES = frozenset({"Add", "Subtract", "Average", "Concatenate"})  # linear, if all they take is
SCALES = frozenset({"InputLayer", "Normalization", "Rescaling"})
Edges = dict[str, list[str]]


class _Part(NamedTuple):
    """The nodes by which a model in a model is entered and left."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def followers(model: Model) -> Edges:
    """For each layer or operation by name, those that read its output; empty where the way
    through the model is not written down, as in a subclassed one."""
    if model.kind is ModelKind.SUBCLASSED:
        return {}
    edges: Edges = {layer.name: [] for layer in model.layers}
    if "layers" in (model.config.get("config") or {}):
        _walked(model.config, edges)
    elif model.kind is ModelKind.SEQUENTIAL:
        _chained([layer.name for layer in model.layers], edges)
    return edges


def _walked(config: Config, edges: Edges) -> _Part:
    """Add the edges of a model's configuration."""
    inner = config["config"]
    parts = {name: _entered(entry, name, edges) for name, entry in _entries(inner)}
    sequential = not any("inbound_nodes" in entry for _, entry in _entries(inner))
    if sequential:
        links = list(pairwise(parts))
    else:
        links = [(s, name) for name, entry in _entries(inner) for s in _sources(entry)]
    for source, target in links:
        if source in parts:
            for left in parts[source].last:
                edges.setdefault(left, []).extend(parts[target].first)
    if sequential:
        ends = list(parts.values())
        return _Part(ends[0].first, ends[-1].last) if ends else _Part((), ())
    first, last = (_named(inner.get(key)) for key in ("input_layers", "output_layers"))
    return _Part(
        tuple(n for name in first if name in parts for n in parts[name].first),
        tuple(n for name in last if name in parts for n in parts[name].last),
    )


def _entries(inner: Config) -> list[tuple[str, Config]]:
    return [(str(e["config"].get("name") or e.get("name")), e) for e in inner.get("layers", ())]


def _entered(entry: Config, name: str, edges: Edges) -> _Part:
    if isinstance(entry["config"].get("layers"), list):
        return _walked(entry, edges)
    edges.setdefault(name, [])
    return _Part((name,), (name,))


def _chained(names: list[str], edges: Edges) -> None:
    for before, after in pairwise(names):
        edges[before].append(after)


def _sources(entry: Config) -> Iterator[str]:
    """The layers from which a layer's calls take their tensors."""
    yield from _histories(entry.get("inbound_nodes"))


def _histories(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        history = value.get("keras_history")
        if history:
            yield str(history[0])
        else:
            for inner in value.values():
                yield from _histories(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _histories(inner)


def _named(ends: Any) -> list[str]:
    """Names in ``input_layers`` or ``output_layers``: one triple, or lists and dicts of them."""
    if isinstance(ends, Mapping):
        return [name for value in ends.values() for name in _named(value)]
    if not isinstance(ends, list | tuple) or not ends:
        return []
    if isinstance(ends[0], str):
        return [ends[0]]
    return [name for value in ends for name in _named(value)]


def merged_linear(model: Model) -> list[tuple[Layer, Layer]]:
    """Pairs of layers that are one linear map together: a dense or convolutional layer without
    an activation whose output goes to another such layer and nowhere else.

    Where the whole model is linear up to its last layer, sums of branches lie between too. One
    that has fewer units than both what it takes and what the next one gives is left out: it
    limits the rank of the product, which one layer could not do.
    """
    edges, layers = followers(model), {layer.name: layer for layer in model.layers}
    between = TRANSPARENT | MERGES if is_linear(model, model.output_layer.name) else TRANSPARENT
    found = []
    for layer in model.layers:
        if layer.kind in LINEAR and layer.activation == "linear":
            following = _next_map(layer.name, edges, layers, between)
            if following is not None and not _is_bottleneck(layer, following):
                found.append((layer, following))
    return found


def is_linear(model: Model, last: str) -> bool:
    """Whether a model is linear up to the layer called ``last``."""
    return all(layer.name == last or _keeps_linear(layer) for layer in model.layers)


def _keeps_linear(layer: Layer) -> bool:
    if layer.kind in LINEAR:
        return layer.activation == "linear"
    plain = layer.kind in SCALES | TRANSPARENT | MERGES
    return plain or "AveragePooling" in layer.kind


def _next_map(
    name: str, edges: Edges, layers: Mapping[str, Layer], between: frozenset[str]
) -> Layer | None:
    while len(set(edges.get(name, ()))) == 1:
        name = edges[name][0]
        following = layers.get(name)
        if following is None:
            return None
        if following.kind in LINEAR:
            return following
        if following.kind not in between:
            return None
    return None


def _is_bottleneck(layer: Layer, following: Layer) -> bool:
    width = layer.input_shape[-1] if layer.input_shape else None
    units, gives = layer.units or 0, following.units or 0
    return width is not None and units < width and units < gives
