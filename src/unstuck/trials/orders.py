"""Orders: which rows make up every batch of every lane.

Drawing a fresh permutation for each lane and epoch would cost more than training, so a pool of
orders is drawn beforehand and each lane walks through it in a random sequence of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from unstuck.recipe import Array, Feed, Recipe
from unstuck.trials.fold import Fold

POOL_NUMBERS = 4_000_000
POOL_ORDERS = 64
WALK = 4096


@dataclass(frozen=True)
class Orders:
    """What every batch is made of: ``full`` is ``(orders, batches, batch)`` row numbers, ``last``
    is ``(orders, rest)``, ``walk`` is ``(lanes, WALK)``: which order a lane takes in an epoch.
    Folded, ``full`` holds the weights of the distinct rows instead, ``(orders, batches, U)``,
    the smaller last batch among them."""

    full: Array
    last: Array
    walk: Array


def orders(recipe: Recipe, rows: int, seeds: tuple[int, ...], folded: Fold | None) -> Orders:
    """The orders in which lanes see ``rows`` rows; in the program's own where it does not
    shuffle. Finished batches stay whole, and a smaller last one stays last. The pool is the same
    whichever lanes share it, so that a trial does not depend on its company."""
    batch = min(recipe.fit.batch_size, rows)
    shuffled = recipe.fit.shuffle
    count = max(2, min(POOL_ORDERS, POOL_NUMBERS // rows)) if shuffled else 1
    random = np.random.default_rng(1)
    size = batch if recipe.data.feed is Feed.BATCHES else 1
    one = partial(_permuted, random, size) if shuffled else np.arange
    pool = np.stack([one(rows) for _ in range(count)]).astype(np.int32)
    whole = rows // batch
    full = pool[:, : whole * batch].reshape(count, whole, batch)
    last = pool[:, whole * batch :]
    walk = np.stack([np.random.default_rng(seed).integers(0, count, WALK) for seed in seeds])
    if folded is not None:
        parts = [folded.weights(full)]
        if last.shape[1]:
            parts.append(folded.weights(last)[:, None])
        full, last = np.concatenate(parts, axis=1), last[:, :0]
    return Orders(full, last, walk.astype(np.int32))


def _permuted(random: np.random.Generator, size: int, rows: int) -> Array:
    """Row numbers in another order, in blocks of ``size`` that stay whole."""
    whole = rows // size * size
    blocks = np.arange(whole).reshape(-1, size)
    return np.concatenate([random.permutation(blocks).ravel(), np.arange(whole, rows)])
