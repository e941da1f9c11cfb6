"""Whether a target is a function of a number within a period, tested on numbers held out.

Rows are ``(N, width)``: bits, or one whole number each. Classes are ids ``(N,)`` from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unstuck.recipe import Array

PERIODS = range(2, 101)
EACH = 5  # known numbers for each residue, at least
RIGHT = 0.98  # of the numbers not used to read the table
CHANCE = 1e-6  # of a table as good as that among all periods tried, were it no better than usual
NEAREST = 500  # numbers whose nearest neighbour is looked up


@dataclass(frozen=True)
class Rule:
    """The target is a function of ``row @ places`` within ``period``."""

    period: int
    places: tuple[float, ...]
    right: float
    usual: float


def distinct(rows: Array, classes: Array) -> tuple[Array, Array]:
    """Each number once and in random order, so that a half of them is known and a half is not."""
    _, first = np.unique(rows, axis=0, return_index=True)
    order = np.random.default_rng(0).permutation(first)
    return rows[order], classes[order]


def rules(rows: Array, classes: Array) -> Iterator[Rule]:
    """Periods that give the target, the smallest first. The table of a period is read from one
    half of the numbers and tested on the other, where it must leave at most a tenth of the errors
    of the commonest answer, and be beyond what chance does over all periods tried."""
    half, width = len(rows) // 2, rows.shape[1]
    if half < EACH * PERIODS.start:
        return
    usual = float((classes[half:] == np.bincount(classes[:half]).argmax()).mean())
    orders = [2.0 ** np.arange(width)] + ([2.0 ** np.arange(width)[::-1]] if width > 1 else [])
    for period in PERIODS[: half // EACH - 1]:
        if width > 1 and period & (period - 1) == 0:
            continue  # a power of two is the lowest bits themselves
        for places in orders:
            right = _table_right(np.mod(rows @ places, period).astype(np.int64), classes, half)
            better = right >= RIGHT and 1 - right <= 0.1 * (1 - usual)
            tries = len(PERIODS) * len(orders)
            if better and tries * _by_chance(right, usual, len(rows) - half) < CHANCE:
                yield Rule(period, tuple(float(p) for p in places), right, usual)


def _table_right(residues: Array, classes: Array, half: int) -> float:
    """How often the commonest class of a residue, among the first half, is right on the second."""
    count = classes.max() + 1
    pairs = np.bincount(
        residues[:half] * count + classes[:half], minlength=(residues.max() + 1) * count
    )
    table = pairs.reshape(-1, count).argmax(axis=1)
    return float((table[residues[half:]] == classes[half:]).mean())


def _by_chance(right: float, usual: float, count: int) -> float:
    """A bound on the chance of ``right`` of ``count`` where each is right with probability
    ``usual``: exp(-count * KL(right, usual)), Chernoff 1952."""
    if right <= usual:
        return 1.0
    p, q = min(right, 1 - 1e-12), min(max(usual, 1e-12), 1 - 1e-12)
    return float(np.exp(-count * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))))


def linear(rows: Array, classes: Array) -> float:
    """How often a linear reading of the raw rows is right, on rows held out."""
    half = len(rows) // 2
    design = np.column_stack([rows / max(rows.max(), 1), np.ones(len(rows))])
    wanted = np.eye(classes.max() + 1)[classes]
    weights = np.linalg.lstsq(design[:half], wanted[:half], rcond=None)[0]
    return float(((design[half:] @ weights).argmax(axis=1) == classes[half:]).mean())


def nearest(rows: Array, classes: Array) -> float:
    """How often the nearest of the known rows has the class of a row held out."""
    half = len(rows) // 2
    known, asked = rows[:half], rows[half : half + NEAREST]
    distances = (known**2).sum(axis=1) - 2 * asked @ known.T  # less the asked row's own square
    return float(
        (classes[:half][distances.argmin(axis=1)] == classes[half : half + NEAREST]).mean()
    )
