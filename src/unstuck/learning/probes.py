"""Cheap looks at samples: what kind of function they may be of.

Each fits on one half of the rows and is judged on the other, so that what fits by chance does not
count. A probe takes milliseconds; training decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from unstuck.recipe import Array

ROWS = 4000
PERIOD_ROWS = 20_000
EXACT = 1e-6  # of the spread, for a fit that leaves nothing
DEGREES = (2, 3, 4)
TERMS = 300
PERIODS = 1000
PURE = 0.98  # of the rows of a remainder with the same answer
SEEN = 8  # rows a remainder, for its purity to say something


@dataclass(frozen=True)
class Facts:
    """What the probes say of samples.

    ``linear`` and ``power`` are the errors left by a line and by a product of powers, as shares of
    the spread (1: no better than the mean). ``degree`` is that of a polynomial that leaves none,
    of ``terms`` products, an input in them ``copies`` times at the most. ``period`` is of a whole
    number that decides the answer by its remainder, ``parity`` whether some of its bits do by
    theirs. ``classes`` is the number of answers where these are few, 0 else; ``table`` whether
    the rows are few enough to be learned by heart.
    """

    linear: float
    power: float
    degree: int | None
    terms: int
    copies: int
    period: int | None
    parity: bool
    classes: int
    table: bool


def probe(x: Array, y: Array) -> Facts:
    """The facts of rows ``(n, inputs)`` with answers ``(n,)``."""
    some = np.random.default_rng(0).permutation(len(x))[:ROWS]
    rows, answers = x[some].astype(np.float64), y[some].astype(np.float64)
    values = np.unique(answers)
    classes = len(values) if len(values) <= max(2, len(answers) // 20) else 0
    number = rows.shape[1] == 1 and _whole(rows) and rows.min() >= 0
    degree, terms, copies = _degree(rows, answers)
    return Facts(
        linear=_left(rows, answers),
        power=_power(rows, answers),
        degree=degree,
        terms=terms,
        copies=copies,
        period=_period(x[:PERIOD_ROWS, 0], y[:PERIOD_ROWS]) if number and classes else None,
        parity=_parity(rows[:, 0], answers) if number and classes == 2 else False,
        classes=classes if _whole(answers) else 0,
        table=len(np.unique(x, axis=0)) <= 16,
    )


def _whole(values: Array) -> bool:
    return bool(np.array_equal(values, np.round(values)))


def _left(features: Array, answers: Array) -> float:
    """The error that a linear fit leaves on rows of its own, as a share of the spread."""
    return _fitted(features, answers)[0]


def _fitted(features: Array, answers: Array) -> tuple[float, Array]:
    """The error that is left, and the weight of each feature beside the largest."""
    half = len(features) // 2
    known, fresh = slice(0, half or None), slice(half, None)
    scaled = features / np.maximum(np.abs(features).max(axis=0), 1e-12)
    table = np.column_stack([scaled, np.ones(len(features))])
    weights = np.linalg.lstsq(table[known], answers[known], rcond=None)[0]
    residual = answers[fresh] - table[fresh] @ weights
    left = float(min(1.0, residual.std() / max(answers[fresh].std(), 1e-12)))
    sizes = np.abs(weights[:-1])
    return left, sizes / max(float(sizes.max()), 1e-300)


def _power(rows: Array, answers: Array) -> float:
    """As ``_left``, between logarithms: nothing is left of a product of powers."""
    usable = (rows > 0).all(axis=1) & (answers > 0)
    if usable.mean() < 0.5:
        return 1.0
    return _left(np.log(rows[usable]), np.log(answers[usable]))


def _degree(rows: Array, answers: Array) -> tuple[int | None, int, int]:
    """The least degree of a polynomial that leaves nothing, how many products it sums, and how
    often an input stands in one of them at the most."""
    scaled = rows / np.maximum(np.abs(rows).max(axis=0), 1e-12)
    for degree in DEGREES:
        terms = [
            which
            for size in range(1, degree + 1)
            for which in combinations_with_replacement(range(rows.shape[1]), size)
        ]
        if len(terms) > min(TERMS, len(rows) // 4):
            break
        features = [np.prod(scaled[:, list(which)], axis=1) for which in terms]
        left, weights = _fitted(np.stack(features, axis=1), answers)
        if left < EXACT:
            used = [t for t, w in zip(terms, weights, strict=True) if len(t) > 1 and w > EXACT]
            return degree, len(used), max((t.count(i) for t in used for i in t), default=1)
    return None, 0, 1


def _period(numbers: Array, answers: Array) -> int | None:
    """The least period whose remainders decide the answer."""
    whole, told = numbers.astype(np.int64), np.unique(answers, return_inverse=True)[1]
    for period in range(2, min(PERIODS, len(whole) // SEEN) + 1):
        if _purity(whole % period, told, period) >= PURE:
            return period
    return None


def _purity(remainders: Array, told: Array, period: int) -> float:
    """The share of rows with the commonest answer of their remainder, as known from one half
    and counted in the other."""
    half, kinds = len(told) // 2, int(told.max()) + 1
    counts = np.zeros((period, kinds))
    np.add.at(counts, (remainders[:half], told[:half]), 1)
    commonest = counts.argmax(axis=1)
    return float((commonest[remainders[half:]] == told[half:]).mean())


def _parity(numbers: Array, answers: Array) -> bool:
    """Whether the answer is the parity of some of the bits, or its opposite: a linear system
    over the field of two elements, solved on one half of the rows and tried on the other."""
    bits = max(1, int(numbers.max()).bit_length())
    table = (numbers.astype(np.int64)[:, None] >> np.arange(bits)) & 1
    told = (answers == answers.max()).astype(np.int64)
    rows = np.column_stack([table, np.ones(len(table), dtype=np.int64), told])
    half = len(rows) // 2
    solution = _solved(rows[:half])
    if solution is None:
        return False
    return bool(np.array_equal(rows[half:, :-1] @ solution % 2, rows[half:, -1]))


def _solved(rows: Array) -> Array | None:
    """A solution of a linear system over two elements, the answers in the last column; None where
    there is none."""
    rows, place, pivots = rows.copy(), 0, []
    for column in range(rows.shape[1] - 1):
        found = np.flatnonzero(rows[place:, column])
        if not len(found):
            continue
        rows[[place, place + found[0]]] = rows[[place + found[0], place]]
        others = np.flatnonzero(rows[:, column])
        others = others[others != place]
        rows[others] ^= rows[place]
        pivots.append(column)
        place += 1
        if place == len(rows):
            break
    if rows[place:, -1].any():
        return None
    solution = np.zeros(rows.shape[1] - 1, dtype=rows.dtype)
    solution[pivots] = rows[: len(pivots), -1]
    return solution
