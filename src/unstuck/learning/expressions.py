"""Expressions that a user writes, with ranges of their inputs, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from unstuck.errors import UsageError
from unstuck.learning.formula import names, parsed
from unstuck.learning.function import Function
from unstuck.learning.inputs import EXACT_DOUBLE, Input
from unstuck.learning.problem import Right

USUAL = (0, 99)
LONGEST = 500  # characters
TAKEN = "np"  # NumPy in the programs that are written
FEWEST = 2  # rows with a truth
NEAR = 0.01  # of the spread of the truth, where it is no whole number


def expression(text: str, ranges: Sequence[str]) -> Function:
    """The function that ``text`` writes, of the names in it; ``ranges`` are ``a=0..499`` each,
    whole numbers, or ``a=0.0..1.0`` for all between.

    Raises:
        UsageError: it cannot be read, or a range is of no name in it.
    """
    if len(text) > LONGEST:
        raise UsageError(f"the expression is longer than {LONGEST} characters")
    inside, given = names(parsed(text)), dict(_range(one) for one in ranges)
    if TAKEN in inside:
        raise UsageError(f"an input cannot be named {TAKEN}: give it another name")
    unknown = sorted(set(given) - set(inside))
    if unknown:
        raise UsageError(f"there is no {unknown[0]} in {text!r}")
    if not inside:
        raise UsageError(f"{text!r} has no inputs: name some, as in a*b")
    inputs = tuple(given.get(name, Input(name, *USUAL)) for name in inside)
    return _judged(Function(text, text, inputs, text))


def _judged(function: Function) -> Function:
    """With what counts as right: rounding where the truth is whole, else near to its spread."""
    y = function.sample()[1]
    if len(y) < FEWEST:
        raise UsageError(f"{function.name!r} has a value on {len(y)} rows of its ranges: too few")
    if np.array_equal(y, np.round(y)):
        return function
    right = Right(float(f"{NEAR * max(float(y.std()), 1e-12):.1g}"), 1e-3)
    return replace(function, right=right, outside=right)


def _range(text: str) -> tuple[str, Input]:
    name, equals, bounds = text.partition("=")
    low, dots, high = bounds.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not (name.isidentifier() and equals and dots) or not ends[0] < ends[1]:
        raise UsageError(f"{text!r} is no range such as a=0..499")
    if max(map(abs, ends)) > EXACT_DOUBLE:
        raise UsageError(f"{text!r} goes beyond 2^53, up to which double precision is exact")
    whole = all(end.lstrip("-").isdecimal() for end in (low, high))
    return name, Input(name, *ends, whole=whole)
