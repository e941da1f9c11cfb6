"""Initializers that a program writes itself: a layer calls them with a ``dtype`` today."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Initializers of one's own"
HINT = r"init\w*\s*="
WHY = "a layer calls its initializer with a dtype"


def rows() -> Iterator[tuple[str, str, str]]:
    yield "def start(shape): ..., given as init=start", "def start(shape, dtype=None): ...", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    given = {program.code(arg.value) for arg in _initializers(program)}
    for function in program.every(cst.FunctionDef):
        if function.name.value in given and _wants_dtype(function.params):
            last = function.params.params[-1]
            end = program.span(last.default or last.name)[1]
            yield Rewrite((Edit(end, end, ", dtype=None"),), program.span(last), WHY)


def _initializers(program: Program) -> Iterator[cst.Arg]:
    """Arguments of layers of Keras that say how weights begin."""
    for call, name in program.calls():
        if name.startswith("keras.layers."):
            for key, arg in keywords(call).items():
                if key in ("init", "inner_init") or key.endswith("_initializer"):
                    yield arg


def _wants_dtype(given: cst.Parameters) -> bool:
    names = [p.name.value for p in (*given.params, *given.kwonly_params)]
    return bool(given.params) and "dtype" not in names and given.star_kwarg is None
