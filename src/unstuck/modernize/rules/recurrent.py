"""Layers over time: their shapes, and the states that they keep."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Layers over time"
HINT = r"input_dim|input_length|forget_bias_init|reset_states"
LAYERS = tuple(
    f"keras.layers.{name}"
    for name in ("SimpleRNN", "LSTM", "GRU", "Conv1D", "Convolution1D", "TimeDistributedDense")
)
RESET = "model.reset_states()"
FORGOTTEN = (  # of a model, of a layer and of a metric
    "[x.reset_state() for x in getattr({0}, 'layers', [{0}]) if hasattr(x, 'reset_state')]"
)
ONES = ("'one'", '"one"', "'ones'", '"ones"')


def rows() -> Iterator[tuple[str, str, str]]:
    yield "LSTM(8, input_dim=2, input_length=5)", "LSTM(8, input_shape=(5, 2))", ""
    yield "LSTM(8, input_dim=2)", "LSTM(8, input_shape=(None, 2))", ""
    yield "forget_bias_init='one' of LSTM", "unit_forget_bias=True", ""
    yield RESET, FORGOTTEN.format("model"), ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for call, _ in program.methods("reset_states"):
        if program.knows_keras and not call.args and isinstance(call.func, cst.Attribute):
            text = FORGOTTEN.format(program.code(call.func.value))
            why = "layers keep the states, and what resets one has another name"
            yield Rewrite((Edit(*program.span(call), text),), program.span(call), why)
    for call, _ in program.calls(LAYERS):
        given = keywords(call)
        if "input_dim" in given:
            length = given.get("input_length")
            texts = program.code(length.value) if length else "None"
            dim = given["input_dim"]
            words = f"input_shape=({texts}, {program.code(dim.value)})"
            start = program.span(dim)[0]
            edits = [Edit(start, program.span(dim.value)[1], words)]
            edits += program.dropped(call, [length] if length else [])
            why = "the shape of a sequence is its length and its width"
            yield Rewrite(tuple(edits), program.span(call), why)
        if "forget_bias_init" in given:
            arg = given["forget_bias_init"]
            ones = program.code(arg.value) in ONES
            edit = Edit(*program.span(arg), f"unit_forget_bias={ones}")
            yield Rewrite((edit,), program.span(arg), "the bias of forgetting is a switch")
