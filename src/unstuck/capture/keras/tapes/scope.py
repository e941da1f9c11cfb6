"""The arrays that a program's own code can name where it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import keras
import numpy as np

from unstuck.capture.owner import is_users


def arrays_in_scope(rows: int) -> dict[str, Any]:
    """Arrays of ``rows`` rows by the function and the name under which they stand, those of the
    innermost function first."""
    found: dict[str, Any] = {}
    for frame in _frames():
        for name, value in list(frame.f_locals.items()):
            for path, leaf in _leaves(name, value):
                if _length(leaf) == rows:
                    found.setdefault(f"{frame.f_code.co_name}: {path}", leaf)
    return found


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A value, the parts of a tuple or dictionary, or the attributes of ``self``."""
    yield name, value
    if isinstance(value, tuple):
        yield from ((f"{name}[{i}]", part) for i, part in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"{name}[{k!r}]", part) for k, part in list(value.items()))
    elif name == "self" and not isinstance(value, (keras.Layer, np.ndarray)):
        yield from ((f"self.{k}", part) for k, part in list(getattr(value, "__dict__", {}).items()))


def _length(value: Any) -> int:
    """Rows of an array, or of a list of numbers; -1 of anything else."""
    if isinstance(value, list) and value and isinstance(value[0], (int, float, list)):
        return len(value)
    shape: Any = getattr(value, "shape", None)
    is_array = keras.ops.is_tensor(value) or isinstance(shape, tuple)
    rows = shape[0] if is_array and len(shape) else None
    return -1 if rows is None else int(rows)  # a symbol has no number of rows
