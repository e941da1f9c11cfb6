"""Networks that compute a function: what to compute, what computes it, and the proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unstuck.errors import UsageError
from unstuck.learning.expressions import expression
from unstuck.learning.function import Function
from unstuck.learning.functions import named
from unstuck.learning.problem import Problem
from unstuck.learning.tables import Table

__all__ = ["Function", "Problem", "Table", "problem_of"]


def problem_of(
    text: str,
    ranges: Sequence[str] = (),
    *,
    target: str | None = None,
    rows: int | None = None,
) -> Problem:
    """What ``text`` names: a function by its name, an expression, or a table (``.csv``).

    Raises:
        UsageError: it is none of these, or what stands beside it does not go with it.
    """
    if text.endswith(".csv"):
        if ranges or rows:
            raise UsageError("a table has its own rows: --range and --rows are for functions")
        return Table.read(text, target)
    if target is not None:
        raise UsageError("--target names a column of a table (.csv)")
    found = named(text)
    if found is not None and ranges:
        raise UsageError(f"{text} has its own ranges: --range is for expressions")
    function = found or expression(text, ranges)
    return function if rows is None else replace(function, rows=rows)
