"""argmax-single-column: the likeliest of one column is always the first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression
from unstuck.checks._decoding import decodings
from unstuck.checks._source import argument, method, parsed, place
from unstuck.checks._task import output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

_COLUMNS = "p = model.predict(x)\nprint((np.argmax(p, axis=1) == y).mean())\n"
_METHOD = "labels = model.predict(x).argmax(axis=-1)\n"
_ROW = "p = model.predict(x)\nfor i in range(9):\n    print(np.argmax(p[i]))\n"
_THRESHOLD = "p = model.predict(x)\nprint(((p[:, 0] > 0.5) == y).mean())\n"
_BEST_ROW = "p = model.predict(x)\nprint(x[np.argmax(p)], np.argmax(p, axis=0))\n"
_TWO = "a.fit(x, y, epochs=2)\nb.fit(x, z, epochs=2)\nprint(b.predict(x).argmax(axis=1))\n"


def _binary(source: str = "", metrics: tuple[str, ...] = ()) -> Recipe:
    layers = [dense(16, "relu"), dense(1, "sigmoid")]
    x, y = normal(200, 4), integers(0, 2, 200)
    return recipe(x, y, layers, "binary_crossentropy", source=source, metrics=metrics)


class ArgmaxSingleColumn(Check):
    name = "argmax-single-column"
    severity = Severity.ERROR
    summary = "argmax over the one column of an output of one unit, which is always 0."
    why = (
        "The largest of one number is that number, at place 0: every prediction reads as class 0 "
        "whatever the network has learned. As a metric, categorical accuracy of one column is "
        "always 1."
    )
    instead = "A threshold, p[:, 0] > 0.5, for one sigmoid unit; argmax(axis=-1) for several."
    false_alarms = "argmax along the rows, for the row with the highest score, is not reported."
    sources = ("keras-team/keras#112", "keras-team/keras#500")
    firing = (
        Case("along the columns", lambda: _binary(_COLUMNS)),
        Case("as a method", lambda: _binary(_METHOD)),
        Case("of each row", lambda: _binary(_ROW)),
        Case("as a metric", lambda: _binary(metrics=("categorical_accuracy",))),
    )
    silent = (
        Case("a threshold", lambda: _binary(_THRESHOLD)),
        Case("the best row", lambda: _binary(_BEST_ROW)),
        Case("another network's prediction", lambda: _binary(_TWO)),
        Case("several classes", lambda: classifier(source=_COLUMNS)),
        Case("no source", lambda: _binary(metrics=("accuracy",))),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if output_width(recipe) != 1 or len(recipe.data.targets) != 1:
            return
        if len(recipe.model.output_layer.output_shape) > 1:
            return
        if {"categorical_accuracy", "CategoricalAccuracy"} & set(recipe.metrics):
            yield self.found(
                "categorical accuracy compares the places of the largest of one column, which are "
                "always the same: it is 1 whatever is predicted",
                {"columns": 1},
                recipe.loss.place,
            )
        if len(_trained(recipe.source)) > 1:
            return
        for call, name in decodings(recipe.source, frozenset({"argmax"})):
            if _is_over_columns(call):
                yield self.found(
                    f"{name} of predictions with one column is always 0, whatever is predicted",
                    {"columns": 1},
                    place(recipe, call),
                )
                return


def _trained(source: str) -> set[str]:
    """The names of everything that has a ``fit`` with arguments by keyword, as networks do."""
    calls = [n for n in ast.walk(parsed(source)) if isinstance(n, ast.Call)]
    return {method(c)[0] for c in calls if method(c)[1] == "fit" and c.keywords}


def _is_over_columns(call: ast.Call) -> bool:
    """Whether the columns are compared: along the last axis, or within a single row."""
    owner, _ = method(call)
    outside = owner in ("np", "numpy", "tf", "jnp", "ops")
    axis = argument(call, "axis", 1 if outside else 0)
    if axis is not None:
        return ast.unparse(axis) in ("1", "-1")
    value = call.args[0] if outside and call.args else call.func
    value = value.value if isinstance(value, ast.Attribute) else value
    return isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant | ast.Name)
