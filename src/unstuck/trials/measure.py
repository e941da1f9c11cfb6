"""The measure: how good predictions are, on one scale for every arm of a recipe.

It compares in the program's own targets (an arm that trains on logarithms is turned back first),
so arms that differ in encoding or loss stay comparable. 1 is perfect; the best constant
prediction gives 0 for ``r2`` and the share of the commonest answer for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.recipe import Array, Recipe, follow_on, row_keys
from unstuck.trials.scores import NEAREST, REGRESSION, constant, known_classes, score
from unstuck.trials.split import Split

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


OF_CLASSES = frozenset({"accuracy", "signs", "argmax", "sparse"})
MOST_CLASSES = 100
HINGES = frozenset({"hinge", "squared_hinge"})


@dataclass(frozen=True)
class Measure:
    """How one recipe is scored; ``names`` holds one kind for each output.

    Kinds: ``r2`` (regression, the mean over the numbers of a row), ``pooled`` (all numbers of a
    row taken together, as those of an image are), ``nearest`` and ``nearest ...`` (more outputs
    than targets, or fewer, under a loss of the user's own: those that come nearest, since
    it may take a mean and a spread, or quantiles, or targets with weights beside them),
    ``accuracy`` (binary, threshold 0.5 or 0 for logits), ``signs`` (binary, -1 and 1, or what a
    hinge loss takes for these), ``apart`` (binary, at whatever threshold and either way round: a
    distance that a loss of the user's own makes small or large for a pair), ``argmax`` (one-hot),
    ``steps`` (one-hot at each time; times without a one are padding), ``sparse`` (class ids),
    ``rows`` (every number of the row right after rounding), ``unread`` (an output that no loss
    reads, which counts for nothing). ``logits`` tells of each output whether it gives logits.
    ``balanced`` scores are the mean over the classes (Brodersen et al. 2010).
    """

    kinds: tuple[str, ...]
    logits: tuple[bool, ...]
    balanced: bool = False

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
        accuracy = "balanced accuracy" if self.balanced else "accuracy"
        return "rows right" if "rows" in self.kinds else accuracy

    def score(self, outputs: tuple[Array, ...], targets: tuple[Array, ...]) -> Array:
        """Scores ``(lanes,)`` of outputs ``(lanes, rows, ...)``; of several outputs, the worst.

        Not-a-number predictions score ``-inf``; where nothing is compared, the score is no number.
        """
        scores = [
            score(kind, np.asarray(p, dtype=np.float64), y, logits, balanced=self.balanced)
            for kind, logits, p, y in zip(self.kinds, self.logits, outputs, targets, strict=True)
            if kind != UNREAD
        ]
        return (
            np.min(scores, axis=0) if scores else np.full(len(outputs[0]) if outputs else 1, np.nan)
        )

    def sample(self, rows: Split) -> int:
        """How many rows judge, where they are a sample, else 0; of balanced scores, as many as
        would tell a share as well."""
        if not self.balanced or not rows.sample:
            return rows.sample
        counts = np.unique(row_keys(rows.judged.targets), return_counts=True)[1]
        return max(1, int(len(counts) ** 2 / (1 / counts).sum()))

    def constant(self, train: tuple[Array, ...], judged: tuple[Array, ...]) -> float:
        """The score of the best constant prediction: learned from ``train``, or the best for the
        rows that judge, among which the commonest of the same classes may be another by chance."""
        pairs = zip(self.kinds, train, judged, strict=True)
        fresh = tuple(known_classes(kind, y, new) for kind, y, new in pairs)
        best = max(self._constantly(train, judged), self._constantly(fresh, judged))
        return round(best, 9) + 0.0  # 0, and not -2e-16

    def _constantly(self, known: tuple[Array, ...], judged: tuple[Array, ...]) -> float:
        constants = [
            constant(kind, y, logits)
            for kind, logits, y in zip(self.kinds, self.logits, known, strict=True)
        ]
        repeated = [
            np.broadcast_to(best, (len(target), *best.shape))[None]
            for best, target in zip(constants, judged, strict=True)
        ]
        return float(self.score(tuple(repeated), judged)[0])


def measure_of(recipe: Recipe) -> Measure:
    """The measure that fits what the program trains."""
    loss, targets = recipe.loss, recipe.data.targets
    logits = tuple(loss.takes_logits(j) for j in range(len(targets)))
    if loss.parts:
        kinds = tuple(_of_part(recipe, j, part) for j, part in enumerate(loss.parts))
        return Measure(kinds, logits)
    kinds = tuple(_kind(loss.name, y) for y in targets)
    if _are_numbers_of_units(recipe):
        kinds = ("sparse",)
    elif _are_rows_of_units(recipe):
        kinds = ("argmax",)
    elif kinds == ("r2",) and (targets[0].ndim > 2 or recipe.data.reconstructs):
        kinds = ("pooled",)
    elif len(kinds) == 1 and kinds[0] in NEAREST and _is_unlike(recipe, 0):
        kinds = (NEAREST[kinds[0]],)
    elif kinds == ("accuracy",) and _is_distance(recipe):
        kinds = ("apart",)
    elif kinds == ("sparse",) and recipe.model.output_layer.output_shape == (1,):
        kinds = (_kind("", targets[0]),)  # one unit names no class
    return Measure(kinds, logits, len(kinds) == 1 and {*kinds} <= OF_CLASSES and _weighs(recipe))


def _weighs(recipe: Recipe) -> bool:
    """Whether the program gives classes weights of their own: it wants the rare ones found."""
    data = recipe.data
    if data.weights is None or data.weights.size != data.rows:
        return False
    classes = np.unique(row_keys(data.targets), return_inverse=True)[1]
    if not 0 < classes.max() < MOST_CLASSES:
        return False
    each = [data.weights.reshape(-1)[classes == k] for k in range(classes.max() + 1)]
    alike = all(np.ptp(weights) <= 1e-6 * np.abs(weights).max() for weights in each)
    return alike and bool(np.ptp([weights[0] for weights in each]) > 0)


def _of_part(recipe: Recipe, number: int, loss: str) -> str:
    """The kind of one output of several, by the loss of its own."""
    if not loss:
        return UNREAD
    target = recipe.data.targets[number]
    kind = _kind(loss, target)
    if kind in NEAREST and loss not in ROW_BY_ROW and _is_unlike(recipe, number):
        return NEAREST[kind]
    return "pooled" if kind == "r2" and target.ndim > 2 else kind


def _is_unlike(recipe: Recipe, number: int) -> bool:
    """Whether a loss of the user's own makes what it will of other numbers of outputs and of
    targets than are compared one by one."""
    outputs, targets = recipe.model.sample_output, recipe.data.targets
    if not recipe.loss.custom or len(outputs) != len(targets):
        return False
    return outputs[number][:1].size != targets[number][:1].size


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
    if loss.startswith("binary") and width == 1 and (kind := _of_labels(target)):
        return kind
    if loss.startswith("sparse_categorical"):
        return "sparse"
    if binary and width > 1 and bool((target.reshape(-1, width).sum(axis=1) == 1).all()):
        return "argmax"
    if loss.startswith("categorical"):
        return _of_rows(target, binary=binary)
    if set(np.unique(target)) == {-1, 1} or (binary and loss in HINGES):
        return "signs"
    return "accuracy" if binary else "r2"


def _of_labels(target: Array) -> str:
    """The kind for labels of two classes that a binary loss takes for other than they are."""
    if np.isin(target, (-1, 1)).all():
        return "accuracy"
    return "rows" if follow_on(target) else ""


def _of_rows(target: Array, *, binary: bool) -> str:
    """The kind for rows under a categorical loss that are not all one-hot."""
    if binary and target.ndim > 2:
        return "steps" if (target.sum(axis=-1) <= 1).all() and target.any() else "rows"
    return "rows" if binary or target[:1].size == 1 else "argmax"
