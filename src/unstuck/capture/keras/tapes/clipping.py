"""Clipping that a program does by itself, between its gradients and its optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from unstuck.recipe import Array

CLOSE = 1e-3  # relative; gradients are in single precision, and bounds are read from them


Settings = dict[str, float]


def clipping(found: dict[int, Any], grads: Any, variables: Any, known: Settings) -> Settings | None:
    """The settings of an optimizer of Keras that make ``grads`` of the gradients ``found`` (by the
    variable's id): those ``known`` from updates before, or, where there are none, those that these
    show; empty where both are the same. None where no setting does."""
    if not known and all(g is found.get(id(v)) for g, v in zip(grads, variables, strict=True)):
        return {}
    raw = [_plain(found.get(id(v))) for v in variables]
    given = [_plain(g) for g in grads]
    if any(a.shape != b.shape for a, b in zip(raw, given, strict=True)):
        return None
    for settings in [known] if known else [{}, *_shown(given)]:
        if _same(_clipped(raw, settings), given):
            return settings
    return None


def _shown(given: Sequence[Array]) -> Iterator[Settings]:
    """What a bound would be, if these were cut off by one."""
    yield {"global_clipnorm": _read(_norm(given))}  # as ``tf.clip_by_global_norm``
    yield {"clipnorm": _read(max(_norm([v]) for v in given))}  # ``tf.clip_by_norm``
    yield {"clipvalue": _read(max(float(np.abs(v).max(initial=0.0)) for v in given))}


def _clipped(raw: Sequence[Array], settings: Settings) -> list[Array]:
    """As an optimizer with these settings does it."""
    for name, bound in settings.items():
        if name == "global_clipnorm":
            return [v * min(1.0, bound / max(_norm(raw), 1e-30)) for v in raw]
        if name == "clipnorm":
            return [v * min(1.0, bound / max(_norm([v]), 1e-30)) for v in raw]
        return [np.clip(v, -bound, bound) for v in raw]
    return list(raw)


def _norm(values: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float((v**2).sum()) for v in values)))


def _same(some: Sequence[Array], others: Sequence[Array]) -> bool:
    size = max(float(np.abs(v).max(initial=0.0)) for v in others)
    pairs = zip(some, others, strict=True)
    return all(np.allclose(a, b, rtol=CLOSE, atol=CLOSE * size) for a, b in pairs)


def _read(value: float) -> float:
    """The number as it was written, of what single precision made of it."""
    return float(f"{value:.4g}")


def _plain(value: Any) -> Array:
    return np.zeros(0) if value is None else np.asarray(keras.ops.convert_to_numpy(value))
