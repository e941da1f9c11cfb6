"""What simple learners make of the rows beyond their scores: with the targets permuted or moved,
with fewer rows, and where they contradict labels.

Ridge regression, nearest neighbours and extremely randomised trees, each asked for rows that it
has not seen: the first two leave one row out, the trees those that a tree was not given.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import numpy as np

from unstuck.experiments import SimpleLearners
from unstuck.recipe import Array, Recipe
from unstuck.trials.across import across
from unstuck.trials.baselines import CLASSES, FEATURES, baselines, table
from unstuck.trials.measure import Measure
from unstuck.trials.renamed import renamed
from unstuck.trials.split import Split, distinct

ROWS = 600
FEWEST = 60
DRAWS = 8
SHIFTS = (-1, 1, -2, 2, -3, 3)  # the likeliest first, since time may run out
SECONDS = 3.0  # after which no further question is begun
RIDGE = 1e-2
NEIGHBOURS = 5
TREES = 30
UNEVEN = 0.8  # the share of a class from which on to answer it always is right nearly always


def simple_learners(recipe: Recipe, measure: Measure, rows: Split) -> SimpleLearners:
    """Their scores, and what else comes of them while there is time."""
    scores = baselines(measure, rows.train, rows.judged)
    found = SimpleLearners(
        scores=scores, renamed=renamed(rows, measure), across=across(recipe, measure, rows)
    )
    x = table(recipe.data.inputs)
    if x is None or len(recipe.data.targets) != 1 or x.shape[1] > FEATURES:
        return found
    y = _targets(recipe.data.targets[0], classes=not measure.is_regression)
    if y is None or len(x) < FEWEST:
        return found
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return _asked(recipe, x, y, found)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return found


def _targets(y: Array, *, classes: bool) -> Array | None:
    """Numbers of unit variance ``(N, outputs)``, or labels as one-hot rows."""
    if not (np.issubdtype(y.dtype, np.number) or y.dtype == bool) or not np.isfinite(y).all():
        return None
    rows = y.reshape(len(y), -1).astype(np.float64)
    if classes:
        kinds, numbers = np.unique(rows, axis=0, return_inverse=True)
        return np.eye(len(kinds))[numbers.ravel()] if 1 < len(kinds) <= CLASSES else None
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / spread if (spread > 0).all() else None


def _asked(recipe: Recipe, x: Array, y: Array, found: SimpleLearners) -> SimpleLearners:
    ends = time.monotonic() + SECONDS
    random = np.random.default_rng(0)
    picked = random.permutation(distinct(recipe.data.inputs))[:ROWS]
    if len(picked) < FEWEST:
        return found
    x, near = _scaled(x), slice(0, ROWS)
    some, wanted = x[picked], y[picked]
    score, answer = _best(some, wanted)
    found = replace(found, rows=len(picked), constant=_constant(wanted), score=score)
    found = replace(found, doubt=_doubt(answer, wanted), moved=_moved(recipe, y, picked))
    permuted = []
    for _ in range(DRAWS):
        if time.monotonic() < ends:
            permuted.append(_best(some, wanted[random.permutation(len(wanted))])[0])
    found = replace(found, permuted=np.array(permuted))
    if not permuted or score > max(permuted):
        return _curve(some, wanted, found) if time.monotonic() < ends else found
    still, shifted = _best(x[near], y[near])[0], []
    for shift in SHIFTS:
        if time.monotonic() < ends:
            moved = _best(x[near], np.roll(y[near], shift, axis=0))[0]
            # Neighbouring rows may be easier, as where they are of one class.
            shifted.append(moved - max(0.0, still - score))
    return replace(found, shifts=SHIFTS[: len(shifted)], shifted=np.array(shifted))


def _moved(recipe: Recipe, y: Array, picked: Array) -> float:
    """The score with axes moved where a reshape mixed rows; not a number where none did."""
    inputs, mixing = recipe.data.inputs, [r for r in recipe.data.reshapes if r.mixes_rows]
    found = next((r for r in mixing if r.made == inputs[0].shape), None)
    x = table((found.undone(inputs[0]), *inputs[1:])) if found else None
    return _best(_scaled(x)[picked], y[picked])[0] if x is not None else float("nan")


def _scaled(x: Array) -> Array:
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _constant(y: Array) -> float:
    return float(y.mean(axis=0).max()) if _is_labels(y) else 0.0


def _is_labels(y: Array) -> bool:
    """Whether rows are one-hot, of classes so even that the share of right ones says much; of
    others, the numbers do."""
    labels = ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()
    return y.shape[1] > 1 and bool(labels) and bool(y.mean(axis=0).max() <= UNEVEN)


def _errors(answer: Array, y: Array) -> Array:
    """Of each row: whether it is wrong, or the square of the error over the variance."""
    if _is_labels(y):
        return (answer.argmax(axis=1) != y.argmax(axis=1)).astype(np.float64)
    spread = np.maximum(y.var(axis=0).mean(), 1e-12)
    return np.asarray(((answer - y) ** 2).mean(axis=1) / spread)


def _best(x: Array, y: Array) -> tuple[float, Array]:
    """The score of the best learner, and what it answers."""
    answers = [_ridge(x, y), _neighbours(x, y), _trees(x, y)]
    scores = [1 - float(_errors(a, y).mean()) for a in answers]
    best = int(np.argmax(scores))
    return scores[best], answers[best]


def _ridge(x: Array, y: Array) -> Array:
    """Leave-one-out answers, from the hat matrix (Golub, Heath & Wahba 1979)."""
    design = np.column_stack([x, np.ones(len(x))])
    square = design.T @ design + RIDGE * len(x) * np.eye(design.shape[1])
    hat = design @ np.linalg.solve(square, design.T)
    own = np.minimum(np.diag(hat), 1 - 1e-6)[:, None]
    return np.asarray((hat @ y - own * y) / (1 - own))


def _neighbours(x: Array, y: Array) -> Array:
    squares = (x**2).sum(axis=1)
    far = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(far, np.inf)
    nearest = np.argpartition(far, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return np.asarray(y[nearest].mean(axis=1))


def _trees(x: Array, y: Array) -> Array:
    """Answers of the trees that were not given a row. One-hot rows are numbers to them, whose
    means are shares."""
    from sklearn.ensemble import ExtraTreesRegressor

    trees = ExtraTreesRegressor(
        TREES, min_samples_leaf=2, bootstrap=True, oob_score=True, random_state=0
    )
    trees.fit(x, y if y.shape[1] > 1 else y.ravel())
    return np.asarray(trees.oob_prediction_).reshape(y.shape)


def _curve(x: Array, y: Array, found: SimpleLearners) -> SimpleLearners:
    """Over a quarter, a half and all of the rows, which stand in no order."""
    sizes = tuple(len(x) // part for part in (4, 2, 1))
    errors = [_errors(_best(x[:n], y[:n])[1], y[:n]) for n in sizes]
    spread = float(np.sqrt(sum(e.var() / len(e) for e in errors[1:])))
    curve = np.array([1 - e.mean() for e in errors])
    return replace(found, sizes=sizes, curve=curve, spread=spread)


def _doubt(answer: Array, y: Array) -> Array:
    """The share of wrong labels in each quarter of the rows, the surest first."""
    if not _is_labels(y):
        return np.zeros(0)
    ordered = np.sort(answer, axis=1)
    surest = np.argsort(ordered[:, -2] - ordered[:, -1], kind="stable")
    wrong = _errors(answer, y)[surest]
    return np.array([part.mean() for part in np.array_split(wrong, 4)])
