"""leaked-validation: validation rows that stand in the training set."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Recipe
from unstuck.trace import Trace

LEAK = 0.05  # a few equal rows are chance
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


class LeakedValidation(Check):
    name = "leaked-validation"
    severity = Severity.ERROR
    summary = "Validation rows that stand in the training set too."
    why = "The validation score then tells what was memorised, not what was learned."
    instead = "Remove duplicates before splitting; keep groups of equal rows on one side."
    false_alarms = "Where the whole domain is a handful of rows, every row is in both; a warning."
    sources = ("stefyste/RIAWELC#2: all of the test set", "zalandoresearch/fashion-mnist#44")
    firing = (Case("a slice of the training rows", _leaky), Case("a truth table", _truth_table))
    silent = (
        Case("other rows", _clean),
        Case("no validation", regression),
        Case("one row in fifty", _one_in_fifty),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.validation is None or not recipe.validation.rows:
            return
        known, asked = _rows(recipe.data.inputs), _rows(recipe.validation.inputs)
        there = set(known)
        share = sum(row in there for row in asked) / len(asked)
        if share <= LEAK:
            return
        tiny = len(there) <= min(TINY, len(known) // 2)
        whole = f"; the domain seen has only {len(there)} distinct rows" if tiny else ""
        yield self.found(
            f"{share:.0%} of the {len(asked):,} validation rows stand in the training set{whole}",
            {"share": share, "validation_rows": len(asked), "distinct": len(there)},
            recipe.fit.place,
            severity=Severity.WARNING if tiny else Severity.ERROR,
        )


def _rows(inputs: tuple[Array, ...]) -> list[bytes]:
    parts = [np.ascontiguousarray(x.reshape(len(x), -1)) for x in inputs]
    return [b"".join(p[i].tobytes() for p in parts) for i in range(len(parts[0]))]
