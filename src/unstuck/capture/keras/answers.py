"""A model's own answers to some rows, which trials of it must reproduce."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from unstuck.recipe import Array

SAMPLE_ROWS = 32
STEADY = 1e-4  # relative; single precision in another order of sums differs less


def sample(model: Any, inputs: Any) -> tuple[tuple[Array, ...], float]:
    """The model's answers to the first of ``inputs``, none where it answers otherwise each time,
    and by how much it does, relative to the largest."""
    few = keras.tree.map_structure(lambda x: x[:SAMPLE_ROWS], inputs)
    mode = {"training": False} if model._call_has_training_arg else {}
    try:
        told = [keras.tree.flatten(model(few, **mode)) for _ in range(2)]
    except Exception:  # a model that cannot be called this way is one that is not compared
        return (), 0.0
    first, second = (tuple(map(keras.ops.convert_to_numpy, outputs)) for outputs in told)
    unsteady = max(map(_apart, first, second), default=0.0)
    return (first, 0.0) if unsteady < STEADY else ((), unsteady)


def _apart(one: Array, other: Array) -> float:
    """The largest difference of two answers over the largest of them; 0 where they are no numbers
    or not finite."""
    if one.dtype.kind not in "fiub" or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0
    apart = np.abs(one.astype(np.float64) - other).max(initial=0.0)
    return float(apart / max(np.abs(one).max(initial=0.0), 1e-6))
