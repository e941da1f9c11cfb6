"""``merge([a, b], mode='concat')`` and ``Merge``: a layer for each mode."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Merging layers"
HINT = r"\b[mM]erge\b"
MODES = {
    "sum": "add",
    "mul": "multiply",
    "concat": "concatenate",
    "ave": "average",
    "max": "maximum",
    "dot": "dot",
    "cos": "dot",
}
WHY = "each way of merging has a function of its own"
TWO = "a Sequential takes one input; write keras.Model(inputs, outputs) with keras.layers.{}"


def rows() -> Iterator[tuple[str, str, str]]:
    for mode, new in MODES.items():
        more = {"concat": ", axis=-1", "dot": ", axes=...", "cos": ", axes=..., normalize=True"}
        yield f"merge([a, b], mode='{mode}')", f"{new}([a, b]{more.get(mode, '')})", ""
    yield "Merge([first, second], mode='concat')", "", TWO.format("concatenate")


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for call, name in program.calls({"keras.layers.merge", "keras.layers.Merge"}):
        if name.endswith("Merge"):
            mode = literal(keywords(call)["mode"].value) if "mode" in keywords(call) else "sum"
            why = TWO.format(MODES.get(mode or "", "concatenate"))
            yield Refusal(program.span(call), program.code(call), why)
        else:
            yield _merged(program, call)


def _merged(program: Program, call: cst.Call) -> Rewrite | Refusal:
    given, first = keywords(call), positional(call)
    spot = given.get("mode") or (first[1] if len(first) > 1 else None)
    mode = literal(spot.value) if spot else "sum"
    if mode not in MODES:
        return Refusal(program.span(call), program.code(call), "its mode is a function; use Lambda")
    span = program.span(call)
    inputs = given.get("inputs") or (first[0] if first else None)
    if inputs is None:
        return Refusal(span, program.code(call), "it merges nothing that can be seen")
    parts = [program.code(inputs.value)]
    if mode == "concat" and "concat_axis" in given:
        parts.append(f"axis={program.code(given['concat_axis'].value)}")
    if mode in ("dot", "cos"):
        axes = given.get("dot_axes")
        parts.append(f"axes={program.code(axes.value) if axes else '-1'}")
    if mode == "cos":
        parts.append("normalize=True")
    if "name" in given:
        parts.append(f"name={program.code(given['name'].value)}")
    new = MODES[mode]
    more: tuple[Edit, ...] = ()
    if isinstance(call.func, cst.Attribute):
        words = f"{program.code(call.func.value)}.{new}"
    else:
        (words,), more = program.reach_names("keras.layers", new)
    return Rewrite((Edit(*span, f"{words}({', '.join(parts)})"), *more), span, WHY)
