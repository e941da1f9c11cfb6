"""Whether the program's validation labels are those of its training under other names."""

from __future__ import annotations

import numpy as np

from unstuck.experiments import Renamed
from unstuck.recipe import Array
from unstuck.trials.baselines import CLASSES, FEATURES, neighbours, table
from unstuck.trials.measure import OF_CLASSES, Measure
from unstuck.trials.split import Split

ROWS = 2000
GAIN = 0.3  # of the rows, that names alone put right; chance among few classes gains less
RIGHT = 0.6  # of the rows, with the names put right


def renamed(rows: Split, measure: Measure) -> Renamed | None:
    """What neighbours among the training rows say of the validation rows, as it stands and with
    the classes paired so that most agree (Kuhn 1955); None where the names are not the trouble, or
    the rows that judge are of the training themselves."""
    labels = len(measure.kinds) == 1 and {*measure.kinds} <= OF_CLASSES
    if rows.kept is not None or not rows.is_sample or not labels:
        return None
    x, fresh = table(rows.train.inputs), table(rows.judged.inputs)
    if x is None or fresh is None or x.shape[1] > FEATURES:
        return None
    known, wanted = (_labels(y) for y in (rows.train.targets[0], rows.judged.targets[0]))
    some = np.random.default_rng(0).permutation(len(x))[:ROWS]
    named = np.isin(wanted, known)  # a class that nobody could know is no other name
    if not 1 < len(np.unique(known[some])) <= CLASSES or len(np.unique(wanted[named])) < 2:
        return None
    return _paired(neighbours(x[some], known[some], fresh[named]), wanted[named])


def _labels(y: Array) -> Array:
    """One number for the label of each row."""
    rows = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    return rows.argmax(axis=1).astype(np.float64) if rows.shape[1] > 1 else rows[:, 0]


def _paired(said: Array, wanted: Array) -> Renamed | None:
    from scipy.optimize import linear_sum_assignment

    names, codes = np.unique(np.concatenate([said, wanted]), return_inverse=True)
    ours, theirs = codes[: len(said)], codes[len(said) :]
    agree = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(agree, (ours, theirs), 1)
    pairs = np.stack(linear_sum_assignment(agree, maximize=True), axis=1)
    before, after = np.trace(agree) / len(said), agree[pairs[:, 0], pairs[:, 1]].sum() / len(said)
    if after < RIGHT or after - before < GAIN:
        return None
    told = [(float(names[a]), float(names[b])) for a, b in pairs if a != b and agree[a, b]]
    return Renamed(float(before), float(after), tuple(told))
