"""The names under which metrics are read: ``history.history['acc']``, ``monitor='val_acc'``."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, literal
from unstuck.modernize.program import Program, Refusal, Rewrite

TITLE = "Names of metrics"
HINT = r"['\"](val_)?(acc|\w+_acc)['\"]"
WHY = "a metric is read by the name it is given by"
SHORT = re.compile(r"metrics\s*=\s*\[[^\]]*['\"]acc['\"]")
LONG = re.compile(r"['\"]accuracy['\"]|show_accuracy")


def rows() -> Iterator[tuple[str, str, str]]:
    yield "history.history['acc'], with metrics=['accuracy']", "history.history['accuracy']", ""
    yield "history.history['val_acc']", "history.history['val_accuracy']", ""
    yield "monitor='val_acc' of a callback", "monitor='val_accuracy'", ""
    yield "logs.get('acc'), logs['acc']", "logs.get('accuracy'), logs['accuracy']", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    """Only where the program asks for ``accuracy`` and not for ``acc``."""
    if not program.knows_keras or SHORT.search(program.text) or not LONG.search(program.text):
        return
    for node in program.every(cst.Subscript):
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if isinstance(index, cst.Index) and _logged(node.value):
            yield from _word(program, index.value)
    for call in program.every(cst.Call):
        given = keywords(call)
        if "monitor" in given and program.name(call.func).startswith("keras.callbacks."):
            yield from _word(program, given["monitor"].value)
        func = call.func
        if isinstance(func, cst.Attribute) and program.code(func) == "logs.get" and call.args:
            yield from _word(program, call.args[0].value)


def _logged(node: cst.BaseExpression) -> bool:
    """``anything.history``, or a name that says what it holds."""
    if isinstance(node, cst.Attribute):
        return node.attr.value == "history"
    return isinstance(node, cst.Name) and bool(re.fullmatch(r"logs|hist(ory)?(_dict)?", node.value))


def _word(program: Program, node: cst.CSTNode) -> Iterator[Rewrite]:
    word = literal(node)
    if word in ("acc", "val_acc"):
        quote = program.code(node)[0]
        new = quote + word.replace("acc", "accuracy") + quote
        yield Rewrite((program.put(node, new),), program.span(node), WHY)
