"""A model's own answers to some rows, which trials of it must reproduce."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import keras
import numpy as np

from unstuck.recipe import Array

SAMPLE_ROWS = 32
STEADY = 1e-4  # relative; single precision in another order of sums differs less


NOISE = ("rate", "stddev")  # settings of layers that add it


def answers(model: Any, rows: Any, weights: Sequence[tuple[Any, Any]] = ()) -> list[Array]:
    """What a model answers in inference mode, with ``weights`` in place of its own for some."""
    mode = {"training": False} if model._call_has_training_arg else {}
    with keras.StatelessScope(state_mapping=list(weights)) if weights else nullcontext():
        return [keras.ops.convert_to_numpy(v) for v in keras.tree.flatten(model(rows, **mode))]


def moved(variables: list[Any]) -> list[tuple[Any, Any]]:
    """Other values for variables of real numbers: up to a tenth larger, and a little more."""
    random = np.random.default_rng(0)
    real = [v for v in variables if keras.backend.is_float_dtype(v.dtype)]
    known = [(v, keras.ops.convert_to_numpy(v)) for v in real]
    return [
        (v, keras.ops.convert_to_tensor(n + (0.1 * n + 0.01) * random.random(n.shape), v.dtype))
        for v, n in known
    ]


def sample(model: Any, inputs: Any) -> tuple[tuple[Array, ...], float]:
    """The model's answers to the first of ``inputs``, none where it answers otherwise each time;
    and by how much it does, relative to the largest, where that is for noise of its layers."""
    few = keras.tree.map_structure(lambda x: x[:SAMPLE_ROWS], inputs)
    try:
        first = answers(model, few)
        unsteady = _unsteady(model, few, first)
    except Exception:  # a model that cannot be called this way is one that is not compared
        return (), 0.0
    if unsteady < STEADY:
        return tuple(first), 0.0
    with _without_noise(model):
        quiet = _unsteady(model, few, answers(model, few)) < STEADY
    return (), unsteady if quiet else 0.0


def _unsteady(model: Any, rows: Any, first: list[Array]) -> float:
    return max(map(_apart, first, answers(model, rows)), default=0.0)


@contextmanager
def _without_noise(model: Any) -> Iterator[None]:
    layers = model._flatten_layers(include_self=False, recursive=True)
    known = [
        (layer, name, vars(layer)[name])
        for layer in layers
        for name in NOISE
        if vars(layer).get(name)
    ]
    try:
        for layer, name, _ in known:
            object.__setattr__(layer, name, 0.0)
        yield
    finally:
        for layer, name, value in known:
            object.__setattr__(layer, name, value)


def _apart(one: Array, other: Array) -> float:
    """The largest difference of two answers over the largest of them; 0 where they are no numbers
    or not finite."""
    if one.dtype.kind not in "fiub" or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0
    apart = np.abs(one.astype(np.float64) - other).max(initial=0.0)
    return float(apart / max(np.abs(one).max(initial=0.0), 1e-6))
