"""Rows as keys: which are equal, and which stand elsewhere too."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from unstuck.recipe.data import Array


def row_keys(arrays: Sequence[Array]) -> Array:
    """One number for each row of arrays ``(N, ...)``, as ``(N,)``: rows that are equal in all of
    them have equal ones, and others differ but once in 2^64."""
    random = np.random.default_rng(0)
    keys = np.zeros(len(arrays[0]), dtype=np.uint64)
    for x in arrays:
        for word in _words(x).T:
            keys = (keys ^ word) * (random.integers(2**64, dtype=np.uint64) | np.uint64(1))
            keys ^= keys >> np.uint64(29)
    return keys


def stand_in(known: Sequence[Array], rows: Sequence[Array]) -> Array:
    """Which rows ``(N,)`` of some arrays stand among the known ones, of arrays of the same types,
    too."""
    return np.isin(row_keys(rows), row_keys(known))


def _words(values: Array) -> Array:
    """The bytes of each row as whole words ``(rows, words)``."""
    if values.dtype.hasobject:
        values = values.astype(str)
    flat = np.ascontiguousarray(values.reshape(len(values), prod(values.shape[1:])))
    flat = flat.view(np.uint8)
    return np.pad(flat, ((0, 0), (0, -flat.shape[1] % 8))).view(np.uint64)
