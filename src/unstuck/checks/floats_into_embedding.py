"""floats-into-embedding: real numbers fed to a layer that looks up integers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression, uniform
from unstuck.checks._ids import looked_up
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Layer, Recipe
from unstuck.remedies import UnscaleIds
from unstuck.remedy import Remedy
from unstuck.trace import Trace

NEARLY = 0.01  # of a whole number, once single precision has had its way


def _embedded(x: Array) -> Recipe:
    layers = [
        layer("Embedding", (x.shape[1], 8), input_dim=1000, output_dim=8),
        layer("Flatten", (x.shape[1] * 8,)),
        dense(1),
    ]
    return recipe(x, normal(len(x)), layers)


class FloatsIntoEmbedding(Check):
    name = "floats-into-embedding"
    summary = "Real numbers fed to an Embedding, which looks up whole ones."
    why = (
        "The fraction is cut off: ids scaled to 0..1 all become 0, and standardised ones a "
        "handful of small numbers, half of them negative. Whatever told the rows apart is gone."
    )
    instead = (
        "Feed the ids themselves, as integers and unscaled; for real-valued features leave the "
        "Embedding out, or cut them into bins first."
    )
    false_alarms = (
        "Whole numbers of a float type are ids and not reported. Cutting a quantity into bins by "
        "its whole part can be meant: that is a warning."
    )
    sources = ("measured on Keras 3.15.1 with JAX: 0.7 looks up row 0, and -1.7 the last row",)
    firing = (
        Case("ids scaled to 0..1", lambda: _embedded(integers(0, 1000, 300, 6) / 1000)),
        Case("standardised ids", lambda: _embedded(normal(300, 6))),
        Case("a quantity, a warning", lambda: _embedded(uniform(0, 90, 300, 1))),
    )
    silent = (
        Case("ids as floats", lambda: _embedded(integers(0, 1000, 300, 6) * 1.0)),
        Case("ids", lambda: _embedded(integers(0, 1000, 300, 6))),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for embedding, values in looked_up(recipe):
            if values.dtype.kind != "f" or not np.isfinite(values).all():
                continue
            fractional = float((np.mod(values, 1) != 0).mean())
            if not fractional:
                continue
            before, ids = len(np.unique(values)), np.unique(np.trunc(values))
            lost = len(ids) == 1 or ids[0] < 0
            yield self.found(
                f"{fractional:.0%} of the numbers that {embedding.name} looks up are no whole "
                f"numbers: of {before:,} distinct ones {len(ids):,} are left once the fraction is "
                f"cut off, {ids[0]:g} to {ids[-1]:g}",
                {"fractional": fractional, "distinct": before, "left": len(ids)},
                embedding.place,
                _unscaled(recipe, embedding, values),
                layer=embedding,
                severity=Severity.ERROR if lost else Severity.WARNING,
            )


def _unscaled(recipe: Recipe, embedding: Layer, values: Array) -> tuple[Remedy, ...]:
    """The ids before they were scaled, where one factor makes whole numbers of all."""
    distinct, rows = np.unique(values.astype(np.float64)), embedding.config.get("input_dim") or 0
    if len(distinct) < 2 or distinct[0] < 0:
        return ()
    steps = round(1 / np.diff(distinct).min())
    place = next(i for i, x in enumerate(recipe.data.inputs) if x is values)
    for factor in (rows, rows - 1, steps):
        ids = np.rint(distinct * factor)
        whole = np.abs(ids - distinct * factor).max() < NEARLY
        if whole and len(np.unique(ids)) == len(distinct) and ids[-1] < rows:
            return (UnscaleIds(factor, place),)
    return ()
