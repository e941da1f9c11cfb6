"""Expressions such as ``a*b + 3*c`` as functions. They are read, never evaluated as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.errors import UsageError
from unstuck.learn.function import Function, Input, Right
from unstuck.recipe import Array

OPERATORS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.BitXor: lambda a, b: np.bitwise_xor(a.astype(np.int64), b.astype(np.int64)),
    ast.BitAnd: lambda a, b: np.bitwise_and(a.astype(np.int64), b.astype(np.int64)),
    ast.BitOr: lambda a, b: np.bitwise_or(a.astype(np.int64), b.astype(np.int64)),
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Array]]] = {
    "abs": (1, np.abs),
    "sqrt": (1, np.sqrt),
    "exp": (1, np.exp),
    "log": (1, np.log),
    "sin": (1, np.sin),
    "cos": (1, np.cos),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
}
USUAL = (0, 99)
NEAR = 0.01  # of the spread of the truth, where it is no whole number
LONGEST = 500


def expression(text: str, ranges: Sequence[str]) -> Function:
    """The function that ``text`` writes, of the names in it; ``ranges`` are ``a=0..499`` each,
    whole numbers, or ``a=0.0..1.0`` for all between.

    Raises:
        UsageError: it cannot be read, or a range is of no name in it.
    """
    tree = _parsed(text)
    given = dict(_range(one) for one in ranges)
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise UsageError(f"there is no {unknown[0]} in {text!r}")
    if not names:
        raise UsageError(f"{text!r} has no inputs: name some, as in a*b")
    inputs = tuple(given.get(name, Input(name, *USUAL)) for name in names)

    def truth(x: Array) -> Array:
        with np.errstate(all="ignore"):
            found = _value(tree, dict(zip(names, x.T, strict=True)))
        return np.broadcast_to(found, len(x)).astype(np.float64)

    return _judged(Function(text, text, inputs, truth))


def _judged(function: Function) -> Function:
    """With what counts as right: rounding where the truth is whole, else near to its spread."""
    _, y = function.sample()
    if not len(y):
        raise UsageError(f"{function.name!r} has no value anywhere in its ranges")
    if np.array_equal(y, np.round(y)):
        return function
    right = Right(float(f"{NEAR * max(float(y.std()), 1e-12):.1g}"), 1e-3)
    return replace(function, right=right, outside=right)


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise UsageError(f"the expression is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(
            f"{text!r} is neither a function that has a name nor an expression"
        ) from None
    _refuse(tree, text)
    return tree


def _refuse(node: ast.AST, text: str) -> None:
    """Anything but numbers, names, operators and the known functions."""
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            parts: list[ast.AST] = [left, right]
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            parts = [operand]
        case ast.Call(ast.Name(name), arguments, []) if name in FUNCTIONS and FUNCTIONS[name][
            0
        ] == len(arguments):
            parts = list(arguments)
        case ast.Name() | ast.Constant(int() | float()):
            parts = []
        case _:
            piece = ast.unparse(node) if isinstance(node, ast.expr) else text
            known = ", ".join(sorted(FUNCTIONS))
            raise UsageError(f"{piece!r} is not understood: use + - * / // % ** ^ & | and {known}")
    for part in parts:
        _refuse(part, text)


def _value(node: ast.AST, names: dict[str, Array]) -> Any:
    match node:
        case ast.BinOp(left, operator, right):
            sides = [np.asarray(_value(side, names), dtype=np.float64) for side in (left, right)]
            return np.asarray(OPERATORS[type(operator)](*sides), dtype=np.float64)
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, names)
        case ast.UnaryOp(_, operand):
            return _value(operand, names)
        case ast.Call(ast.Name(name), arguments):
            return FUNCTIONS[name][1](*(_value(a, names) for a in arguments))
        case ast.Name(name):
            return names[name]
        case ast.Constant(value):
            return float(value)  # type: ignore[arg-type]
    raise AssertionError(ast.dump(node))


def _range(text: str) -> tuple[str, Input]:
    name, equals, bounds = text.partition("=")
    low, dots, high = bounds.partition("..")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (0.0, 0.0)
    if not (name.isidentifier() and equals and dots) or ends[0] >= ends[1]:
        raise UsageError(f"{text!r} is no range such as a=0..499")
    whole = all(end.lstrip("-").isdecimal() for end in (low, high))
    return name, Input(name, *ends, whole=whole)
