"""token-out-of-range: ids that the embedding has no row for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression
from unstuck.checks._ids import looked_up
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import ResizeEmbedding
from unstuck.trace import Trace

MANY = 1_000_000  # rows of an embedding; larger ids are hashes or keys, to be numbered anew


def _text(ids: Array, size: int = 50) -> Recipe:
    layers = [
        layer("Embedding", (ids.shape[1], 8), input_dim=size, output_dim=8),
        layer("GlobalAveragePooling1D", (8,)),
        dense(1, "sigmoid"),
    ]
    return recipe(ids, integers(0, 2, len(ids)), layers, "binary_crossentropy")


class TokenOutOfRange(Check):
    name = "token-out-of-range"
    severity = Severity.ERROR
    summary = "Ids below 0, or as large as the number of rows of the embedding or larger."
    why = (
        "The embedding has no row for such an id. On JAX it gives NaN, and from the first such "
        "batch on every weight is NaN; on a GPU TensorFlow gives zeros; elsewhere it is an error. "
        "An id below 0 counts from the end on JAX, so it stands for another token."
    )
    instead = (
        "Give Embedding an input_dim of at least the largest id plus one (ids that begin at 1 need "
        "one row more than there are words), or map unknown words to an id of their own."
    )
    false_alarms = "None known: only whole numbers that reach an Embedding unchanged are looked at."
    sources = (
        "measured on Keras 3.15.1 with JAX: an id of 5 in 5 rows gives NaN, one of -1 the last row",
    )
    firing = (
        Case("ids from 1 to the size", lambda: _text(integers(1, 51, 300, 12))),
        Case("an id of -1", lambda: _text(integers(-1, 50, 300, 12))),
    )
    silent = (
        Case("ids below the size", lambda: _text(integers(0, 50, 300, 12))),
        Case("a larger embedding than need be", lambda: _text(integers(0, 9, 300, 12))),
        Case("fractions, another fault", lambda: _text(normal(300, 12) * 99)),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for embedding, ids in looked_up(recipe):
            size = embedding.config.get("input_dim")
            if not isinstance(size, int) or not _whole(ids):
                continue
            low, high = float(ids.min()), float(ids.max())
            above, below = float((ids >= size).mean()), float((ids < 0).mean())
            if not above + below:
                continue
            # JAX counts from the end down to -size, so those ids still have a row.
            wraps = recipe.framework.backend == "jax" and not above and low >= -size
            yield self.found(
                f"ids run from {low:g} to {high:g}, and the {size:,} rows of {embedding.name} are "
                f"numbered 0 to {size - 1:,}: {above + below:.2%} of the ids have no row of their "
                "own",
                {"min": low, "max": high, "rows": size, "outside": above + below},
                embedding.place,
                _remedies(embedding.name, low, high),
                layer=embedding,
                severity=Severity.WARNING if wraps else Severity.ERROR,
            )


def _remedies(name: str, low: float, high: float) -> tuple[ResizeEmbedding, ...]:
    """Room for the largest id, where that is no identifier of millions."""
    return (ResizeEmbedding(name, int(high) + 1),) if low >= 0 and high < MANY else ()


def _whole(ids: Array) -> bool:
    return bool(np.isfinite(ids).all() and not np.mod(ids, 1).any())
