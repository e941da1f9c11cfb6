"""The measure: how good predictions are, on one scale for every arm of a recipe.

It compares in the program's own targets (an arm that trains on logarithms is turned back first),
so arms that differ in encoding or loss stay comparable. 1 is perfect; the best constant
prediction gives 0 for ``r2`` and the share of the commonest answer for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unstuck.recipe import Array, Recipe

REGRESSION = frozenset({"r2", "pooled"})
UNREAD = "unread"
# Losses that compare a row of numbers with the row of the output units, one by one.
ROW_BY_ROW = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "huber",
        "log_cosh",
        "binary_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "kl_divergence",
    }
)


@dataclass(frozen=True)
class Measure:
    """How one recipe is scored; ``names`` holds one kind for each output.

    Kinds: ``r2`` (regression, the mean over the numbers of a row), ``pooled`` (all numbers of a
    row taken together, as those of an image are), ``accuracy`` (binary, threshold 0.5 or 0 for
    logits), ``apart`` (binary, at whatever threshold and either way round: a distance that a loss
    of the user's own makes small or large for a pair), ``argmax`` (one-hot), ``steps`` (one-hot at
    each time; times without a one are padding), ``sparse`` (class ids), ``rows`` (every number of
    the row right after rounding), ``unread`` (an output that no loss reads, which counts for
    nothing). ``logits`` tells of each output whether it gives logits.
    """

    kinds: tuple[str, ...]
    logits: tuple[bool, ...]

    @property
    def from_logits(self) -> bool:
        """Whether some output gives logits."""
        return any(self.logits)

    @property
    def is_regression(self) -> bool:
        """Whether some output is compared as numbers."""
        return not REGRESSION.isdisjoint(self.kinds)

    @property
    def name(self) -> str:
        """The name of the metric for people."""
        if self.is_regression:
            return "r2"
        return "rows right" if "rows" in self.kinds else "accuracy"

    def score(self, outputs: tuple[Array, ...], targets: tuple[Array, ...]) -> Array:
        """Scores ``(lanes,)`` of outputs ``(lanes, rows, ...)``; of several outputs, the worst.

        Not-a-number predictions score ``-inf``.
        """
        scores = [
            _one(kind, np.asarray(p, dtype=np.float64), y, logits)
            for kind, logits, p, y in zip(self.kinds, self.logits, outputs, targets, strict=True)
            if kind != UNREAD
        ]
        return np.min(np.stack(scores), axis=0)

    def constant(self, train: tuple[Array, ...], judged: tuple[Array, ...]) -> float:
        """The score of the best constant prediction: learned from ``train``, or the best for the
        rows that judge, among which the commonest of the same classes may be another by chance."""
        pairs = zip(self.kinds, train, judged, strict=True)
        fresh = tuple(_of_known_classes(kind, y, new) for kind, y, new in pairs)
        best = max(self._constantly(train, judged), self._constantly(fresh, judged))
        return round(best, 9) + 0.0  # 0, and not -2e-16

    def _constantly(self, known: tuple[Array, ...], judged: tuple[Array, ...]) -> float:
        constants = [
            _constant(kind, y, logits)
            for kind, logits, y in zip(self.kinds, self.logits, known, strict=True)
        ]
        repeated = [
            np.broadcast_to(constant, (len(target), *constant.shape))[None]
            for constant, target in zip(constants, judged, strict=True)
        ]
        return float(self.score(tuple(repeated), judged)[0])


def _one(kind: str, predictions: Array, target: Array, logits: bool) -> Array:
    lanes, rows = predictions.shape[:2]
    found = predictions.reshape(lanes, rows, -1)
    wanted = np.asarray(target).reshape(rows, -1)
    if found.shape[2] != wanted.shape[1] and kind not in ("sparse", "argmax"):
        return np.full(lanes, -np.inf)
    is_whole = np.isfinite(found).all(axis=(1, 2))
    if kind == "steps":
        found, wanted = _each_step(found, wanted, target.shape[-1])
    return np.where(is_whole, _SCORES[kind](found, wanted, 0.0 if logits else 0.5), -np.inf)


def measure_of(recipe: Recipe) -> Measure:
    """The measure that fits what the program trains."""
    loss, targets = recipe.loss, recipe.data.targets
    logits = tuple(loss.takes_logits(j) for j in range(len(targets)))
    if loss.parts:
        pairs = zip(loss.parts, targets, strict=True)
        return Measure(tuple(_kind(part, y) if part else UNREAD for part, y in pairs), logits)
    kinds = tuple(_kind(loss.name, y) for y in targets)
    if _are_numbers_of_units(recipe):
        kinds = ("sparse",)
    elif _are_rows_of_units(recipe):
        kinds = ("argmax",)
    elif kinds == ("r2",) and (targets[0].ndim > 2 or recipe.data.reconstructs):
        kinds = ("pooled",)
    elif kinds == ("accuracy",) and _is_distance(recipe):
        kinds = ("apart",)
    elif kinds == ("sparse",) and recipe.model.output_layer.output_shape == (1,):
        kinds = (_kind("", targets[0]),)  # one unit names no class
    return Measure(kinds, logits)


def _is_distance(recipe: Recipe) -> bool:
    """Whether the output is computed from others without weights, for a loss of the user's own:
    it is no probability, and which way it points is known to that loss alone."""
    return recipe.loss.custom and recipe.model.output_layer.kind in ("Lambda", "Dot", "Subtract")


def _are_rows_of_units(recipe: Recipe) -> bool:
    """Whether each target is a one-hot row over the output units where the loss takes numbers."""
    shape, targets = recipe.model.output_layer.output_shape, recipe.data.targets
    if not recipe.loss.name.startswith("sparse_categorical") or len(targets) != 1:
        return False
    return targets[0].shape[1:] == shape and _kind("", targets[0]) == "argmax"


def _are_numbers_of_units(recipe: Recipe) -> bool:
    """Whether each target is the number of one of several output units, whatever the loss makes of
    it: compared as values they would not even be as many."""
    last, targets = recipe.model.output_layer, recipe.data.targets
    shape = last.output_shape
    of_classes = last.activation in ("softmax", "sigmoid") or recipe.loss.from_logits
    if not of_classes or len(targets) != 1:
        return False
    if len(shape) != 1 or (shape[0] or 0) < 2 or targets[0][:1].size != 1:
        return False
    numbers = np.asarray(targets[0])
    if numbers.dtype.kind not in "biuf" or np.any(np.mod(numbers, 1) != 0):
        return False
    return recipe.loss.name in ROW_BY_ROW and numbers.min() >= 0 and bool(numbers.max() < shape[0])


def _kind(loss: str, target: Array) -> str:
    width = int(np.prod(target.shape[1:], dtype=int))
    binary = bool(np.isin(target, (0, 1)).all())
    if loss.startswith("binary") and width == 1 and np.isin(target, (-1, 1)).all():
        return "accuracy"
    if loss.startswith("sparse_categorical"):
        return "sparse"
    if binary and width > 1 and bool((target.reshape(-1, width).sum(axis=1) == 1).all()):
        return "argmax"
    if loss.startswith("categorical") and binary and target.ndim > 2:
        return "steps" if (target.sum(axis=-1) <= 1).all() and target.any() else "rows"
    if loss.startswith("categorical"):
        return "rows" if binary or width == 1 else "argmax"
    return "accuracy" if binary else "r2"


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


def _sparse(found: Array, wanted: Array, _: float) -> Array:
    places = wanted.shape[1]
    lanes, rows = found.shape[:2]
    if found.shape[2] == places:  # classes already, by an arm that reads the likeliest
        return (np.round(found) == wanted).mean(axis=(1, 2))
    classes = found.reshape(lanes, rows, places, -1).argmax(axis=3)
    return (classes == wanted).mean(axis=(1, 2))


def _accuracy(found: Array, wanted: Array, threshold: float) -> Array:
    return ((found > threshold) == (wanted > 0.5)).mean(axis=(1, 2))


def _rows(found: Array, wanted: Array, _: float) -> Array:
    return (np.round(found) == np.round(wanted)).all(axis=2).mean(axis=1)


_SCORES: dict[str, Callable[[Array, Array, float], Array]] = {
    "r2": _r2,
    "pooled": _pooled,
    "argmax": _argmax,
    "apart": _apart,
    "steps": _argmax,
    "sparse": _sparse,
    "accuracy": _accuracy,
    "rows": _rows,
}


def _of_known_classes(kind: str, train: Array, judged: Array) -> Array:
    """The targets that judge, without classes that no training row has, if others are left."""
    if kind in REGRESSION:
        return judged
    known = {np.asarray(row).tobytes() for row in train}
    seen = np.array([np.asarray(row).tobytes() in known for row in judged], dtype=bool)
    return judged[seen] if seen.any() else train


def _constant(kind: str, targets: Array, from_logits: bool) -> Array:
    rows = np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
    if kind in REGRESSION:
        return rows.mean(axis=0)
    if kind in ("accuracy", "apart"):
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
