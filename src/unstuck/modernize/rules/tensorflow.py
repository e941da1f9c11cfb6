"""``tensorflow.keras`` as ``keras``, where TensorFlow is not installed and only its Keras, or
what Keras has too, is used."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import dotted
from unstuck.modernize.names import home
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.modernize.rules._ops import TENSORFLOW
from unstuck.patch.source import Edit

TITLE = "TensorFlow's Keras, where TensorFlow is not installed"
HINT = r"\btensorflow\b"
WHY = "TensorFlow is not installed, and the program uses only what Keras has"
TYPES = ("float16", "float32", "float64", "int32", "int64", "uint8", "bool", "string")
END_OF_LINE = re.compile(r"[ \t]*\r?\n")
RANDOM = {
    "tensorflow.random.set_seed": "keras.utils.set_random_seed",
    "tensorflow.set_random_seed": "keras.utils.set_random_seed",
    **{
        f"tensorflow.random{dot}{name}": f"keras.random.{name}"
        for dot in "._"
        for name in ("normal", "uniform", "shuffle")
    },
    "tensorflow.random.truncated_normal": "keras.random.truncated_normal",
    "tensorflow.truncated_normal": "keras.random.truncated_normal",
}
QUIET = (
    "tensorflow.logging.set_verbosity",
    "tensorflow.compat.v1.logging.set_verbosity",
    "tensorflow.compat.v1.disable_eager_execution",
    "tensorflow.enable_eager_execution",
    "tensorflow.compat.v1.enable_eager_execution",
)


def rows() -> Iterator[tuple[str, str, str]]:
    for old in ("import tensorflow as tf; tf.keras.X", "from tensorflow import keras"):
        yield old, "import keras", ""
    yield "from tensorflow.keras.X import Y", "from keras.X import Y", ""
    for old, new in TENSORFLOW.items():
        yield old.replace("tensorflow", "tf", 1), f"keras.ops.{new}", ""
    for old, new in RANDOM.items():
        yield old.replace("tensorflow", "tf", 1), new, ""
    yield ", ".join(f"tf.{name}" for name in TYPES), "the same as strings", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    if program.tensorflow:
        return
    others = list(_others(program))
    if others and not program.partly:  # else its use is told, if it comes to it
        yield from others[:3]
        return
    stays = bool(others)
    for node in program.every(cst.ImportFrom):
        yield from _from(program, node)
    whole = False
    for node, name in program.uses():
        if name.startswith("tensorflow."):
            whole = whole or _root(program, node) == "tensorflow"
            yield from _used(program, node, name, stays)
    for node in program.every(cst.Import):
        yield from _plain(program, node, whole or stays)


def _root(program: Program, node: cst.BaseExpression) -> str:
    """The full name of the first part of a dotted name."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return program.spelled(node)


def _translated(name: str) -> str:
    """A full name of TensorFlow as one of Keras, or ""."""
    if name in TENSORFLOW:
        return f"keras.ops.{TENSORFLOW[name]}"
    if name in RANDOM:
        return RANDOM[name]
    today = home(name)
    return "" if today.startswith("tensorflow") else today


def _others(program: Program) -> Iterator[Refusal]:
    """Uses of TensorFlow that Keras has no name for."""
    for node, name in program.uses():
        type_ = name.removeprefix("tensorflow.") in TYPES
        known = _translated(name) or type_ or _quiet(program, node)
        if name.split(".")[0] == "tensorflow" and not known:
            yield _refusal(program, node)
    for node in program.every(cst.ImportFrom):
        module = dotted(node.module)
        if module.split(".")[0] != "tensorflow" or isinstance(node.names, cst.ImportStar):
            continue
        for alias in node.names:
            if not _translated(f"{module}.{dotted(alias.name)}"):
                yield _refusal(program, node)


def _refusal(program: Program, node: cst.CSTNode) -> Refusal:
    why = "it needs TensorFlow, which is not installed (pip install tensorflow)"
    return Refusal(program.span(node), program.code(node), why)


def _quiet(program: Program, node: cst.CSTNode) -> bool:
    """A statement that sets up TensorFlow and does nothing for Keras 3."""
    return program.spelled(node) in QUIET and isinstance(program.parent(node), cst.Call)


