"""Reshapes in a program's own text, seen as it runs.

Whether an array was reshaped or transposed cannot be told from the array. So each call of
``reshape`` in the program goes through here, and what it was given and made is kept.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from types import CodeType
from typing import Any

import numpy as np

from unstuck.capture.places import user_place
from unstuck.recipe import Data, Recipe, Reshape

NAME = "__unstuck_reshape__"
MOST = 100  # a program that reshapes row by row says the same each time
_seen: list[Reshape] = []


def watched(text: str | bytes, path: str) -> CodeType:
    """The program's code; run it where ``NAME`` is ``reshape``.

    Raises:
        SyntaxError: as Python itself does.
    """
    tree = ast.fix_missing_locations(_Watched().visit(ast.parse(text, path)))
    return compile(tree, path, "exec", dont_inherit=True)


class _Watched(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if not isinstance(called, ast.Attribute) or called.attr != "reshape":
            return node
        name = ast.copy_location(ast.Name(NAME, ast.Load()), called)
        made = ast.Call(name, [called.value, *node.args], node.keywords)
        return ast.copy_location(made, node)


def reshape(owner: Any, *args: Any, **named: Any) -> Any:
    """``owner.reshape(...)``, of an array or of NumPy itself; what it did is kept."""
    made = owner.reshape(*args, **named)
    given = args[0] if owner is np and args else owner
    if isinstance(given, np.ndarray) and isinstance(made, np.ndarray):
        _keep(given, made, named.get("order", "C"))
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
