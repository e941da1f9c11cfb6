"""misleading-metric: a score that is not what its name says."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.checks._scores import is_rooted, lacking, named_scores
from unstuck.checks._source import (
    argument,
    assigned,
    fit_call,
    method,
    named,
    place,
    scopes,
)
from unstuck.checks._task import output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

_RMSE = "def rmse(t, p):\n    return K.sqrt(K.mean(p - t))\n"
_ROOTLESS = "rmse = mean_squared_error(y, model.predict(x))\nprint('RMSE', rmse)\n"
_MAE = "mae = np.mean(y - model.predict(x)[:, 0])\n"
_RIGHT = (
    "def rmse(t, p):\n    e = p - t\n    return K.sqrt(K.mean(e * e))\n"
    "mse = np.mean((y - p) ** 2)\nroot_mse = np.sqrt(mse)\nmae = np.abs(y - p).mean()\n"
)
_LIBRARY = (
    "rmse = mean_squared_error(y, p, squared=False)\nrmse = mean_squared_error(y, p) ** 0.5\n"
    "rmse = mean_squared_error(y, p)\nrmse = np.sqrt(rmse)\n"
    "mae = history.history['mae'][-1]\nmse, mae = model.evaluate(x, y)\nrmse = math.sqrt(mse)\n"
)
_FIT = "model.fit(x, y, epochs=9)\n"
_GRID = f"{_FIT}p = model.predict(x)\nprint(np.mean((p > 0.5) == y))\n"
_SQUARES = f"{_FIT}print(np.mean((model.predict(x) - y) ** 2))\n"
_FLAT = f"{_FIT}p = model.predict(x).ravel()\nprint(np.mean((p > 0.5) == y))\n"
_COLUMN = f"{_FIT}p = model.predict(x)\nprint(np.mean((p[:, 0] > 0.5) == y))\n"


def _binary(source: str, *target: int) -> Recipe:
    layers = [dense(16, "relu"), dense(1, "sigmoid")]
    y = integers(0, 2, 200, *target)
    return recipe(normal(200, 4), y, layers, "binary_crossentropy", source=source)


class MisleadingMetric(Check):
    name = "misleading-metric"
    severity = Severity.ERROR
    summary = "A score that is not what its name says, or that compares every row with every row."
    why = (
        "Differences that are not squared cancel out, so a bad network can score 0. Predictions "
        "of shape (N, 1) against targets of shape (N,) broadcast in NumPy to (N, N): each "
        "prediction is compared with each target, and the score says nothing of the network."
    )
    instead = "The metric of a library, and predictions as model.predict(x)[:, 0] or .ravel()."
    false_alarms = "A name such as rmse for something else; the mean error, where the bias is meant"
    sources = ("NumPy: broadcasting", "causes E07; measured: half of balanced labels match")
    firing = (
        Case("a root mean without the square", lambda: regression(source=_RMSE)),
        Case("a root mean square without the root", lambda: regression(source=_ROOTLESS)),
        Case("a mean absolute error with signs", lambda: regression(source=_MAE)),
        Case("every prediction against every label", lambda: _binary(_GRID)),
        Case("every difference squared", lambda: regression(source=_SQUARES)),
    )
    silent = (
        Case("what they say", lambda: regression(source=_RIGHT)),
        Case("of a library", lambda: regression(source=_LIBRARY)),
        Case("flat predictions", lambda: _binary(_FLAT)),
        Case("one column", lambda: _binary(_COLUMN)),
        Case("columns against columns", lambda: _binary(_GRID, 1)),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for name, value in named_scores(recipe.source):
            lacks = lacking(name, value)
            if lacks and not (lacks == "a root" and is_rooted(recipe.source, name)):
                yield self.found(
                    f"{name} is computed without {lacks}: {ast.unparse(value)[:60]}",
                    {"score": name, "lacks": lacks},
                    place(recipe, value),
                    severity=Severity.WARNING if lacks == "a root" else Severity.ERROR,
                )
        for node in _against_all(recipe):
            yield self.found(
                f"{ast.unparse(node)[:60]} compares predictions of shape (N, 1) with targets of "
                "shape (N,), which NumPy broadcasts to (N, N)",
                {"target_shape": "(N,)", "prediction_shape": "(N, 1)"},
                place(recipe, node),
            )
            return


def _against_all(recipe: Recipe) -> Iterator[ast.expr]:
    """Comparisons and differences of ``(N, 1)`` predictions with the ``(N,)`` targets of fit."""
    fit = fit_call(recipe)
    width, data = output_width(recipe), recipe.data
    if fit is None or width != 1 or len(data.targets) != 1 or data.targets[0].ndim != 1:
        return
    given = argument(fit, "y", 1)
    if not isinstance(given, ast.Name) or len(recipe.model.output_layer.output_shape) > 1:
        return
    model = method(fit)[0]
    for _, nodes in scopes(recipe.source):
        columns = _columns(nodes, model)
        kin = _kin(nodes, given.id) if fit in nodes else set()
        for node in nodes:
            sides = _sides(node)
            if sides and _meets(sides, columns, kin, model) and isinstance(node, ast.expr):
                yield node


def _columns(nodes: list[ast.AST], model: str) -> set[str]:
    """Names that hold nothing but the predictions of a model, as they came."""
    bound = [(t.id, v) for n in nodes for t, v in assigned(n) if isinstance(t, ast.Name)]
    held = {name for name, value in bound if _is_column(value, set(), model)}
    return {n for n in held if all(_is_column(v, set(), model) for m, v in bound if m == n)}


def _is_column(value: ast.AST, columns: set[str], model: str) -> bool:
    """Predictions as they came, or compared with a number, or rounded."""
    if isinstance(value, ast.Compare) and isinstance(value.comparators[0], ast.Constant):
        return _is_column(value.left, columns, model)
    if isinstance(value, ast.Name):
        return value.id in columns
    owner, name = method(value)
    if not isinstance(value, ast.Call):
        return False
    if name in ("round", "rint") and owner in ("np", "numpy") and value.args:
        return _is_column(value.args[0], columns, model)
    if name in ("round", "astype") and isinstance(value.func, ast.Attribute):
        return _is_column(value.func.value, columns, model)
    return owner == model and name == "predict"


def _kin(nodes: list[ast.AST], target: str) -> set[str]:
    """The name given to fit, where it is bound once or comes with others of one shape from one
    split; names that are bound anew are left out."""
    kin = {target}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            names = [n.id for n in node.targets[0].elts if isinstance(n, ast.Name)]
            split = isinstance(node.value, ast.Call) and "split" in named(node.value.func)
            if target in names and split and len(names) == 4:
                kin |= set(names[2:]) if target in names[2:] else set()
    bound = [t.id for n in nodes for t, _ in assigned(n) if isinstance(t, ast.Name)]
    return {n for n in kin if bound.count(n) <= 1}


def _sides(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return node.left, node.comparators[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return node.left, node.right
    return None


def _meets(sides: tuple[ast.expr, ast.expr], columns: set[str], kin: set[str], model: str) -> bool:
    for one, other in (sides, sides[::-1]):
        if isinstance(other, ast.Name) and other.id in kin and _is_column(one, columns, model):
            return True
    return False
