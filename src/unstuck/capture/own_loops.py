"""Loops of a program's own that compute gradients and apply them: found in the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

METHODS = frozenset({"GradientTape", "backward", "apply_gradients", "stateless_apply"})
FUNCTIONS = frozenset({"grad", "value_and_grad"})


def own_loop(text: str) -> str:
    """A sentence on the first line that computes or applies gradients by hand; "" if none does, or
    where the text is no Python."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ""
    found = min(_steps(tree), default=None)
    if found is None:
        return ""
    line, name = found
    return (
        f"it trains by a loop of its own ({name}, line {line}), which cannot be captured; "
        "unstuck.check(model, x, y) examines its model, compiled with the loss and the optimizer "
        "of that loop"
    )


def _steps(tree: ast.AST) -> Iterator[tuple[int, str]]:
    taken = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("jax", "tensorflow")
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        root, _, last = name.rpartition(".")
        of_jax = root == "jax" or (not root and last in taken)
        if (root and last in METHODS) or (of_jax and last in FUNCTIONS | METHODS):
            yield node.lineno, name
