"""duplicate-samples: few distinct rows, repeated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding
from unstuck.recipe import Recipe, row_keys
from unstuck.trace import Trace

TIMES = 10  # a row must stand this often on the average
WIDE = 4096  # numbers in a row above which rows are not compared


def _truth_table() -> Recipe:
    x = integers(0, 2, 4000, 2)
    return recipe(x, x[:, 0] ^ x[:, 1], [dense(1, "sigmoid")], "binary_crossentropy")


def _categories() -> Recipe:
    x, noise = integers(0, 3, 4000, 2), integers(0, 2, 4000)
    return recipe(x, (x[:, 0] + noise > 2) * 1, [dense(1, "sigmoid")], "binary_crossentropy")


class DuplicateSamples(Check):
    name = "duplicate-samples"
    summary = "Few distinct rows, repeated many times."
    why = (
        "Repeating rows adds updates, not information: 40,000 rows of 4 distinct ones say what "
        "the 4 say, a held-out part of them tests nothing, and an epoch is long for no reason."
    )
    instead = "Train on the distinct rows, for more epochs and in smaller batches."
    false_alarms = (
        "Truth tables and small grids are meant to be whole; then it only costs time. Equal inputs "
        "whose targets differ are observations of chance, each worth having, and not reported."
    )
    sources = ("Stack Overflow: exclusive or, trained on 40,000 rows",)
    firing = (
        Case("a truth table, often", _truth_table),
        Case(
            "ten rows, tiled",
            lambda: recipe(np.tile(normal(10, 3), (30, 1)), np.tile(normal(10), 30), [dense(1)]),
        ),
    )
    silent = (
        Case("all different", regression),
        Case("four rows, once each", lambda: recipe(normal(4, 2), normal(4), [dense(1)])),
        Case("a few repeats", lambda: recipe(integers(0, 9, 300, 3), normal(300), [dense(1)])),
        Case("categories and an outcome of chance", _categories),
        Case("a classifier", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        inputs, targets, rows = recipe.data.inputs, recipe.data.targets, recipe.data.rows
        if (
            not recipe.data.complete
            or rows < TIMES
            or not all(is_numeric(x) and x[0].size <= WIDE for x in inputs)
        ):
            return
        distinct = len(np.unique(row_keys(inputs)))
        if distinct * TIMES > rows or len(np.unique(row_keys(inputs + targets))) > distinct:
            return
        yield self.found(
            f"the {rows:,} training rows are {distinct:,} distinct ones, each about "
            f"{rows // distinct:,} times",
            {"rows": rows, "distinct": distinct},
            recipe.fit.place,
        )
