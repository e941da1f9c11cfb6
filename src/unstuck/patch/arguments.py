"""Arguments of a call in the source: read, set, and taken out."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.source import Source


def called(call: cst.Call) -> str:
    """The last name of what is called."""
    name = call.func
    return name.attr.value if isinstance(name, cst.Attribute) else getattr(name, "value", "")


def argument(call: cst.Call, keyword: str, position: int | None = None) -> cst.Arg | None:
    """An argument of a call, by keyword or by position.

    Raises:
        PatchError: the call takes ``*args`` or ``**kwargs``, which may hold it.
    """
    if any(arg.star for arg in call.args):
        raise PatchError("the call takes arguments by * or **")
    for index, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == keyword:
            return arg
        if arg.keyword is None and index == position:
            return arg
    return None


def set_argument(
    source: Source, call: cst.Call, keyword: str, position: int | None, text: str
) -> None:
    """Give a call's argument another value, or add it."""
    found = argument(call, keyword, position)
    if found is not None:
        source.replace(found.value, text)
    elif call.args:
        source.insert(source.span(call.args[-1].value)[1], f", {keyword}={text}")
    else:
        source.insert(source.span(call)[1] - 1, f"{keyword}={text}")


def remove_argument(source: Source, call: cst.Call, arg: cst.Arg) -> None:
    """Take an argument out of a call, with its comma."""
    index = list(call.args).index(arg)
    if index:
        start = source.span(call.args[index - 1].value)[1]
        source.cut(start, source.span(arg.value)[1])
    else:
        end = source.span(call.args[1])[0] if len(call.args) > 1 else source.span(arg.value)[1]
        source.cut(source.span(arg)[0], end)
