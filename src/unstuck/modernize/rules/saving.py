"""Names of files: today's Keras takes weights as ``.weights.h5`` and models as ``.keras``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal, positional
from unstuck.modernize.program import Program, Refusal, Rewrite

TITLE = "Names of files"
HINT = r"ModelCheckpoint|save_weights|\.save\("
ENDINGS = re.compile(r"(\.weights)?\.(hdf5|h5|hdf|ckpt|hd5|tf|keras)$")
WHY = "a file of weights ends in .weights.h5"
WHOLE = "a file of a model ends in .keras"


def rows() -> Iterator[tuple[str, str, str]]:
    yield "ModelCheckpoint('best.hdf5')", "ModelCheckpoint('best.keras')", ""
    yield "ModelCheckpoint('w.h5', save_weights_only=True)", "'w.weights.h5'", ""
    yield "save_weights('w.h5'), load_weights('w.h5')", "'w.weights.h5'", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    if not program.knows_keras:
        return
    renames = dict(_renames(program))
    if not renames:
        return
    for node in program.every(cst.SimpleString):
        new = renames.get(literal(node) or "")
        if new:
            quote = program.code(node)[-1]
            why = WHY if new.endswith(".weights.h5") else WHOLE
            yield Rewrite((program.put(node, f"{quote}{new}{quote}"),), program.span(node), why)


def _renames(program: Program) -> Iterator[tuple[str, str]]:
    """Each file that today's Keras refuses, with its new name; every mention of it changes."""
    for call, _ in program.calls({"keras.callbacks.ModelCheckpoint"}):
        given, first = keywords(call), positional(call)
        arg = given.get("filepath") or (first[0] if first else None)
        only = given.get("save_weights_only")
        weights = only is not None and program.code(only.value) == "True"
        name = _file(program, arg.value) if arg is not None else None
        if name and weights and not name.endswith(".weights.h5"):
            yield name, ENDINGS.sub("", name) + ".weights.h5"
        elif name and not weights and not name.endswith((".keras", ".h5")):
            yield name, ENDINGS.sub("", name) + ".keras"
    for call, _ in program.methods("save_weights"):
        name = _file(program, call.args[0].value) if call.args else None
        if name and not name.endswith(".weights.h5"):
            yield name, ENDINGS.sub("", name) + ".weights.h5"
    for call, _ in program.methods("save"):
        name = literal(call.args[0].value) if len(call.args) == 1 else None
        if name and re.search(r"model", program.code(call.func)) and "." not in name[-7:]:
            yield name, f"{name}.keras"


def _file(program: Program, node: cst.BaseExpression) -> str | None:
    """A plain string, or one that a name is given."""
    if isinstance(node, cst.Name):
        for assign in program.every(cst.Assign):
            targets = [t.target for t in assign.targets]
            if any(isinstance(t, cst.Name) and t.value == node.value for t in targets):
                return literal(assign.value)
    return literal(node)
