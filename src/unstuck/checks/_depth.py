"""Gradients by depth: the norms that layers get when training begins."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import Array, Layer, Recipe
from unstuck.trace import Trace

DEEP = 3  # layers with weights
APART = frozenset({"Embedding", "BatchNormalization", "LayerNormalization", "GroupNormalization"})


def norms_by_depth(recipe: Recipe, trace: Trace | None) -> tuple[list[Layer], Array] | None:
    """Layers in order, and for each the median over seeds of its gradient's norm; None where
    fewer than three are known, or gradients do not run through them in a row."""
    if trace is None or not trace.gradient.size:
        return None
    layers = {x.name: x for x in recipe.model.layers if x.kind not in APART}
    places = [i for i, name in enumerate(trace.layers) if name in layers]
    if len(places) < DEEP or len(recipe.data.targets) != 1:
        return None
    norms = np.median(trace.gradient[:, 0, places], axis=0)
    return [layers[trace.layers[i]] for i in places], norms
