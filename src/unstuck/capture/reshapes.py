"""Reshapes in a program's own text, seen as it runs.

Whether an array was reshaped or transposed cannot be told from the array. So each call of
``reshape`` in the program goes through here, and what it was given and made is kept.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from unstuck.capture.owner import is_users
from unstuck.capture.places import user_place
from unstuck.recipe import Data, Recipe, Reshape

NAME = "__unstuck_reshape__"
TENSORS = frozenset({"F", "K", "backend", "jnp", "keras", "ops", "tensorflow", "tf", "torch"})
MOST = 100  # a program that reshapes row by row says the same each time
_seen: list[Reshape] = []


def run_watched(text: str | bytes, path: str, module: ModuleType) -> None:
    """Run a program's text as the content of ``module``.

    Raises:
        SyntaxError: as Python itself does. Whatever the program raises.
    """
    vars(module)[NAME] = reshape
    exec(_compiled(text, path), vars(module))


def _compiled(text: str | bytes, path: str) -> CodeType:
    if (b"reshape" if isinstance(text, bytes) else "reshape") in text:  # type: ignore[operator]
        with suppress(RecursionError):  # of an expression that goes on and on
            tree = ast.fix_missing_locations(_Watched().visit(ast.parse(text, path)))
            return compile(tree, path, "exec", dont_inherit=True)
    return compile(text, path, "exec", dont_inherit=True)


def watch_modules() -> None:
    """Run the modules that are the program's own in the same way, when they are imported."""
    original = SourceFileLoader.exec_module

    def executed(loader: SourceFileLoader, module: ModuleType) -> None:
        if type(loader) is SourceFileLoader and is_users(loader.path):
            run_watched(loader.get_data(loader.path), loader.path, module)
        else:
            original(loader, module)

    SourceFileLoader.exec_module = executed  # type: ignore[assignment]


class _Watched(ast.NodeTransformer):
    """Leaves alone what may be handed on as code, to be run or compiled elsewhere."""

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node if node.decorator_list else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if not isinstance(called, ast.Attribute) or called.attr != "reshape":
            return node
        if ast.unparse(called.value).rpartition(".")[2] in TENSORS:
            return node
        name = ast.copy_location(ast.Name(NAME, ast.Load()), called)
        made = ast.Call(name, [called.value, *node.args], node.keywords)
        return ast.copy_location(made, node)


def reshape(owner: Any, /, *args: Any, **named: Any) -> Any:
    """``owner.reshape(...)``, of an array or of NumPy itself; what it did is kept."""
    made = owner.reshape(*args, **named)
    given = args[0] if owner is np and args else owner
    if isinstance(given, np.ndarray) and isinstance(made, np.ndarray):
        order = args[2] if owner is np and len(args) > 2 else named.get("order", "C")
        _keep(given, made, order)
    return made


def _keep(given: Any, made: Any, order: str) -> None:
    if order != "C" or len(_seen) == MOST:
        return
    found = Reshape(given.shape, made.shape)
    if found.order:
        _seen.append(replace(found, place=user_place()))


def with_reshapes(recipe: Recipe) -> Recipe:
    """A recipe with what was seen of its inputs, by their shape."""
    return replace(recipe, data=replace(recipe.data, reshapes=tuple(_of(recipe.data))))


def _of(data: Data) -> list[Reshape]:
    shapes = {x.shape[1:] for x in data.inputs if x.ndim > 1}
    return list(dict.fromkeys(found for found in _seen if found.made[1:] in shapes))
