"""What a score's name promises, and what its expression in the program has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy

from unstuck.checks._source import assigned, named, names_in, parsed, scopes

ROOTS = frozenset({"sqrt", "root_mean_squared_error", "norm", "RootMeanSquaredError"})
SQUARES = frozenset({"square", "pow", "power", "squared_difference", "norm", "dot", "vdot"})
SIZES = frozenset({"abs", "absolute", "fabs", "norm"})
MEANS = frozenset({"mean", "average", "reduce_mean", "sum"})


def named_scores(source: str) -> Iterator[tuple[str, ast.expr]]:
    """Expressions with the name of a score: what is assigned to it, or the one result of a
    function of that name, with the names in it replaced by what they hold."""
    for scope, nodes in scopes(source):
        held = {t.id: v for n in nodes for t, v in assigned(n) if isinstance(t, ast.Name)}
        for node in nodes:
            if isinstance(node, ast.Assign):
                pairs = assigned(node) if isinstance(node.targets[0], ast.Name) else []
                yield from ((t.id, v) for t, v in pairs if isinstance(t, ast.Name))
        given = [n.value for n in nodes if isinstance(n, ast.Return) and n.value is not None]
        if isinstance(scope, ast.FunctionDef) and len(given) == 1:
            yield scope.name, _filled(given[0], held)


def _filled(value: ast.expr, held: dict[str, ast.expr]) -> ast.expr:
    """An expression with the local names in it written out, twice over."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return deepcopy(held.get(node.id, node))  # or a name in its own value goes round

    copied = ast.parse(ast.unparse(value), mode="eval").body
    for _ in range(2):
        copied = Fill().visit(copied)
    return ast.copy_location(ast.fix_missing_locations(copied), value)


def lacking(name: str, value: ast.expr) -> str:
    """What a score's name promises and its expression, a mean over a difference, has not."""
    words = set(name.lower().split("_"))
    calls = {named(n.func) for n in ast.walk(value) if isinstance(n, ast.Call)}
    if words & {"rmse", "rms"} and "mean_squared_error" in calls:
        return "" if _has_root(value, calls) else "a root"
    if not calls & MEANS or not _is_of_difference(value):
        return ""
    if words & {"rmse", "mse", "rms"} and not _has_square(value, calls):
        return "the square"
    if words & {"mae"} and not calls & SIZES and not _has_square(value, calls):
        return "the absolute value"
    return ""


def is_rooted(source: str, name: str) -> bool:
    """Whether the root of what the name holds is taken somewhere."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and named(node.func) in ROOTS and node.args:
            if name in names_in(node.args[0]):
                return True
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Pow):
            base = node.left if isinstance(node, ast.BinOp) else node.target
            if name in names_in(base):
                return True
    return False


def _has_root(value: ast.expr, calls: set[str]) -> bool:
    powers = any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow) for n in ast.walk(value))
    told = any(isinstance(n, ast.keyword) and n.arg == "squared" for n in ast.walk(value))
    return bool(calls & (ROOTS | {"pow", "power"})) or powers or told


def _has_square(value: ast.expr, calls: set[str]) -> bool:
    powers = any(
        isinstance(n, ast.BinOp)
        and (
            isinstance(n.op, ast.Pow | ast.MatMult)
            or (isinstance(n.op, ast.Mult) and ast.unparse(n.left) == ast.unparse(n.right))
        )
        for n in ast.walk(value)
    )
    return powers or bool(calls & SQUARES)


def _is_of_difference(value: ast.expr) -> bool:
    """Whether a mean is taken of nothing but a difference of two values."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and named(node.func) in MEANS:
            of = node.args[0] if node.args else None
            if of is None and isinstance(node.func, ast.Attribute):
                of = node.func.value
            if isinstance(of, ast.BinOp) and isinstance(of.op, ast.Sub):
                return not any(isinstance(n, ast.Constant) for n in (of.left, of.right))
    return False
