"""unused-preprocessing: scaled or encoded arrays are computed, and the raw ones are trained on."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression
from unstuck.checks._source import argument, assigned, fit_call, method, named, parsed, place
from unstuck.checks._task import is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import StandardizeInputs, StandardizeTargets
from unstuck.remedy import Remedy
from unstuck.trace import Trace

SCALES = frozenset({"transform", "fit_transform", "normalize", "scale", "minmax_scale"})
SPREADS = frozenset({"std", "max", "amax", "ptp"})
# Of data sets and frames: they give a new one and leave the old as it is.
PIPELINES = frozenset({"map", "shuffle", "batch", "repeat", "prefetch", "filter"})
DATASETS = frozenset({"from_tensor_slices", "from_generator", "from_tensors", "load"})

_SCALED = "s = StandardScaler()\nx_scaled = s.fit_transform(x)\nmodel.fit(x, y, epochs=9)\n"
_DROPPED = "s.fit(x)\ns.transform(x)\nmodel.fit(x, y, epochs=9)\n"
_BY_HAND = "z = (x - x.mean(axis=0)) / x.std(axis=0)\nmodel.fit(x, y, epochs=9)\n"
_TARGETS = "t = scaler.fit_transform(y)\nmodel.fit(x, y, epochs=9)\n"
_USED = _SCALED.replace("fit(x, y", "fit(x_scaled, y")
_REBOUND = "x = scaler.fit_transform(x)\nmodel.fit(x, y, epochs=9)\n"
_FITTED = "s.fit_transform(x)\nx = s.transform(x)\nmodel.fit(x, y, epochs=9)\n"
_OTHER = _SCALED + "svm.fit(x_scaled, y)\n"
_INSIDE = _SCALED.replace("fit(x, y", "fit(np.hstack([x_scaled, x]), y")
_SHUFFLED = (
    "ds = tf.data.Dataset.from_tensor_slices((x, y))\nds.shuffle(99)\nds = ds.batch(9)\n"
    "model.fit(ds, epochs=9)\n"
)
_IN_PLACE = "rng.shuffle(x)\nmodel.fit(x, y, epochs=9)\n"


class UnusedPreprocessing(Check):
    name = "unused-preprocessing"
    summary = "Scaled arrays or a changed data set are computed, and the raw ones trained on."
    why = (
        "Scalers, map, shuffle and their like give new data and leave the old as they are. What "
        "they give has to be what fit is given."
    )
    instead = "Train on the result: model.fit(x_scaled, ...), ds = ds.shuffle(...)."
    false_alarms = (
        "Scaled data that some other part of the program uses are not reported. A line that was "
        "left over does no harm where the raw data are of unit scale; the trials tell."
    )
    sources = ("tensorflow/models#4215: the result of shuffle is dropped", "causes D01")
    firing = (
        Case("scaled, not used", lambda: regression(source=_SCALED)),
        Case("a result dropped", lambda: regression(source=_DROPPED)),
        Case("scaled by hand", lambda: regression(source=_BY_HAND)),
        Case("targets", lambda: regression(source=_TARGETS)),
        Case("a data set that is not shuffled", lambda: regression(source=_SHUFFLED)),
    )
    silent = (
        Case("used", lambda: regression(source=_USED)),
        Case("under the same name", lambda: regression(source=_REBOUND)),
        Case("the scaler is fitted so", lambda: regression(source=_FITTED)),
        Case("used by another learner", lambda: regression(source=_OTHER)),
        Case("a part of the inputs", lambda: regression(source=_INSIDE)),
        Case("shuffled in place", lambda: regression(source=_IN_PLACE)),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        fit = fit_call(recipe)
        if fit is None:
            return
        for found in _unused(recipe.source, fit):
            remedies = found.remedies if found.end == "x" or is_regression(recipe) else ()
            given = ast.unparse(found.raw)
            used = f"is in {found.name}, which nothing reads" if found.name else "is dropped"
            yield self.found(
                f"the result of {ast.unparse(found.made)[:60]} {used}, and fit is given {given}",
                {"made_on": found.made.lineno, "given": given},
                place(recipe, found.made),
                remedies,
                severity=Severity.WARNING if remedies or not found.end else Severity.NOTE,
            )


class _Unused(NamedTuple):
    """What is made and not used, under what name ("" if dropped), and of what; ``end`` is the
    argument of fit that it was meant for, "" where it is a data set."""

    made: ast.expr
    name: str
    raw: ast.expr
    remedies: tuple[Remedy, ...]
    end: str


def _unused(source: str, fit: ast.Call) -> Iterator[_Unused]:
    tree = parsed(source)
    reads = Counter(
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    )
    ends = {"x": argument(fit, "x", 0), "y": argument(fit, "y", 1)}
    for node in ast.walk(tree):
        name, value = _result(node)
        if value is None or (name is not None and reads[name]):
            continue
        for end, given in ends.items():
            if isinstance(given, ast.Name) and _is_made_of(value, given.id):
                if name is None and _is_fitting(tree, value):
                    continue
                remedy = StandardizeInputs() if end == "x" else StandardizeTargets()
                yield _Unused(value, name or "", given, (remedy,), end)
        given = ends["x"]
        if name is None and isinstance(given, ast.Name) and _is_pipeline(tree, value, given.id):
            yield _Unused(value, "", given, (), "")


def _result(node: ast.AST) -> tuple[str | None, ast.expr | None]:
    """The name that a value is bound to, None where it is dropped; and the value."""
    if isinstance(node, ast.Expr):
        return None, node.value
    pairs = assigned(node)
    if len(pairs) == 1 and isinstance(pairs[0][0], ast.Name):
        return pairs[0][0].id, pairs[0][1]
    return None, None


def _is_made_of(value: ast.expr, raw: str) -> bool:
    """Whether a value is the scaled form of what the name holds."""
    if isinstance(value, ast.Call):
        first = value.args[0] if value.args else None
        return named(value.func) in SCALES and isinstance(first, ast.Name) and first.id == raw
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        calls = {named(n.func) for n in ast.walk(value) if isinstance(n, ast.Call)}
        centred = value.left.left if isinstance(value.left, ast.BinOp) else value.left
        return isinstance(centred, ast.Name) and centred.id == raw and bool(calls & SPREADS)
    return False


def _is_fitting(tree: ast.Module, value: ast.expr) -> bool:
    """Whether a dropped ``fit_transform`` fits a scaler whose ``transform`` is used later."""
    owner, name = method(value)
    return name == "fit_transform" and any(
        method(n) == (owner, "transform") for n in ast.walk(tree)
    )


def _is_pipeline(tree: ast.Module, value: ast.expr, name: str) -> bool:
    """Whether a value is a step of the data set that ``name`` holds."""
    owner, does = method(value)
    if owner != name or does not in PIPELINES:
        return False
    made = [v for n in ast.walk(tree) for t, v in assigned(n) if ast.unparse(t) == name]
    calls = {named(n.func) for v in made for n in ast.walk(v) if isinstance(n, ast.Call)}
    return bool(calls & DATASETS)
