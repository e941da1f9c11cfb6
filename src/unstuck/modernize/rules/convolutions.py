"""Convolutions of Keras 1, whose kernel is given as rows and columns apart, and its other forms
of whole layers."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.modernize.rules.arguments import CONVOLVED
from unstuck.patch.source import Edit

TITLE = "Layers of Keras 1"
HINT = r"Conv|Dense|nb_row|kernel_dim|batch_input_shape|weights\s*="
SIZES = {
    "Convolution2D": ("nb_row", "nb_col"),
    "Conv2D": ("nb_row", "nb_col"),
    "SeparableConvolution2D": ("nb_row", "nb_col"),
    "SeparableConv2D": ("nb_row", "nb_col"),
    "Conv2DTranspose": ("nb_row", "nb_col"),
    "Convolution3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
    "Conv3D": ("kernel_dim1", "kernel_dim2", "kernel_dim3"),
}
OLD_NAMES = ("Convolution2D", "SeparableConvolution2D", "Convolution3D", "Conv2DTranspose")
WHY = "a kernel is one tuple"


def rows() -> Iterator[tuple[str, str, str]]:
    yield "Convolution2D(32, 3, 3)", "Convolution2D(32, (3, 3))", ""
    yield "Convolution3D(32, 3, 3, 3)", "Convolution3D(32, (3, 3, 3))", ""
    yield "nb_row=3, nb_col=3", "kernel_size=(3, 3)", ""
    yield "TimeDistributedDense(8)", "TimeDistributed(Dense(8))", ""
    yield "Dense(8, batch_input_shape=(4, 2))", "keras.Input(batch_shape=(4, 2)) before it", ""
    yield "Dense(8, weights=[W, b])", "", "set_weights once the layer is built"


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    names = {f"keras.layers.{name}": name for name in SIZES}
    for call, name in program.calls(names):
        yield from _kernel(program, call, names[name])
    for call, _ in program.calls({"keras.layers.TimeDistributedDense"}):
        yield _distributed(program, call)
    for call, name in program.calls():
        given = keywords(call)
        if not name.startswith("keras.layers.") or name.endswith(("Input", "InputLayer")):
            continue
        if "batch_input_shape" in given:
            yield from _batch(program, call, given["batch_input_shape"])
        if "weights" in given and not name.endswith((".Embedding", ".BatchNormalization")):
            why = "a layer takes no weights; set them by set_weights once it is built"
            yield Refusal(program.span(given["weights"]), program.code(given["weights"]), why)


def _kernel(program: Program, call: cst.Call, name: str) -> Iterator[Rewrite]:
    given, first = keywords(call), positional(call)
    sizes = SIZES[name]
    old = name in OLD_NAMES or any(k in given for k in CONVOLVED)
    if all(size in given for size in sizes):
        parts = [given[size] for size in sizes]
        texts = ", ".join(program.code(p.value) for p in parts)
        edits = [Edit(*program.span(parts[0]), f"kernel_size=({texts})")]
        edits += program.dropped(call, parts[1:])
        yield Rewrite(tuple(edits), program.span(call), WHY)
    elif old and len(first) > len(sizes):
        parts = first[1 : 1 + len(sizes)]
        if any(isinstance(p.value, cst.Tuple | cst.List | cst.SimpleString) for p in parts):
            return
        start, end = program.span(parts[0])[0], program.span(parts[-1].value)[1]
        edits = [Edit(start, start, "("), Edit(end, end, ")")]
        rest = first[1 + len(sizes) :]
        for arg, keyword in zip(rest, ("kernel_initializer", "activation"), strict=False):
            edits.append(program.named(arg, keyword))
        yield Rewrite(tuple(edits), program.span(call), WHY)


def _distributed(program: Program, call: cst.Call) -> Rewrite:
    func, why = call.func, "a layer for each time is wrapped"
    start, end = program.span(call)
    more: tuple[Edit, ...] = ()
    if isinstance(func, cst.Attribute):
        root = program.code(func.value)
        words = f"{root}.TimeDistributed({root}.Dense"
    else:
        names, more = program.reach_names("keras.layers", "TimeDistributed", "Dense")
        words = f"{names[0]}({names[1]}"
    edits = (Edit(*program.span(func), words), Edit(end, end, ")"), *more)
    return Rewrite(edits, (start, end), why)


def _batch(program: Program, call: cst.Call, arg: cst.Arg) -> Iterator[Rewrite | Refusal]:
    """The shape of a whole batch, given to a layer: an input of its own before it."""
    parent = program.parent(call)
    (reach,), more = program.reach_names("keras.layers", "Input")
    shape, why = program.code(arg.value), "the shape of a batch is that of an Input"
    outer = program.parent(parent) if parent is not None else None
    edits = [*program.dropped(call, [arg]), *more]
    if isinstance(parent, cst.Element):
        start = program.span(call)[0]
        edits.append(Edit(start, start, f"{reach}(batch_shape={shape}), "))
        yield Rewrite(tuple(edits), program.span(call), why)
        return
    if isinstance(outer, cst.Call) and isinstance(outer.func, cst.Attribute):
        statement = program.around(outer, cst.SimpleStatementLine)
        if outer.func.attr.value == "add" and statement and len(statement.body) == 1:
            start = program.span(statement)[0]
            line = f"{program.code(outer.func)}({reach}(batch_shape={shape}))"
            newline = program.module.default_newline + program.indent(start)
            edits.append(Edit(start, start, line + newline))
            yield Rewrite(tuple(edits), program.span(call), why)
            return
    yield Refusal(program.span(arg), program.code(arg), f"{why}; write it before the layer")
