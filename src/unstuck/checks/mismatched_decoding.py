"""mismatched-decoding: predictions read back otherwise than the targets were written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe, regression
from unstuck.checks._task import head, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Place, Recipe
from unstuck.trace import Trace

ROUNDING = frozenset({"round", "rint", "around"})
TRUNCATING = frozenset({"int", "floor", "trunc"})
_ROUNDED = "p = model.predict(x)\nprint(np.round(p))\n"
_MAPPED = "def read(n):\n    p = model.predict(n)\n    return tuple(map(round, p[0]))\n"
_TAKEN = "p = model.predict(x)\nprint(p.argmax(axis=1), round(3.7))\n"


def _bits(source: str) -> Recipe:
    layers = [dense(16, "relu"), dense(5, "softmax")]
    y = integers(0, 2, 200, 5)
    return recipe(normal(200, 4), y, layers, "categorical_crossentropy", source=source)


def _one_hot(source: str) -> Recipe:
    layers = [dense(16, "relu"), dense(5, "softmax")]
    y = one_hot(integers(0, 5, 200), 5)
    return recipe(normal(200, 4), y, layers, "categorical_crossentropy", source=source)


class MismatchedDecoding(Check):
    name = "mismatched-decoding"
    severity = Severity.ERROR
    summary = "Predictions rounded or truncated where that cannot give the targets back."
    why = (
        "The network may have learned and its answers be spoiled afterwards. A softmax row sums "
        "to one, so at most one entry rounds to 1: targets with several ones can never be read "
        "back. Truncating a real prediction takes up to 1 off it."
    )
    instead = (
        "The likeliest class, argmax(axis=-1), for softmax; np.rint or no rounding for numbers."
    )
    false_alarms = "Rounding the output of a single sigmoid is right, and so is one-hot rounded."
    sources = ("keras-team/keras#500", "Stack Overflow: remainder by seven, rounded")
    firing = (
        Case("softmax rounded to bits", lambda: _bits(_ROUNDED)),
        Case("round mapped over a row, in a function", lambda: _bits(_MAPPED)),
        Case(
            "a regression truncated",
            lambda: regression(source="print(int(model.predict(x)[0, 0]))\n"),
        ),
    )
    silent = (
        Case("the likeliest class", lambda: _bits(_TAKEN)),
        Case("one-hot, rounded", lambda: _one_hot(_ROUNDED)),
        Case("a classifier", lambda: classifier(source=_TAKEN)),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        names = self._wrong(recipe)
        if not names or not recipe.source:
            return
        for call, name in _applied(recipe.source, names):
            place = Place(recipe.script, call.lineno, call.col_offset)
            reason = (
                "a softmax row has at most one entry over one half, and the targets have more ones"
                if head(recipe).activation == "softmax"
                else "that takes up to 1 off a prediction that is a real number"
            )
            yield self.found(
                f"predictions are passed through {name}: {reason}", {"by": name}, place
            )
            return

    @staticmethod
    def _wrong(recipe: Recipe) -> frozenset[str]:
        """Functions that spoil this recipe's predictions."""
        if len(recipe.data.targets) != 1:
            return frozenset()
        y = recipe.data.targets[0]
        if head(recipe).activation == "softmax" and recipe.loss.name == "categorical_crossentropy":
            several = y.ndim > 1 and bool((y.sum(axis=-1) > 1.5).any())
            return ROUNDING | TRUNCATING if several else frozenset()
        return TRUNCATING if is_regression(recipe) else frozenset()


def _applied(source: str, functions: frozenset[str]) -> Iterator[tuple[ast.Call, str]]:
    """Calls of ``functions`` on what comes from ``.predict``, followed through assignments."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    predicted = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _predicts(node.value, frozenset())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _function(node, functions)
            if name and _predicts(node, frozenset(predicted)):
                yield node, name


def _function(call: ast.Call, functions: frozenset[str]) -> str:
    """Which of ``functions`` is called, or mapped over something; "" if none is."""
    called = _name(call.func)
    if called == "map" and call.args:
        called = _name(call.args[0])
    return called if called in functions else ""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _predicts(node: ast.AST, names: frozenset[str]) -> bool:
    """Whether an expression holds a prediction that is not yet turned into a class."""
    inside = list(ast.walk(node))
    if any(isinstance(n, ast.Call) and "argmax" in _name(n.func) for n in inside):
        return False
    return any(
        (isinstance(n, ast.Call) and _name(n.func) == "predict")
        or (isinstance(n, ast.Name) and n.id in names)
        for n in inside
    )
