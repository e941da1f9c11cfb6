"""How a program's own loop goes through its rows, told from the batches that it trains on.

A loop hands over batch after batch and says nothing else. If the same rows come again and again
in passes, those rows are the data, and whether each pass has an order of its own tells whether
they are shuffled. If rows come again without passes, the program draws from them at random. If
none comes again, the batches themselves are the data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from unstuck.recipe import Array

REPEATED = 1.05  # rows seen for each that is distinct; above, they are drawn from a fixed set
BATCHES_OF = 2  # and that set must hold a few batches


class Course(StrEnum):
    """What the batches of a loop are."""

    FIXED = "passes in one order"
    MIXED = "passes, the rows in another order each"
    MOVED = "passes, whole batches in another order each"
    DRAWN = "drawn at random from a set of rows"
    FRESH = "new rows in every batch"


@dataclass(frozen=True)
class Seen:
    """One batch: the keys of its rows in their order (equal rows have equal keys), and the places
    at which the rows are kept; empty where there was no room."""

    keys: Array
    rows: Array

    @property
    def sum(self) -> int:
        """A key of its rows whatever their order."""
        return int(self.keys.sum(dtype=np.uint64))


@dataclass(frozen=True)
class Passes:
    """A loop as passes: places of the rows of one, ``size`` rows to a batch, ``per_epoch`` batches
    to a pass. ``whole`` is false where not all rows of a pass were kept, ``regular`` where batches
    differ in size."""

    course: Course
    rows: Array
    size: int
    per_epoch: int
    epochs: int
    whole: bool = True
    regular: bool = True

    @property
    def shuffled(self) -> bool:
        return self.course in (Course.MIXED, Course.MOVED, Course.DRAWN)

    @property
    def in_batches(self) -> bool:
        """Whether the batches stay whole."""
        return self.course in (Course.MOVED, Course.FRESH)


def passes(batches: Sequence[Seen]) -> Passes:
    """What the batches of one loop, at least one, come to."""
    sums = np.array([b.sum for b in batches], dtype=np.uint64)
    period = _period(sums) or _begun(batches)
    if period:
        return _repeated(batches, sums, period)
    kept = [b for b in batches if len(b.rows)]
    rows = np.concatenate([b.rows for b in kept])
    distinct, first = np.unique(rows, return_index=True)
    size = Counter(len(b.keys) for b in batches).most_common(1)[0][0]
    if len(rows) > REPEATED * len(distinct) and len(distinct) >= BATCHES_OF * size:
        per_epoch = -(-len(distinct) // size)
        epochs = max(1, round(len(batches) / per_epoch))
        return Passes(Course.DRAWN, rows[np.sort(first)], size, per_epoch, epochs)
    whole, epochs = len(kept) == len(batches), max(1, round(len(batches) / len(kept)))
    return Passes(Course.FRESH, rows, size, len(kept), epochs, whole, _regular(kept))


def _period(sums: Array) -> int:
    """The smallest number of batches that hold the same rows again and again; 0 if none does."""
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(sums, dtype=np.uint64)])
    half = len(sums) // 2
    likely = 1 + np.flatnonzero(total[2 : 2 * half + 1 : 2] == 2 * total[1 : half + 1])
    for period in likely:
        each = np.diff(total[::period])
        if (each == each[0]).all():
            return int(period)
    return int(len(sums) == 1)


def _begun(batches: Sequence[Seen]) -> int:
    """The batches in which every row has come once, if later ones bring the same rows only; 0
    if not."""
    known: set[int] = set()
    seen = 0
    for number, batch in enumerate(batches):
        fresh = set(batch.keys.tolist()) - known
        if len(fresh) < len(batch.keys):
            rest = {key for later in batches[number:] for key in later.keys.tolist()}
            return number if len(known) == seen and rest <= known else 0
        known |= fresh
        seen += len(batch.keys)
    return 0


def _repeated(batches: Sequence[Seen], sums: Array, period: int) -> Passes:
    one = list(batches[:period])
    epochs = len(batches) // period
    course = _course(batches, sums, period)
    if course is Course.MOVED:  # a smaller batch is the last
        one.sort(key=lambda b: -len(b.keys))
    kept = [b for b in one if len(b.rows)]
    rows = np.concatenate([b.rows for b in kept])
    size, whole = len(one[0].keys), len(kept) == period
    return Passes(course, rows, size, len(kept), epochs, whole, _regular(one))


def _course(batches: Sequence[Seen], sums: Array, period: int) -> Course:
    keys = [b.keys.tobytes() for b in batches[:period]]
    if all(b.keys.tobytes() == keys[i % period] for i, b in enumerate(batches)):
        return Course.FIXED
    return Course.MOVED if np.isin(sums, sums[:period]).all() else Course.MIXED


def _regular(batches: Sequence[Seen]) -> bool:
    """Whether all have one size, but for a smaller last one."""
    sizes = [len(b.keys) for b in batches]
    return len(set(sizes[:-1])) <= 1 and sizes[-1] <= sizes[0]


def keys_of(leaves: Sequence[Array]) -> Array:
    """A key for each row ``(N,)``: rows that are equal in every leaf have equal ones, others only
    by a chance of 2^-64."""
    parts = [np.ascontiguousarray(v).reshape(len(v), -1).view(np.uint8) for v in leaves]
    block = np.concatenate(parts, axis=1)
    raw, width = block.tobytes(), block.shape[1]
    return np.array([hash(raw[i : i + width]) for i in range(0, len(raw), width)]).view(np.uint64)
