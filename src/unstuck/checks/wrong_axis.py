"""wrong-axis: normalisation, pooling or convolution over the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe
from unstuck.checks._task import RECURRENT
from unstuck.finding import Finding
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import LastAxis, RemoveLayer
from unstuck.remedies.graph import followers
from unstuck.remedy import Remedy
from unstuck.trace import Trace

COLOURS = (1, 3, 4)  # channels of an image as it comes: grey, colours, colours and opacity
SPATIAL = ("Conv1D", "Conv2D", "Conv3D", "SeparableConv1D", "SeparableConv2D", "DepthwiseConv2D")
SAME_AXES = frozenset(
    {"Activation", "ReLU", "LeakyReLU", "Dropout", "BatchNormalization", "SpatialDropout1D"}
    | {"SpatialDropout2D", "Masking"}
)
FORGETTING = ("GroupNormalization", "LayerNormalization")  # they subtract the mean
NORMS = ("LayerNormalization", "RMSNormalization", "UnitNormalization")
_Fault = tuple[Layer, str, tuple[Remedy, ...]]


def _images(shape: tuple[int, ...], pool: str = "channels_last", **norm: int) -> Recipe:
    layers = [
        layer("Conv2D", (6, 6, 8), filters=8, kernel_size=(3, 3), data_format="channels_last"),
        layer("BatchNormalization", (6, 6, 8), axis=norm.get("axis", -1)),
        layer("Activation", (6, 6, 8), activation="relu"),
        layer("GlobalAveragePooling2D", (8,), data_format=pool),
        dense(3, "softmax"),
    ]
    loss = "sparse_categorical_crossentropy"
    return recipe(normal(60, *shape), integers(0, 3, 60), layers, loss)


def _sequences(steps: int, features: int, kernel: int, **norm: int) -> Recipe:
    first = layer("Conv1D", (steps, 8), filters=8, kernel_size=[kernel], padding="same")
    norms = [layer("BatchNormalization", (steps, 8), **norm)] if norm else []
    return recipe(normal(60, steps, features), normal(60), [first, *norms, dense(1)])


def _normalised_alone(kind: str, units: int = 1, **settings: int) -> Recipe:
    layers = [dense(8, "relu"), dense(units), layer(kind, (units,), **settings), dense(1)]
    return recipe(normal(60, 4), normal(60), layers)


def _channels_first() -> Recipe:
    made = _images((8, 8, 1), "channels_first", axis=1)
    layers = tuple(
        replace(x, input_shape=(1, 8, 8), config={**x.config, "data_format": "channels_first"})
        if x.kind == "Conv2D"
        else x
        for x in made.model.layers
    )
    data = replace(made.data, inputs=(normal(60, 1, 8, 8),))
    return replace(made, data=data, model=replace(made.model, layers=layers))


class WrongAxis(Check):
    name = "wrong-axis"
    summary = "Normalisation, pooling or convolution over an axis that is not the one meant."
    why = (
        "Keras has the features in the last axis unless told otherwise. Over another one, rows or "
        "steps are normalised, averaged away or taken for features: it runs, and learns little. "
        "Over an axis of one number, normalising leaves nothing of it, or its sign."
    )
    instead = (
        "axis=-1 and data_format=channels_last with features last, np.transpose where they are not."
    )
    false_alarms = (
        "Channels first, if every layer is told so and the backend can, is right. Normalising "
        "time steps can be meant."
    )
    sources = ("Keras: BatchNormalization, axis", "pytorch/pytorch#1538: batch_first")
    firing = (
        Case("rows of an image normalised", lambda: _images((8, 8, 1), axis=1)),
        Case("pooled over the features", lambda: _images((8, 8, 1), "channels_first")),
        Case("channels first, read as last", lambda: _images((3, 32, 32))),
        Case("steps normalised", lambda: _sequences(20, 4, 3, axis=1)),
        Case("a sequence of one step", lambda: _sequences(1, 30, 3)),
        Case("a score normalised by itself", lambda: _normalised_alone("LayerNormalization")),
        Case("its length made one", lambda: _normalised_alone("UnitNormalization")),
        Case("groups of one", lambda: _normalised_alone("GroupNormalization", units=4, groups=4)),
    )
    silent = (
        Case("features last", lambda: _images((8, 8, 1))),
        Case("channels first throughout", _channels_first),
        Case("features of a table in turn", lambda: _sequences(30, 1, 3)),
        Case("features mixed at each step", lambda: _sequences(1, 30, 1)),
        Case("the last axis, counted from the front", lambda: _sequences(20, 4, 3, axis=2)),
        Case("several numbers", lambda: _normalised_alone("LayerNormalization", units=4)),
        Case("groups of two", lambda: _normalised_alone("GroupNormalization", units=4, groups=2)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for one, said, remedies in _faults(recipe):
            yield self.found(
                said,
                {"kind": one.kind, "input_shape": str(one.input_shape)},
                one.place,
                remedies,
                layer=one,
            )


def _faults(recipe: Recipe) -> Iterator[_Fault]:
    formats = _formats(recipe)
    for one in recipe.model.layers:
        shape, before = one.input_shape, formats.get(one.name, "")
        if one.kind == "BatchNormalization" and len(shape) > 1:
            yield from _normalised(one, before)
        if _together(one) == 1:
            left = "what it gives" if one.kind in FORGETTING else "but for its sign, what it gives"
            said = f"{one.name} normalises each number by itself: {left} is the same for all"
            yield one, said, (RemoveLayer(one.name),)
        told = one.config.get("data_format") or before
        if "Pooling" in one.kind and before and told != before:
            yield one, f"{one.name} pools with {told} what comes with {before}", ()
    if len(recipe.data.inputs) == 1:
        yield from _convolved(recipe)


def _together(one: Layer) -> int | None:
    """How many numbers a layer normalises together; None where that is not known."""
    shape = one.input_shape
    if None in shape or not shape or one.kind not in (*NORMS, "GroupNormalization"):
        return None
    if one.kind == "GroupNormalization":
        groups, channels = one.config.get("groups", 32), shape[-1] or 0
        return prod(n or 1 for n in shape) // (channels if groups == -1 else groups)
    axis = one.config.get("axis", -1)
    axes = axis if isinstance(axis, list | tuple) else [axis]
    return prod(shape[a - 1 if a > 0 else a] or 1 for a in axes)


def _normalised(one: Layer, before: str) -> Iterator[_Fault]:
    axis, last = one.config.get("axis", -1), len(one.input_shape)
    if not isinstance(axis, int) or axis in (-1, last) or before == "channels_first":
        return
    if not -last <= axis < last:
        return
    at = one.input_shape[axis - 1 if axis > 0 else axis]
    said = (
        f"{one.name} normalises axis {axis}, of {at} positions, where the features are the "
        f"last axis, of {one.input_shape[-1]}"
    )
    yield one, said, (LastAxis(),)


def _formats(recipe: Recipe) -> dict[str, str]:
    """Where the convolution before a layer left the channels, by the layer's name."""
    edges = followers(recipe.model)
    found: dict[str, str] = {}
    for one in recipe.model.layers:
        is_spatial = one.kind in SPATIAL or "Pooling" in one.kind
        if is_spatial and len(one.output_shape) > 1:
            given = str(one.config.get("data_format") or "")
        else:
            kept = found.get(one.name, "") if one.kind in SAME_AXES else ""
            given = "channels_last" if one.kind in (*RECURRENT, "Embedding") else kept
        for name in edges.get(one.name, ()):
            found.setdefault(name, given)
    return found


def _convolved(recipe: Recipe) -> Iterator[_Fault]:
    """The first layer that works, where it is a convolution, against the shape of the rows."""
    resting = ("InputLayer", "Rescaling", "Normalization", "Reshape")
    first = next((x for x in recipe.model.layers if x.kind not in resting), None)
    if first is None or first.kind not in SPATIAL:
        return
    shape, last = first.input_shape, first.config.get("data_format") != "channels_first"
    kernel = first.config.get("kernel_size")
    wide = max(kernel) > 1 if isinstance(kernel, list | tuple) and kernel else False
    if len(shape) == 2 and last and wide and shape[0] == 1 and (shape[1] or 0) > 1:
        said = f"{first.name} convolves sequences of one step: the axis of {shape[1]} is features"
        yield first, said, ()
    if len(shape) == 3 and None not in shape:
        front, back = (shape[0], shape[1:]) if last else (shape[2], shape[:2])
        square = back[0] == back[1] and (back[0] or 0) > max(COLOURS)
        if front in COLOURS and square:
            told = "channels_last" if last else "channels_first"
            said = f"{first.name} reads rows of shape {shape} as {told}, and {front} are channels"
            yield first, said, ()
