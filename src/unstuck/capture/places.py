"""Places: which span of the user's source is running."""

from __future__ import annotations

import linecache
import sys
from itertools import islice
from types import FrameType

from unstuck.capture.owner import is_ours, is_users
from unstuck.recipe import Place


def user_place() -> Place | None:
    """The span of the call that the user's own code is in, or None if it stands nowhere.

    The innermost frame that is neither unstuck's, nor a library's, nor the interpreter's.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        frame = frame.f_back
    return None if frame is None else _place(frame)


def caller() -> str:
    """The library that stands between the user's own code and unstuck; "" where none does."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None or is_users(frame.f_code.co_filename):
        return ""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _place(frame: FrameType) -> Place:
    file = frame.f_code.co_filename
    positions = islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    line, end_line, column, end_column = next(positions, (None, None, None, None))
    if line is None or end_line is None:
        return Place(file, frame.f_lineno)
    first, last = _characters(file, line, column), _characters(file, end_line, end_column)
    return Place(file, line, first, end_line, last)


def _characters(file: str, line: int, byte: int | None) -> int:
    """A column in characters; Python counts bytes of UTF-8."""
    text = linecache.getline(file, line).encode()
    return len(text[: byte or 0].decode(errors="ignore"))
