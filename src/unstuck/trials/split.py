"""The split: which rows are trained on, and which ones judge.

A trial must be judged on rows that it has not trained on, or on the whole domain where that is
finite; and it must still be the program's own training. So rows are held out, but the number
of updates and the size of the last batch stay the program's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from unstuck.recipe import Array, Data, Feed, Recipe, row_keys, stand_in

JUDGED_ROWS = 1000
FEW_ROWS = 40
HELD_OUT = 0.2
LEAK = 0.05


@dataclass(frozen=True)
class Split:
    """Rows to train on and rows to judge by; ``rule`` tells people how they were chosen. ``kept``
    are the places in the data of those trained on, None for all of them. ``is_sample``: those
    that judge stand for others that are not at hand."""

    train: Data
    judged: Data
    rule: str
    kept: Array | None = None
    is_sample: bool = False

    @property
    def sample(self) -> int:
        """How many rows judge, where they are a sample, else 0."""
        return self.judged.rows if self.is_sample else 0


def trained(recipe: Recipe, rows: Split) -> Data:
    """The rows that an arm trains on: those in the places of the program's own, since a remedy
    may have changed the data."""
    return recipe.data if rows.kept is None else recipe.data.take(rows.kept)


def split(recipe: Recipe) -> Split:
    """How the rows of a recipe are divided; the same for every arm and seed."""
    data, validation = recipe.data, recipe.validation
    truth = data.drawn or data
    first = distinct(data.inputs)
    if len(first) <= min(JUDGED_ROWS, data.rows // 2):
        return _repeated(data, truth, first)
    if validation is not None and validation.rows >= FEW_ROWS and not leaks(data, validation):
        judging = (recipe.set_apart() or (validation, None))[0]
        judged = judging.take(_some(judging.rows))
        rule = f"{judged.rows} rows of the program's own validation data"
        return Split(data, judged, rule, is_sample=True)
    if data.rows < FEW_ROWS:
        return Split(data, truth, f"the {data.rows} rows themselves, too few to hold any out")
    if _is_whole(data.inputs, len(first)) and len(first) <= JUDGED_ROWS:
        return Split(data, truth.take(first), f"all {len(first)} rows that there can be")
    held, kept = _hold_out(data, recipe.fit.batch_size)
    rule = f"{len(held)} rows held out of the training"
    return Split(data.take(kept), truth.take(held), rule, kept, is_sample=True)


def _repeated(data: Data, truth: Data, first: Array) -> Split:
    """Few distinct rows, the ``first`` of each, judge; but where equal ones have targets that
    differ, one of them would say little: then the rows as they come."""
    if len(distinct((*data.inputs, *truth.targets))) == len(first):
        return Split(data, truth.take(first), f"all {len(first)} distinct rows")
    some = _some(data.rows)
    rule = f"{len(some)} rows that were trained on, since equal inputs have different targets"
    return Split(data, truth.take(some), rule, is_sample=True)


def distinct(inputs: tuple[Array, ...]) -> Array:
    """The index of the first of each set of equal rows."""
    return np.sort(np.unique(row_keys(inputs), return_index=True)[1])


def _is_whole(inputs: tuple[Array, ...], distinct: int) -> bool:
    """Whether every combination of the values of two or more features stands among the
    ``distinct`` rows, so that there are no others to judge by."""
    if not all(x.dtype.kind in "biuf" for x in inputs):
        return False
    columns = [c for x in inputs for c in x.reshape(len(x), -1).T[: distinct.bit_length() + 1]]
    values = [count for c in columns if (count := len(np.unique(c))) > 1]
    width = sum(x[0].size for x in inputs)
    return len(values) > 1 and width == len(columns) and prod(values) == distinct


def leaks(data: Data, validation: Data) -> bool:
    """Whether more than a few validation rows stand in the training rows too."""
    return bool(stand_in(data.inputs, validation.inputs).mean() > LEAK)


def _hold_out(data: Data, batch: int) -> tuple[Array, Array]:
    wanted = min(JUDGED_ROWS, int(data.rows * HELD_OUT))
    count = max(wanted // batch, 1) * batch if batch <= wanted else wanted
    if data.feed is Feed.BATCHES and batch <= wanted:
        rows, whole = np.arange(data.rows), data.rows // batch
        chosen = np.random.default_rng(0).permutation(whole)[: count // batch]
        held = np.isin(rows // batch, chosen)  # batches may come in an order of their own
        return rows[held], rows[~held]
    if data.feed is Feed.BATCHES:
        rows = np.arange(data.rows)
        return rows[data.rows - count :], rows[: data.rows - count]
    order = np.random.default_rng(0).permutation(data.rows)
    return np.sort(order[:count]), np.sort(order[count:])


def _some(rows: int) -> Array:
    if rows <= JUDGED_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).permutation(rows)[:JUDGED_ROWS])
