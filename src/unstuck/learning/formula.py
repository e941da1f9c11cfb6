"""Formulas such as ``a*b + 3*c``: read by Python's parser, computed here, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from unstuck.errors import UsageError
from unstuck.recipe import Array

LARGEST = 1e300  # a constant; beyond, double precision ends


def _mod(a: Array, b: Array) -> Array:
    """Numbers above 2^53 come as integers, and stay exact."""
    if np.asarray(a).dtype == np.uint64:
        return a % np.asarray(b).astype(np.uint64)
    return np.mod(a, b)


def _integer(a: Array) -> Array:
    found = np.asarray(a)
    return found if found.dtype == np.uint64 else found.astype(np.int64)


def _whole(operator: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda a, b: operator(_integer(a), _integer(b))


def _parity(a: Array) -> Array:
    return (np.bitwise_count(_integer(a)) % 2).astype(np.float64)


OPERATORS: dict[type[ast.operator], tuple[Callable[[Array, Array], Array], str]] = {
    ast.Add: (np.add, "({} + {})"),
    ast.Sub: (np.subtract, "({} - {})"),
    ast.Mult: (np.multiply, "({} * {})"),
    ast.Div: (np.true_divide, "({} / {})"),
    ast.FloorDiv: (np.floor_divide, "({} // {})"),
    ast.Mod: (_mod, "({} % {})"),
    ast.Pow: (np.power, "({} ** {})"),
    ast.BitXor: (_whole(np.bitwise_xor), "np.bitwise_xor(np.int64({}), np.int64({}))"),
    ast.BitAnd: (_whole(np.bitwise_and), "np.bitwise_and(np.int64({}), np.int64({}))"),
    ast.BitOr: (_whole(np.bitwise_or), "np.bitwise_or(np.int64({}), np.int64({}))"),
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Array], str]] = {
    "abs": (1, np.abs, "np.abs({})"),
    "sqrt": (1, np.sqrt, "np.sqrt({})"),
    "exp": (1, np.exp, "np.exp({})"),
    "log": (1, np.log, "np.log({})"),
    "sin": (1, np.sin, "np.sin({})"),
    "cos": (1, np.cos, "np.cos({})"),
    "parity": (1, _parity, "(np.bitwise_count(np.int64({})) % 2.0)"),
    "min": (2, np.minimum, "np.minimum({}, {})"),
    "max": (2, np.maximum, "np.maximum({}, {})"),
}


def parsed(text: str) -> ast.expr:
    """The tree of a formula, of nothing but numbers, names, operators and known functions.

    Raises:
        UsageError: it is no such formula; the message names the piece.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        message = f"{text!r} is neither a function that has a name nor an expression"
        raise UsageError(message) from None
    _refuse(tree)
    return tree


def names(tree: ast.expr) -> list[str]:
    """The inputs of a formula, in alphabetical order."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called)
    return sorted({node.id for node in found})


def may_lack_a_value(tree: ast.expr) -> bool:
    """Whether a formula can come to nothing finite, as a quotient by nothing does."""
    partial = (ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
    called = {"sqrt", "log", "exp"}
    return any(
        isinstance(node, partial) or (isinstance(node, ast.Name) and node.id in called)
        for node in ast.walk(tree)
    )


def _refuse(node: ast.expr) -> None:
    match node:
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            parts = [left, right]
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            parts = [operand]
        case ast.Call(ast.Name(name), arguments, []) if name in FUNCTIONS and FUNCTIONS[name][
            0
        ] == len(arguments):
            parts = arguments
        case ast.Name():
            parts = []
        case ast.Constant(number) if _is_number(number):
            parts = []
        case _:
            known = ", ".join(sorted(FUNCTIONS))
            piece = ast.unparse(node)
            raise UsageError(f"{piece!r} is not understood: use + - * / // % ** ^ & | and {known}")
    for part in parts:
        _refuse(part)


def _is_number(constant: object) -> bool:
    if isinstance(constant, bool) or not isinstance(constant, int | float):
        return False
    return abs(constant) <= LARGEST


def value(node: ast.expr, given: Mapping[str, Array]) -> Any:
    """What a formula comes to, element by element; ``nan`` or ``inf`` where it has no value."""
    match node:
        case ast.BinOp(left, operator, right):
            sides = value(left, given), value(right, given)
            return np.asarray(OPERATORS[type(operator)][0](*sides), dtype=np.float64)
        case ast.UnaryOp(ast.USub(), operand):
            return -np.asarray(value(operand, given), dtype=np.float64)
        case ast.UnaryOp(_, operand):
            return value(operand, given)
        case ast.Call(ast.Name(name), arguments):
            return FUNCTIONS[name][1](*(value(a, given) for a in arguments))
        case ast.Name(name):
            return given[name]
        case ast.Constant(number):
            return float(number)  # type: ignore[arg-type]
    raise AssertionError(ast.dump(node))


def in_numpy(node: ast.expr) -> str:
    """A formula as a line of NumPy."""
    match node:
        case ast.BinOp(left, operator, right):
            return OPERATORS[type(operator)][1].format(in_numpy(left), in_numpy(right))
        case ast.UnaryOp(operator, operand):
            return f"({'-' if isinstance(operator, ast.USub) else '+'}{in_numpy(operand)})"
        case ast.Call(ast.Name(name), arguments):
            return FUNCTIONS[name][2].format(*map(in_numpy, arguments))
    return ast.unparse(node)
