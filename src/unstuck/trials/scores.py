"""How right outputs are, for each kind of measure, and the best constant output of each.

Outputs are ``(lanes, rows, width)``, targets ``(rows, width)``, scores ``(lanes,)``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from unstuck.recipe import Array, stand_in

FEW_NUMBERS = 64  # of a row, of which those that belong together may begin at any
Score = Callable[[Array, Array, float], Array]
REGRESSION = frozenset({"r2", "pooled", "nearest"})
# Of other numbers of outputs than of targets, those that come nearest to each other.
NEAREST = {"r2": "nearest", "accuracy": "nearest apart", "argmax": "nearest argmax"}


def score(
    kind: str, predictions: Array, target: Array, logits: bool, *, balanced: bool = False
) -> Array:
    lanes, rows = predictions.shape[:2]
    found = predictions.reshape(lanes, rows, -1)
    wanted = np.asarray(target).reshape(rows, -1)
    told_apart = kind in ("sparse", "argmax") or kind in NEAREST.values()
    if found.shape[2] != wanted.shape[1] and not told_apart:
        return np.full(lanes, -np.inf)
    is_whole = np.isfinite(found).all(axis=(1, 2))
    if kind == "steps":
        found, wanted = _each_step(found, wanted, target.shape[-1])
    of_kind = _SCORES[kind] if not balanced else partial(_balanced, _SCORES[kind])
    return np.where(is_whole, of_kind(found, wanted, 0.0 if logits else 0.5), -np.inf)


def _balanced(score: Score, found: Array, wanted: Array, threshold: float) -> Array:
    """The mean of the scores on the rows of each class."""
    classes = np.unique(wanted, axis=0, return_inverse=True)[1].ravel()
    each = [classes == number for number in range(classes.max() + 1)]
    return np.mean([score(found[:, of], wanted[of], threshold) for of in each], axis=0)


def _r2(found: Array, wanted: Array, _: float) -> Array:
    residual = ((found - wanted) ** 2).mean(axis=1)
    spread = wanted.var(axis=0)
    judged = spread > 0
    if not judged.any():
        return np.where((residual < 1e-12).all(axis=1), 1.0, 0.0)
    return (1 - residual[:, judged] / spread[judged]).mean(axis=1)


def _pooled(found: Array, wanted: Array, _: float) -> Array:
    residual, spread = ((found - wanted) ** 2).mean(axis=(1, 2)), wanted.var(axis=0).mean()
    return np.where(residual < 1e-12, 1.0, 0.0) if spread == 0 else 1 - residual / spread


def _nearest(score: Score, found: Array, wanted: Array, threshold: float) -> Array:
    outputs, targets = found.shape[2], wanted.shape[1]
    width, most = sorted((outputs, targets))
    places = range(0, most - width + 1, 1 if most <= FEW_NUMBERS else width)
    at = [(i, 0) if outputs > targets else (0, i) for i in places]
    pairs = [(found[:, :, i : i + width], wanted[:, j : j + width]) for i, j in at]
    return np.max([score(out, target, threshold) for out, target in pairs], axis=0)


def _argmax(found: Array, wanted: Array, _: float) -> Array:
    return (found.argmax(axis=2) == wanted.argmax(axis=1)).mean(axis=1)


def _each_step(found: Array, wanted: Array, classes: int) -> tuple[Array, Array]:
    """Outputs ``(lanes, rows * times, classes)`` and targets of all times that are no padding."""
    steps = wanted.reshape(-1, classes)
    kept = steps.any(axis=1)
    return found.reshape(len(found), -1, classes)[:, kept], steps[kept]


def _apart(found: Array, wanted: Array, _: float) -> Array:
    order = np.argsort(found[:, :, 0], axis=1)
    ones = np.take_along_axis(np.broadcast_to(wanted.T > 0.5, order.shape), order, axis=1)
    rows, total = ones.shape[1], ones.sum(axis=1, keepdims=True)
    right = np.cumsum(~ones, axis=1) + total - np.cumsum(ones, axis=1)  # if 1 is what lies above
    right = np.concatenate([total, right], axis=1)
    between = np.diff(np.take_along_axis(found[:, :, 0], order, axis=1), axis=1) > 0
    between = np.pad(between, ((0, 0), (1, 1)), constant_values=True)
    return np.where(between, np.maximum(right, rows - right), 0).max(axis=1) / rows


def _each_apart(found: Array, wanted: Array, _: float) -> Array:
    columns = range(wanted.shape[1])
    return np.mean([_apart(found[:, :, [k]], wanted[:, [k]], _) for k in columns], axis=0)


def _sparse(found: Array, wanted: Array, _: float) -> Array:
    places = wanted.shape[1]
    lanes, rows = found.shape[:2]
    if found.shape[2] == places:  # classes already, by an arm that reads the likeliest
        return (np.round(found) == wanted).mean(axis=(1, 2))
    classes = found.reshape(lanes, rows, places, -1).argmax(axis=3)
    return (classes == wanted).mean(axis=(1, 2))


def _accuracy(found: Array, wanted: Array, threshold: float) -> Array:
    return ((found > threshold) == (wanted > 0.5)).mean(axis=(1, 2))


def _signs(found: Array, wanted: Array, _: float) -> Array:
    return ((found > 0) == (wanted > 0)).mean(axis=(1, 2))


def _rows(found: Array, wanted: Array, _: float) -> Array:
    return (np.round(found) == np.round(wanted)).all(axis=2).mean(axis=1)


_SCORES: dict[str, Score] = {
    "r2": _r2,
    "pooled": _pooled,
    "nearest": partial(_nearest, _r2),
    "nearest apart": partial(_nearest, _each_apart),
    "nearest argmax": partial(_nearest, _argmax),
    "argmax": _argmax,
    "apart": _apart,
    "steps": _argmax,
    "sparse": _sparse,
    "accuracy": _accuracy,
    "signs": _signs,
    "rows": _rows,
}


def known_classes(kind: str, train: Array, judged: Array) -> Array:
    """The targets that judge, without classes that no training row has, if others are left."""
    if kind in REGRESSION:
        return judged
    seen = stand_in((_rows_of(train),), (_rows_of(judged),))
    return judged[seen] if seen.any() else train


def constant(kind: str, targets: Array, from_logits: bool) -> Array:
    rows = _rows_of(targets)
    if kind in REGRESSION:
        return rows.mean(axis=0)
    if kind == "signs":
        return np.where((rows > 0).mean(axis=0) > 0.5, 1.0, -1.0)
    if kind in ("accuracy", "apart", "nearest apart"):
        return np.where(rows.mean(axis=0) > 0.5, 1.0, -1.0 if from_logits else 0.0)
    if kind == "steps":
        classes = targets.shape[-1]
        commonest = rows.reshape(-1, classes).sum(axis=0).argmax()
        return np.tile(np.eye(classes)[commonest], rows.shape[1] // classes)
    values, counts = np.unique(rows, axis=0, return_counts=True)
    commonest = values[counts.argmax()]
    if kind == "sparse":
        return np.eye(int(rows.max()) + 1)[commonest.astype(int)].ravel()
    return commonest


def _rows_of(targets: Array) -> Array:
    return np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
