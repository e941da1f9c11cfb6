"""double-scaled-inputs: scaled in the data, and again in the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression, uniform
from unstuck.checks._task import flat, is_finite, is_numeric
from unstuck.finding import Finding
from unstuck.recipe import Array, Layer, Model, Recipe
from unstuck.remedies import AdaptNormalization, DropRescaling
from unstuck.trace import Trace

# Initializers want inputs of unit scale (Glorot & Bengio 2010). Rows whose features spread by a
# tenth up to ten have it; a layer that leaves a tenth of that, and less than a tenth, takes it.
TENTH = 0.1
ROWS = 500
CHOOSING = frozenset(
    {
        "InputLayer",
        "Flatten",
        "Reshape",
        "Permute",
        "Identity",
        "Dropout",
        "Resizing",
        "CenterCrop",
        "ZeroPadding2D",
        "RandomFlip",
        "RandomRotation",
        "RandomZoom",
        "RandomTranslation",
        "RandomCrop",
    }
)


def _images(top: float, scale: float, offset: float = 0.0) -> Recipe:
    layers = [
        layer("Rescaling", (8, 8, 1), scale=scale, offset=offset),
        layer("Conv2D", (6, 6, 4), filters=4, activation="relu"),
        layer("Flatten", (144,)),
        dense(3, "softmax"),
    ]
    x, y = uniform(0, top, 100, 8, 8, 1), integers(0, 3, 100)
    return recipe(x, y, layers, "sparse_categorical_crossentropy")


def _normalised(x: Array, mean: Array, variance: Array) -> Recipe:
    own = Layer("normalization", "Normalization", {}, (3,), (3,), 7)
    made = recipe(x, normal(len(x)), [dense(16, "relu"), dense(1)])
    weights = (mean, variance, np.array(0))
    return replace(made, model=Model(made.model.kind, {}, (own, *made.model.layers), weights))


REMEDIES = {"Rescaling": DropRescaling, "Normalization": AdaptNormalization}


class DoubleScaledInputs(Check):
    name = "double-scaled-inputs"
    summary = "Inputs that are scaled already, and scaled once more inside the model."
    why = (
        "What a first scaling brought to unit scale, a second shrinks to almost nothing (1/255 of "
        "it, say) around one value. All rows look alike to the first layer that learns."
    )
    instead = (
        "Scale once: raw numbers into a model that scales, or a model without the Rescaling. "
        "Adapt a Normalization layer to the very numbers that fit is given, and feature by "
        "feature: axis=None scales all of them as the largest asks."
    )
    false_alarms = (
        "Batch or layer normalisation right after it puts the scale right, and is not reported, "
        "nor is a Normalization adapted to scaled rows, which changes nothing."
    )
    sources = (
        "kentsommer/keras-inceptionV4#5",
        "tensorflow/tensorflow#35336",
        "Glorot & Bengio 2010",
    )
    firing = (
        Case("0 to 1, divided by 255", lambda: _images(1, 1 / 255)),
        Case("0 to 1, as if to -1 to 1", lambda: _images(1, 1 / 127.5, -1.0)),
        Case(
            "standardised, under statistics of raw numbers",
            lambda: _normalised(normal(300, 3), np.full(3, 120.0), np.full(3, 5300.0)),
        ),
    )
    silent = (
        Case("pixels, divided by 255", lambda: _images(255, 1 / 255)),
        Case("0 to 1, brought to -1 to 1", lambda: _images(1, 2.0, -1.0)),
        Case(
            "standardised twice, which changes nothing",
            lambda: _normalised(normal(300, 3), np.zeros(3), np.ones(3)),
        ),
        Case(
            "raw numbers under their own statistics",
            lambda: _normalised(normal(300, 3) * 73 + 120, np.full(3, 120.0), np.full(3, 5300.0)),
        ),
        Case("no scaling", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        inputs = recipe.data.inputs
        if len(inputs) != 1 or not is_numeric(inputs[0]) or not inputs[0].size:
            return
        if inputs[0].dtype.kind == "u" or not is_finite(recipe):
            return
        rows = np.linspace(0, len(inputs[0]) - 1, min(ROWS, len(inputs[0]))).astype(int)
        values = flat(inputs[0][rows])
        before = after = _spread(values)
        guilty: Layer | None = None
        for one in recipe.model.layers:
            found = _scaled(recipe, one, values)
            if found is None:
                if one.kind in ("BatchNormalization", "LayerNormalization", "GroupNormalization"):
                    return
                break
            values, last = found, after
            after = _spread(values)
            if after < TENTH * last and guilty is None:
                guilty = one
        if guilty is None or not TENTH <= before <= 1 / TENTH or after >= TENTH * min(before, 1):
            return
        yield self.found(
            f"the inputs spread by {before:.3g} as fit is given them, and {guilty.name} scales "
            f"them once more, to {after:.2g}",
            {"given": before, "left": after},
            guilty.place or recipe.fit.place,
            (REMEDIES[guilty.kind](guilty.name),),
            layer=guilty,
        )


def _spread(values: Array) -> float:
    """The standard deviation of a middling feature, of those that vary."""
    spreads = values.std(axis=0)
    varied = spreads[np.ptp(values, axis=0) > 0]
    return float(np.median(varied)) if len(varied) else 0.0


def _scaled(recipe: Recipe, layer: Layer, values: Array) -> Array | None:
    """What a layer makes of the features ``(N, F)``; None where it does more than scale them."""
    if layer.kind in CHOOSING:
        return values
    if layer.kind == "Rescaling":
        scale, offset = (_number(layer.config.get(k), d) for k, d in (("scale", 1), ("offset", 0)))
        return None if scale is None or offset is None else values * scale + offset
    if layer.kind != "Normalization":
        return None
    mean, variance = _statistics(recipe, layer, values.shape[1])
    if mean is None or variance is None:
        return None
    return (values - mean) / np.sqrt(np.maximum(variance, recipe.framework.epsilon**2))


def _number(given: Any, default: float) -> Array | None:
    if given is None:
        return np.asarray(float(default))
    found = np.asarray(given) if isinstance(given, int | float | list | tuple) else None
    return found if found is not None and found.ndim == 0 and is_numeric(found) else None


def _statistics(recipe: Recipe, layer: Layer, width: int) -> tuple[Array | None, Array | None]:
    """Mean and variance of a Normalization: as given, or the first weights of the model, where no
    layer before it has any."""
    given = [layer.config.get("mean"), layer.config.get("variance")]
    if any(one is None for one in given):
        first = next((x for x in recipe.model.layers if x.parameters), None)
        given = list(recipe.model.weights[:2]) if first is layer else [None, None]
    arrays = [None if one is None else np.asarray(one, dtype=np.float64) for one in given]
    if len(arrays) < 2 or any(a is None or a.size not in (1, width) for a in arrays):
        return None, None
    return arrays[0].reshape(-1), arrays[1].reshape(-1)  # type: ignore[union-attr]
