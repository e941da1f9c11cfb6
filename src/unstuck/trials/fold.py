"""Folding: equal rows of a batch as one weighted row.

A program that repeats few distinct rows ("40,000 samples" that are 4) gives the same update
from a batch of 200 rows as from its distinct rows, each weighted by how often it stands in the
batch: the loss is a mean over rows, and ``sum_i n_i v_i / B`` does not care how the n_i equal
terms are written. It holds where no layer mixes rows or treats equal rows differently, so not for
batch normalisation, dropout or noise, and for Keras's own losses only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unstuck.recipe import Array, Data, Layer, Recipe
from unstuck.trials.split import distinct

# Layers that treat each row by itself and equal rows alike.
ROW_BY_ROW = frozenset(
    [
        "InputLayer",
        "Dense",
        "Flatten",
        "Reshape",
        "Permute",
        "RepeatVector",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "Softmax",
        "Rescaling",
        "Normalization",
        "LayerNormalization",
        "Embedding",
        "Concatenate",
        "Add",
        "Subtract",
        "Multiply",
        "Average",
        "Maximum",
        "Minimum",
        "Conv1D",
        "Conv2D",
        "MaxPooling1D",
        "MaxPooling2D",
        "AveragePooling1D",
        "AveragePooling2D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
    ]
)
# Losses that compare the rows of a batch with each other, or sum over them before dividing.
WHOLE_BATCH = frozenset({"circle", "dice", "tversky"})
GAIN = 4  # folding must shorten a batch at least this much


@dataclass(frozen=True)
class Fold:
    """``rows``: numbers of the distinct rows ``(U,)``; ``members``: which of them each row of the
    data equals ``(N,)``."""

    rows: Array
    members: Array

    def weights(self, batches: Array) -> Array:
        """Row numbers ``(..., B)`` of batches as sample weights ``(..., U)`` with which the mean
        over the U distinct rows is the mean over the batch."""
        count, size = len(self.rows), batches.shape[-1]
        flat = self.members[batches.reshape(-1, size)]
        offset = np.arange(len(flat))[:, None] * count
        found = np.bincount((flat + offset).ravel(), minlength=len(flat) * count)
        weights = found.reshape(*batches.shape[:-1], count) * (count / size)
        return weights.astype(np.float32)


def fold(recipe: Recipe, train: Data) -> Fold | None:
    """How the rows of a training fold, or None where they do not."""
    loss = recipe.loss
    if loss.pickled or loss.custom or loss.name in WHOLE_BATCH:
        return None
    if train.weights is not None or train.output_weights:
        return None
    if not all(map(_row_by_row, recipe.model.layers)):
        return None
    pairs = (*train.inputs, *train.targets)
    batch = min(recipe.fit.batch_size, train.rows)
    if len(distinct(tuple(values[:batch] for values in pairs))) * GAIN > batch:
        return None
    rows = distinct(pairs)
    if len(rows) * GAIN > batch:
        return None
    members = np.zeros(train.rows, dtype=np.int64)
    for number, row in enumerate(rows):
        same = np.ones(train.rows, dtype=bool)
        for values in pairs:
            flat = values.reshape(train.rows, -1)
            same &= (flat == flat[row]).all(axis=1)
        members[same] = number
    return Fold(rows, members)


def _row_by_row(layer: Layer) -> bool:
    """Whether a layer treats each row by itself and equal rows alike: no activation of the
    user's own (Keras writes its own by name), and no mask, which weighs the rows of a batch."""
    config = layer.config
    named = isinstance(config.get("activation"), str | None)
    whole = config.get("activity_regularizer") or config.get("mask_zero")
    return layer.kind in ROW_BY_ROW and named and not whole
