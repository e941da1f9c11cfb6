"""Imports of names that are gone, once nothing uses them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import dotted
from unstuck.modernize.names import REMOVED, home
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.modernize.rules._ops import STAYS
from unstuck.patch.source import Edit

TITLE = "Imports of what is gone"
HINT = r"\bkeras\b"
GONE = frozenset(
    {
        *REMOVED,
        "keras.layers.merge",
        "keras.layers.Merge",
        "keras.layers.TimeDistributedDense",
        "keras.wrappers.KerasClassifier",
        "keras.wrappers.KerasRegressor",
    }
)
WHY = "today's Keras has no such name, and nothing uses it"


def rows() -> Iterator[tuple[str, str, str]]:
    yield "from keras.layers import Dense, merge", "from keras.layers import Dense", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for node in program.every(cst.ImportFrom):
        if isinstance(node.names, cst.ImportStar):
            continue
        module = dotted(node.module)
        kept = [
            a
            for a in node.names
            if not _gone(home(f"{module}.{dotted(a.name)}")) or program.used(a)
        ]
        if len(kept) == len(node.names):
            continue
        start = program.span(node.names[0].name)[0]
        last = node.names[-1]
        end = program.span(last.asname.name if last.asname else last.name)[1]
        edit = Edit(start, end, ", ".join(_words(program, a) for a in kept))
        if not kept:
            edit = Edit(*program.span(node), "import keras")
        yield Rewrite((edit,), program.span(node), WHY)


def _gone(name: str) -> bool:
    function = name.removeprefix("keras.backend.")
    return name in GONE or (function != name and "." not in function and function not in STAYS)


def _words(program: Program, alias: cst.ImportAlias) -> str:
    name = dotted(alias.name)
    return f"{name} as {program.code(alias.asname.name)}" if alias.asname else name
