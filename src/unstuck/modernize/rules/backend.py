"""``keras.backend``: its functions live in ``keras.ops``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import dotted, keywords, literal, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.modernize.rules._ops import (
    DEFAULTS,
    DIFFERS,
    ELSEWHERE,
    GONE,
    RENAMED,
    SAME,
    STAYS,
    WRITTEN,
)
from unstuck.patch.source import Edit

TITLE = "Functions of keras.backend"
HINT = r"\bbackend\b"
WHY = "the functions of the backend are in keras.ops"
BACKEND = "keras.backend."
ORDERS = {"th": "channels_first", "tf": "channels_last"}
WITH_KEYWORDS = {"repeat_elements": {"rep": "repeats"}, "permute_dimensions": {"pattern": "axes"}}


def rows() -> Iterator[tuple[str, str, str]]:
    for name in sorted(SAME):
        yield f"K.{name}", f"keras.ops.{name}", DIFFERS.get(name, "")
    for name, new in RENAMED.items():
        if name not in SAME:
            yield f"K.{name}", f"keras.ops.{new}", DIFFERS.get(name, "")
    for name, (new, _, keyword, value) in DEFAULTS.items():
        yield f"K.{name}(x)", f"keras.ops.{new}(x, {keyword}={value})", ""
    for name, (count, words) in WRITTEN.items():
        names = ["x", "y"][:count]
        new = words.format(*names, ops="keras.ops", K="keras.backend")
        yield f"K.{name}({', '.join(names)})", new, DIFFERS.get(name, "")
    for name, (module, new, _) in ELSEWHERE.items():
        yield f"K.{name}", f"{module}.{new}", ""
    for name, why in GONE.items():
        yield f"K.{name}", "", why


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for node, spelled in program.uses():
        if program.tensorflow and spelled.startswith("tensorflow"):
            continue  # TensorFlow's Keras keeps the old functions
        name = program.name(node).removeprefix(BACKEND)
        if name != program.name(node) and name not in STAYS and "." not in name:
            yield from _used(program, node, name)
    for node in program.every(cst.Comparison):
        yield from _ordering(program, node)


def _used(
    program: Program, node: cst.Name | cst.Attribute, name: str
) -> Iterator[Rewrite | Refusal]:
    call = program.parent(node)
    called = call if isinstance(call, cst.Call) and call.func is node else None
    if name in WRITTEN and called is not None:
        made = _written(program, node, called, name)
        if made is not None:
            yield made
            return
    if name in ELSEWHERE:
        yield _elsewhere(program, node, called, name)
    elif name in SAME or name in RENAMED or name in DEFAULTS or (name == "relu" and called is None):
        yield _renamed(program, node, called, name)
    else:
        why = GONE.get(name, "today's keras.backend has no such function")
        yield Refusal(program.span(node), program.code(node), why)


def _renamed(
    program: Program, node: cst.Name | cst.Attribute, call: cst.Call | None, name: str
) -> Rewrite:
    new = DEFAULTS[name][0] if name in DEFAULTS else RENAMED.get(name, name)
    ops, more = _ops(program)
    edits = [Edit(*program.span(node), f"{ops}.{new}"), *more]
    differs = DIFFERS.get(name, "")
    if call is not None:
        given = keywords(call)
        edits += [
            program.renamed(given[old], today)
            for old, today in WITH_KEYWORDS.get(name, {}).items()
            if old in given
        ]
        if name in DEFAULTS:
            _, position, keyword, value = DEFAULTS[name]
            if len(positional(call)) <= position and keyword not in given:
                edits.append(program.added(call, f"{keyword}={value}"))
        if name == "sqrt" and call.args and _never_negative(program, call.args[0].value):
            differs = ""
        if name == "l2_normalize" and len(positional(call)) > 1:
            edits.append(program.named(call.args[1], "axis"))
    return Rewrite(tuple(edits), program.span(call or node), WHY, differs)


def _never_negative(program: Program, node: cst.BaseExpression) -> bool:
    """A mean or sum of squares, a square, or what is cut off below, as far as can be seen."""
    if not isinstance(node, cst.Call) or not node.args:
        return False
    name = program.name(node.func).rpartition(".")[2]
    if name in ("mean", "sum"):
        return _never_negative(program, node.args[0].value)
    return name in ("square", "abs", "maximum", "clip", "relu")


def _elsewhere(
    program: Program, node: cst.Name | cst.Attribute, call: cst.Call | None, name: str
) -> Rewrite:
    module, new, renames = ELSEWHERE[name]
    reach, more = program.reach(module)
    edits = [Edit(*program.span(node), f"{reach}.{new}"), *more]
    given = keywords(call) if call is not None else {}
    edits += [program.renamed(given[old], today) for old, today in renames.items() if old in given]
    return Rewrite(tuple(edits), program.span(call or node), WHY, DIFFERS.get(name, ""))


def _written(
    program: Program, node: cst.Name | cst.Attribute, call: cst.Call, name: str
) -> Rewrite | None:
    count, words = WRITTEN[name]
    if len(call.args) < count or any(a.star for a in call.args):
        return None
    if name == "relu" and len(call.args) > 1:
        return None
    texts = [program.code(a.value) for a in call.args[:count]]
    if name == "set_image_dim_ordering":
        order = ORDERS.get(literal(call.args[0].value) or "")
        texts = [f"'{order}'"] if order else texts
    if words.startswith("{0}.") and not isinstance(
        call.args[0].value, cst.Name | cst.Attribute | cst.Call | cst.Subscript
    ):
        texts[0] = f"({texts[0]})"
    edits: tuple[Edit, ...] = ()
    ops = ""
    if "{ops}" in words:
        ops, edits = _ops(program)
    root = node.value if isinstance(node, cst.Attribute) else None
    if "{K}" in words and root is None:
        return None
    made = words.format(*texts, ops=ops, K=program.code(root) if root else "")
    span = program.span(call)
    return Rewrite((Edit(*span, made), *edits), span, WHY, DIFFERS.get(name, ""))


def _ops(program: Program) -> tuple[str, tuple[Edit, ...]]:
    """How to write ``keras.ops``. Where nothing knows it, the import of the backend brings it."""
    known = program.known("keras.ops")
    if known:
        return known, ()
    name = program.fresh("ops")[0]
    added = "ops" if name == "ops" else f"ops as {name}"
    for node in program.every(cst.Import):
        if len(node.names) == 1 and program.top(node):
            alias = node.names[0]
            if dotted(alias.name) == "keras.backend" and alias.asname:
                local = program.code(alias.asname.name)
                kept = f"backend as {local}, " if _stays(program) else ""
                return name, (Edit(*program.span(node), f"from keras import {kept}{added}"),)
    for node in program.every(cst.ImportFrom):
        words = program.code(node).replace(" ", "")
        if words == "fromkerasimportbackendasK" and program.top(node) and not _stays(program):
            return name, (Edit(*program.span(node), f"from keras import {added}"),)
    return program.reach("keras.ops")


def _stays(program: Program) -> bool:
    """Whether something of the old backend is still needed."""
    names = [program.name(n) for n, _ in program.uses()]
    parts = [n.removeprefix(BACKEND) for n in names if n.startswith("keras.backend")]
    written = {n for n in WRITTEN if "{K}" not in WRITTEN[n][1]} - {"relu"}
    return any(n not in {*SAME, *RENAMED, *DEFAULTS, *ELSEWHERE, *written} for n in parts)


def _ordering(program: Program, node: cst.Comparison) -> Iterator[Rewrite]:
    """``K.image_data_format() == 'th'``, once its function has its name of today."""
    if len(node.comparisons) != 1 or not isinstance(node.left, cst.Call):
        return
    if program.name(node.left.func) != f"{BACKEND}image_data_format":
        return
    right = node.comparisons[0].comparator
    order = ORDERS.get(literal(right) or "")
    if order:
        yield Rewrite((Edit(*program.span(right), f"'{order}'"),), program.span(node), WHY)
