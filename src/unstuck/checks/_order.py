"""Rows and the order they stand in."""

from __future__ import annotations

import numpy as np

from unstuck.checks._task import is_numeric
from unstuck.recipe import Array

NEARLY = 0.99  # of the steps from row to row
SOME = 200  # neighbouring pairs of rows that are looked at


def is_ordered(values: Array) -> bool:
    """Whether a column of these rows, one number each, runs one way from first to last."""
    if not is_numeric(values) or len(values) < 3 or values.size != len(values):
        return False
    steps = np.diff(values.reshape(-1).astype(np.float64))
    moves = steps[steps != 0]
    if not len(moves):
        return False
    return bool(max((moves > 0).mean(), (moves < 0).mean()) >= NEARLY)


def is_window(x: Array) -> bool:
    """Whether neighbouring rows are windows of one series: what they hold is the same, shifted by
    one place."""
    if not is_numeric(x) or x.ndim < 2 or x.shape[1] < 2 or len(x) < 3:
        return False
    firsts = np.linspace(0, len(x) - 2, min(SOME, len(x) - 1)).astype(int)
    same = [np.allclose(x[i, 1:], x[i + 1, :-1]) for i in firsts]
    return bool(np.mean(same) >= 0.9) and bool(np.ptp(x[firsts].astype(np.float64)) > 0)