def _from(program: Program, node: cst.ImportFrom) -> Iterator[Rewrite]:
    module = dotted(node.module)
    if module.split(".")[0] != "tensorflow":
        return
    span = program.span(node)
    if isinstance(node.names, cst.ImportStar):
        if home(module) != module:
            assert node.module is not None
            yield Rewrite((Edit(*program.span(node.module), home(module)),), span, WHY)
        return
    parts, groups = [], dict[str, list[str]]()
    for alias in node.names:
        today = _translated(f"{module}.{dotted(alias.name)}")
        parent, _, leaf = (today or f"{module}.{dotted(alias.name)}").rpartition(".")
        local = program.code(alias.asname.name) if alias.asname else dotted(alias.name)
        groups.setdefault(parent, []).append(leaf if leaf == local else f"{leaf} as {local}")
    if (
        len(groups) == 1
        and "" not in groups
        and all(
            f"{next(iter(groups))}.{dotted(a.name)}" == _translated(f"{module}.{dotted(a.name)}")
            for a in node.names
        )
    ):
        assert node.module is not None
        yield Rewrite((Edit(*program.span(node.module), next(iter(groups))),), span, WHY)
        return
    for parent, names in groups.items():
        parts += (
            [f"from {parent} import {', '.join(names)}"]
            if parent
            else [f"import {name}" for name in names]
        )
    newline = program.module.default_newline + program.indent(span[0])
    yield Rewrite((Edit(*span, newline.join(parts)),), span, WHY)


def _used(
    program: Program, node: cst.Name | cst.Attribute, name: str, stays: bool
) -> Iterator[Rewrite]:
    span = program.span(node)
    type_ = name.removeprefix("tensorflow.")
    if type_ in TYPES:
        yield Rewrite((Edit(*span, f'"{type_}"'),), span, WHY)
        return
    if _quiet(program, node):
        statement = program.around(node, cst.SimpleStatementLine)
        if statement is not None and len(statement.body) == 1:
            whole = program.span(statement.body[0])
            yield Rewrite((Edit(*whole, "pass"),), whole, "it sets up TensorFlow only")
        return
    if isinstance(node, cst.Name):  # it was imported by itself: the import changes, not the use
        return
    today, base = _translated(name), _root(program, node)
    if not today:
        return
    if base != "tensorflow" and home(base) != base:
        return  # bound to a module of Keras, which its import brings
    if today == "keras" or "." not in today:
        words, more = (
            program.reach("keras") if program.known("keras") else ("keras", _keras(program, stays))
        )
    else:
        parts = today.split(".")
        known = program.known("keras")
        words, more = today, (() if known else _keras(program, stays))
        words = ".".join([known or "keras", *parts[1:]])
    yield Rewrite((Edit(*span, words), *more), span, WHY)


def _keras(program: Program, stays: bool) -> tuple[Edit, ...]:
    """``import tensorflow as tf`` as ``import keras``; beside it, where it ``stays``."""
    for node in () if stays else program.every(cst.Import):
        if len(node.names) == 1 and dotted(node.names[0].name).split(".")[0] == "tensorflow":
            return (_instead(program, node),)
    return (program.new_line("import keras"),)


def _instead(program: Program, node: cst.Import) -> Edit:
    """``import keras``, or no line at all where another import gives that name."""
    statement = program.parent(node)
    start, end = program.span(node)
    alone = isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1
    blank = END_OF_LINE.match(program.text, end)
    if alone and blank and program.top(node) and program.known("tensorflow.keras") == "keras":
        return Edit(start, blank.end(), "")
    return Edit(start, end, "import keras")


def _plain(program: Program, node: cst.Import, whole: bool) -> Iterator[Rewrite]:
    """The imports themselves; one of TensorFlow that is used changes with its uses."""
    span = program.span(node)
    for alias in node.names:
        name = dotted(alias.name)
        if name.split(".")[0] != "tensorflow" or len(node.names) != 1:
            continue
        today = home(name)
        local = program.code(alias.asname.name) if alias.asname else ""
        if today == name or not local:
            if whole:
                continue
            edit = _instead(program, node)
        else:
            words = f"import {today}" + ("" if local == today else f" as {local}")
            edit = Edit(*span, words)
        yield Rewrite((edit,), span, WHY)
