"""How far gradients are clipped, from the optimizer's settings and the norms that were watched."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import Array, Recipe
from unstuck.trace import Trace

# These take steps of a size that does not depend on the gradient's.
SCALE_FREE = frozenset({"Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion", "Lamb", "Adadelta"})
SCALE_FREE |= {"Adagrad", "Ftrl", "Adafactor", "Muon"}
FAR = 10.0


def excess(recipe: Recipe, trace: Trace) -> Array:
    """By how much gradients exceed what they are clipped to ``(T,)``, as the median over seeds;
    below one nothing is clipped. Empty where nothing is."""
    given, norms = recipe.optimizer.settings, trace.gradient
    if not norms.size or not np.isfinite(norms).all():
        return np.zeros(0)
    found = []
    if limit := _limit(given.get("global_clipnorm")):
        found.append(np.sqrt((norms**2).sum(axis=2)) / limit)
    if limit := _limit(given.get("clipnorm")):  # of each variable: kernel and bias are two
        found.append(norms.max(axis=2) / np.sqrt(2) / limit)
    if limit := _limit(given.get("clipvalue")):
        counts = {layer.name: layer.parameters for layer in recipe.model.layers}
        numbers = np.array([max(1, counts.get(name, 0)) for name in trace.layers])
        found.append((norms / np.sqrt(numbers)).max(axis=2) / limit)
    return np.median(np.max(found, axis=0), axis=0) if found else np.zeros(0)


def slowed(recipe: Recipe, trace: Trace) -> bool:
    """Whether clipping makes most steps far shorter than they would be."""
    over = excess(recipe, trace)
    return bool(len(over)) and float(np.median(over)) > FAR and not is_scale_free(recipe)


def is_scale_free(recipe: Recipe) -> bool:
    """Whether the optimizer takes steps of the same size for small gradients."""
    return recipe.optimizer.name in SCALE_FREE


def _limit(given: object) -> float:
    return float(given) if isinstance(given, int | float) and given > 0 else 0.0
