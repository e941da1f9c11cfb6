"""Imports and full names whose home moved."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import dotted
from unstuck.modernize.names import MODULES, NAMES, REMOVED, home
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Modules and names that moved"
HINT = r"\b(keras|sklearn)\b"
WHY = "it moved"
DIFFERS = {
    "keras.layers.CuDNNGRU": "",
    "sklearn.mixture.GMM": "its regularisation differs",
    "keras.losses.cosine_proximity": "",
}


def rows() -> Iterator[tuple[str, str, str]]:
    for old, new in {**MODULES, **NAMES}.items():
        yield old, new, ""
    for old, why in REMOVED.items():
        yield old, "", why


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    for node in program.every(cst.ImportFrom):
        yield from _from(program, node)
    for node in program.every(cst.Import):
        yield from _plain(program, node)
    for use, spelled in program.uses():
        yield from _used(program, use, spelled)


def _today(program: Program, name: str) -> str:
    """The home of a name; TensorFlow's own Keras is left to a program that can have it."""
    if name.startswith("tensorflow"):
        return name
    return home(name)


def _from(program: Program, node: cst.ImportFrom) -> Iterator[Rewrite | Refusal]:
    module = dotted(node.module)
    if not module or node.relative:
        return
    if isinstance(node.names, cst.ImportStar):
        today = _today(program, module)
        if today != module:
            assert node.module is not None
            edit = Edit(*program.span(node.module), today)
            yield Rewrite((edit,), program.span(node), WHY)
        return
    homes: list[tuple[cst.ImportAlias, str]] = []
    for alias in node.names:
        full = f"{module}.{dotted(alias.name)}"
        today = _today(program, full)
        if today in REMOVED:
            yield Refusal(program.span(node), program.code(alias), REMOVED[today])
        homes.append((alias, today))
    if any(today != f"{module}.{dotted(alias.name)}" for alias, today in homes):
        yield _moved(program, node, homes)


def _moved(
    program: Program, node: cst.ImportFrom, homes: list[tuple[cst.ImportAlias, str]]
) -> Rewrite:
    """The statement with each name from its home: in place where all have one, else by lines."""
    groups: dict[str, list[tuple[cst.ImportAlias, str]]] = {}
    for alias, today in homes:
        groups.setdefault(today.rpartition(".")[0], []).append((alias, today))
    start, end = program.span(node)
    if len(groups) == 1 and "" not in groups:
        parent = next(iter(groups))
        assert node.module is not None
        edits = [Edit(*program.span(node.module), parent)] if parent != dotted(node.module) else []
        for alias, today in homes:
            words = _imported(program, alias, today)
            if words != program.code(alias):
                edits.append(Edit(*_words(program, alias), words))
        return Rewrite(tuple(edits), (start, end), WHY)
    parts = []
    for parent, members in groups.items():
        names = [_imported(program, alias, today) for alias, today in members]
        parts += (
            [f"import {name}" for name in names]
            if not parent
            else [f"from {parent} import {', '.join(names)}"]
        )
    line = program.around(node, cst.SimpleStatementLine)
    alone = line is not None and len(line.body) == 1
    between = program.module.default_newline + program.indent(start) if alone else "; "
    return Rewrite((Edit(start, end, between.join(parts)),), (start, end), WHY)


def _words(program: Program, alias: cst.ImportAlias) -> tuple[int, int]:
    start, _ = program.span(alias.name)
    end = program.span(alias.asname.name if alias.asname else alias.name)[1]
    return start, end


def _imported(program: Program, alias: cst.ImportAlias, today: str) -> str:
    """The words of one imported name, under the name that the program uses."""
    leaf = today.rpartition(".")[2]
    local = program.code(alias.asname.name) if alias.asname else dotted(alias.name)
    if leaf == dotted(alias.name):
        return program.text[slice(*_words(program, alias))]
    return leaf if leaf == local else f"{leaf} as {local}"


def _plain(program: Program, node: cst.Import) -> Iterator[Rewrite | Refusal]:
    for alias in node.names:
        name = dotted(alias.name)
        today = _today(program, name)
        if today != name:
            words = today
            if not alias.asname and today.split(".")[0] != name.split(".")[0]:
                words = f"{today} as {name}" if "." not in name else today
            yield Rewrite((Edit(*program.span(alias.name), words),), program.span(node), WHY)


def _used(
    program: Program, node: cst.Name | cst.Attribute, spelled: str
) -> Iterator[Rewrite | Refusal]:
    """A dotted name such as ``keras.layers.core.Dense`` or ``kl.CuDNNLSTM``."""
    today = _today(program, spelled)
    if today in REMOVED and isinstance(node, cst.Attribute):
        yield Refusal(program.span(node), program.code(node), REMOVED[today])
    if today == spelled or not isinstance(node, cst.Attribute):
        return
    root: cst.BaseExpression = node
    while isinstance(root, cst.Attribute):
        root = root.value
    base = program.spelled(root)
    by_import = home(base) != base and today.startswith(f"{home(base)}.")
    if not base or by_import:
        return
    start, end = program.span(node)
    more: tuple[Edit, ...] = ()
    if today.startswith(f"{base}."):
        words = program.code(root) + today.removeprefix(base)
    else:
        parent, _, leaf = today.rpartition(".")
        reach, more = program.reach(parent) if parent else (today, ())
        words = f"{reach}.{leaf}" if parent else today
    yield Rewrite((Edit(start, end, words), *more), (start, end), WHY)
