"""scikit-learn's folds, which are told the number of parts first and the rows later."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "scikit-learn and pandas"
HINT = r"n_folds|as_matrix|n_iter|OneHotEncoder"
WHY = "folds are told their number first, and the rows when they split"
FOLDS = {
    "sklearn.model_selection.KFold": ("range({0})",),
    "sklearn.model_selection.StratifiedKFold": ("{0}, {0}",),
}


def rows() -> Iterator[tuple[str, str, str]]:
    yield "KFold(n, n_folds=5)", "KFold(n_splits=5).split(range(n))", ""
    yield "StratifiedKFold(y, n_folds=5)", "StratifiedKFold(n_splits=5).split(y, y)", ""
    yield "OneHotEncoder(sparse=False)", "OneHotEncoder(sparse_output=False)", ""
    yield "frame.as_matrix()", "frame.to_numpy()", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for call, name in program.calls(FOLDS):
        yield from _folds(program, call, FOLDS[name][0])
    for call, _ in program.calls({"sklearn.preprocessing.OneHotEncoder"}):
        given = keywords(call)
        if "sparse" in given:
            edit = program.renamed(given["sparse"], "sparse_output")
            yield Rewrite((edit,), program.span(call), "the argument has another name")
    for call, _ in program.methods("as_matrix"):
        if not call.args and "pandas" in program.text:
            assert isinstance(call.func, cst.Attribute)
            edit = program.put(call.func.attr, "to_numpy")
            yield Rewrite((edit,), program.span(call), "it was renamed")


def _folds(program: Program, call: cst.Call, rows: str) -> Iterator[Rewrite]:
    given, first = keywords(call), positional(call)
    if "n_folds" not in given:
        return
    about = given.get("n") or given.get("y") or (first[0] if first else None)
    edits: list[Edit] = [program.renamed(given["n_folds"], "n_splits")]
    if about is not None:
        end = program.span(call)[1]
        split = rows.format(program.code(about.value))
        edits += [*program.dropped(call, [about]), Edit(end, end, f".split({split})")]
    yield Rewrite(tuple(edits), program.span(call), WHY)
