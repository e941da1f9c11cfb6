"""leaked-validation: validation rows that stand in the training set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Recipe, row_keys, stand_in
from unstuck.trace import Trace

LEAK = 0.05  # a few equal rows are chance
USUAL = 0.1  # by which validation rows may stand in the training set more often than its own rows
GRID = 100  # times as many rows as there are that a domain may hold and still repeat by chance
TINY = 1000  # distinct rows of a domain that may be meant to be whole


def _leaky() -> Recipe:
    x, y = normal(300, 4), normal(300)
    return recipe(x, y, [dense(1)], validation=Data((x[:60],), (y[:60],)))


def _clean() -> Recipe:
    x, y = normal(300, 4), normal(300)
    return recipe(x, y, [dense(1)], validation=Data((normal(60, 4),), (normal(60),)))


def _truth_table() -> Recipe:
    x, y = integers(0, 2, 400, 2), integers(0, 2, 400)
    return recipe(x, y, [dense(1)], validation=Data((x[:10],), (y[:10],)))


def _one_in_fifty() -> Recipe:
    x, y = normal(300, 4), normal(300)
    mixed = np.concatenate([x[:1], normal(49, 4)])
    return recipe(x, y, [dense(1)], validation=Data((mixed,), (normal(50),)))


def _doubled() -> Recipe:
    x = np.tile(normal(200, 4), (2, 1))[::-1]
    return recipe(x[:300], x[:300, 0], [dense(1)], validation=Data((x[300:],), (x[300:, 0],)))


def _grid() -> Recipe:
    x = integers(0, 50, 3000, 2)
    y = x.sum(axis=1)
    return recipe(x[:2400], y[:2400], [dense(1)], validation=Data((x[2400:],), (y[2400:],)))


class LeakedValidation(Check):
    name = "leaked-validation"
    severity = Severity.ERROR
    summary = "Validation rows that stand in the training set too."
    why = "The validation score then tells what was memorised, not what was learned."
    instead = "Remove duplicates before splitting; keep groups of equal rows on one side."
    false_alarms = (
        "Where the whole domain is a handful of rows, every row is in both; a warning. Rows drawn "
        "from a larger grid meet again by chance, in the training set as well; a note."
    )
    sources = ("stefyste/RIAWELC#2: all of the test set", "zalandoresearch/fashion-mnist#44")
    firing = (
        Case("a slice of the training rows", _leaky),
        Case("a truth table", _truth_table),
        Case("each row stands twice, then split", _doubled),
        Case("draws from a grid: a note", _grid),
    )
    silent = (
        Case("other rows", _clean),
        Case("no validation", regression),
        Case("one row in fifty", _one_in_fifty),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.validation is None or not recipe.validation.rows:
            return
        asked = recipe.validation.rows
        share = float(stand_in(recipe.data.inputs, recipe.validation.inputs).mean())
        if share <= LEAK:
            return
        counts = np.unique(row_keys(recipe.data.inputs), return_counts=True)[1]
        tiny = len(counts) <= min(TINY, recipe.data.rows // 2)
        among = counts[counts > 1].sum() / recipe.data.rows
        by_chance = share <= among + USUAL and _small_domain(recipe.data.inputs)
        own = f"; so do {among:.0%} of the training rows among themselves" if by_chance else ""
        whole = f"; the domain seen has only {len(counts)} distinct rows" if tiny else own
        yield self.found(
            f"{share:.0%} of the {asked:,} validation rows stand in the training set{whole}",
            {"share": share, "validation_rows": asked, "distinct": len(counts)},
            recipe.fit.place,
            severity=(Severity.WARNING if tiny else Severity.NOTE if by_chance else Severity.ERROR),
        )


def _small_domain(inputs: tuple[Array, ...]) -> bool:
    """Whether rows drawn at random from the values seen in each column would often be equal."""
    rows = len(inputs[0])
    columns = np.concatenate([x.reshape(rows, -1) for x in inputs], axis=1).T
    size = 1.0
    for column in columns:
        size *= len(np.unique(column))
        if size > GRID * rows:
            return False
    return True
