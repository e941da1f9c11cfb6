"""Edits of calls, and the parts of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from unstuck.patch.source import Edit, Source


class Calls(Source):
    """A parsed program whose calls are edited argument by argument."""

    def put(self, node: cst.CSTNode, text: str) -> Edit:
        """Text in place of a node."""
        return Edit(*self.span(node), text)

    def renamed(self, arg: cst.Arg, keyword: str) -> Edit:
        """An argument under another keyword."""
        assert arg.keyword is not None
        return Edit(*self.span(arg.keyword), keyword)

    def named(self, arg: cst.Arg, keyword: str) -> Edit:
        """An argument, by position so far, given by keyword."""
        start = self.span(arg)[0]
        return Edit(start, start, f"{keyword}=")

    def valued(self, arg: cst.Arg, text: str) -> Edit:
        """An argument of another value."""
        return Edit(*self.span(arg.value), text)

    def added(self, call: cst.Call, text: str) -> Edit:
        """One more argument, behind the others."""
        if call.args:
            end = self.span(call.args[-1].value)[1]
            return Edit(end, end, f", {text}")
        end = self.span(call)[1] - 1
        return Edit(end, end, text)

    def first(self, call: cst.Call, text: str) -> Edit:
        """One more argument, before the others."""
        start = self.span(call.args[0])[0] if call.args else self.span(call)[1] - 1
        return Edit(start, start, f"{text}, " if call.args else text)

    def dropped(self, call: cst.Call, gone: Iterable[cst.Arg]) -> tuple[Edit, ...]:
        """Arguments taken out, with their commas."""
        args, out = list(call.args), {id(a) for a in gone}
        edits, i = [], 0
        while i < len(args):
            if id(args[i]) not in out:
                i += 1
                continue
            j = i
            while j + 1 < len(args) and id(args[j + 1]) in out:
                j += 1
            edits.append(self._without(args, i, j))
            i = j + 1
        return tuple(edits)

    def _without(self, args: Sequence[cst.Arg], i: int, j: int) -> Edit:
        if i:
            return Edit(self.span(args[i - 1].value)[1], self.span(args[j].value)[1], "")
        if j + 1 < len(args):
            return Edit(self.span(args[0])[0], self.span(args[j + 1])[0], "")
        end = self.span(args[j].value)[1]
        comma = isinstance(args[j].comma, cst.Comma)
        return Edit(self.span(args[0])[0], self.text.index(",", end) + 1 if comma else end, "")


def dotted(node: cst.CSTNode | None) -> str:
    """``a.b.c`` of names joined by dots; "" for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


def keywords(call: cst.Call) -> dict[str, cst.Arg]:
    """The arguments of a call that are given by keyword."""
    return {a.keyword.value: a for a in call.args if a.keyword is not None}


def positional(call: cst.Call) -> list[cst.Arg]:
    """The arguments given by position, up to the first ``*``."""
    found: list[cst.Arg] = []
    for arg in call.args:
        if arg.keyword is not None or arg.star:
            break
        found.append(arg)
    return found


def literal(node: cst.CSTNode) -> str | None:
    """The text of a plain string, None for anything else."""
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return value if isinstance(value, str) else None
