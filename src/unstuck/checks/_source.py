"""Questions about a program's source that several checks ask. It is read and never run."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import lru_cache

from unstuck.recipe import Place, Recipe

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@lru_cache(maxsize=8)
def parsed(source: str) -> ast.Module:
    """The source as a tree, which is empty where it is no Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def place(recipe: Recipe, node: ast.expr | ast.stmt) -> Place:
    """Where a node stands in the program."""
    end_line, end_column = node.end_lineno or 0, node.end_col_offset or 0
    return Place(recipe.script, node.lineno, node.col_offset, end_line, end_column)


def named(node: ast.AST) -> str:
    """The last part of a dotted name: ``fit`` of ``model.fit``; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def root(node: ast.AST) -> str:
    """The name that an expression begins with: ``model`` of ``model.layers[0].trainable``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def method(call: ast.AST | None) -> tuple[str, str]:
    """The object and the name of a method's call, ("model", "fit"); ("", "") for another node."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value), call.func.attr
    return "", ""


def mentions(source: str, names: Collection[str]) -> bool:
    """Whether the program uses one of the names: as variable, attribute, argument or import."""
    for node in ast.walk(parsed(source)):
        found = named(node) or getattr(node, "arg", None) or ""
        imported = node.name.split(".") if isinstance(node, ast.alias) else ()
        if found in names or any(part in names for part in imported):
            return True
    return False


def scopes(source: str) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """Each scope (the module, a function, a class) with its own nodes, in order of the source
    and without those of the scopes in it."""
    tree = parsed(source)
    for scope in (tree, *(n for n in ast.walk(tree) if isinstance(n, SCOPES))):
        yield scope, list(inside(scope))


def inside(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one, without those of functions and classes in it."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, SCOPES):
            yield from inside(node)


def assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Targets and values of an assignment; the parts of a tuple, where both sides have them."""
    if isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        return [(node.target, node.value)]
    if not isinstance(node, ast.Assign):
        return []
    return [pair for target in node.targets for pair in _parts(target, node.value)]


def _parts(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if not isinstance(target, ast.Tuple | ast.List):
        return [(target, value)]
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        return [part for one, of in pairs for part in _parts(one, of)]
    return [part for one in target.elts for part in _parts(one, value)]


def argument(call: ast.Call, keyword: str, position: int | None = None) -> ast.expr | None:
    """An argument of a call by its keyword, or by its position."""
    for given in call.keywords:
        if given.arg == keyword:
            return given.value
    if position is None or len(call.args) <= position:
        return None
    starred = any(isinstance(a, ast.Starred) for a in call.args[: position + 1])
    return None if starred else call.args[position]


def names_in(node: ast.AST) -> set[str]:
    """Every variable that an expression reads."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def at(recipe: Recipe, found: Place | None) -> ast.Call | None:
    """The call that stands at a place of the program."""
    if found is None:
        return None
    for node in ast.walk(parsed(recipe.source)):
        if isinstance(node, ast.Call) and node.lineno == found.line:
            ends = (node.col_offset, node.end_lineno, node.end_col_offset)
            if ends == (found.column, found.end_line, found.end_column):
                return node
    return None


def trainings(source: str) -> list[ast.Call]:
    """The calls of ``fit`` of a network."""
    calls = [n for n in ast.walk(parsed(source)) if method(n)[1] == "fit"]
    return [c for c in calls if isinstance(c, ast.Call) and _trains(c)]


def goes_on(recipe: Recipe) -> bool:
    """Whether the call of ``fit`` stands in a loop that does not make its model anew, so that it
    is one part of a longer training."""
    fit = fit_call(recipe)
    for loop in ast.walk(parsed(recipe.source)) if fit else ():
        nodes = list(inside(loop)) if isinstance(loop, ast.For | ast.While) else []
        bound = {ast.unparse(target) for n in nodes for target, _ in assigned(n)}
        if fit in nodes and method(fit)[0] not in bound:
            return True
    return False


def fit_call(recipe: Recipe) -> ast.Call | None:
    """The call of ``fit`` in the source: at its place, or the only one."""
    known = at(recipe, recipe.fit.place)
    trains = trainings(recipe.source)
    return known or (trains[0] if len(trains) == 1 else None)


def _trains(call: ast.Call) -> bool:
    """Whether it is the ``fit`` of a network, not of a scaler."""
    told = {k.arg for k in call.keywords}
    keras = {"epochs", "batch_size", "validation_data", "validation_split", "callbacks", "verbose"}
    return len(call.args) + len(told) > 1 or bool(told & keras)
