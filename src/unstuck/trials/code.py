"""The content of pickled code, without what differs each time it is pickled.

Pickles of equal classes and functions are not equal: cloudpickle gives a class a random name of
its own, sets stand in the order of this process's hashes, and code carries the numbers of its
lines. So a pickle is read as a tree, in which nothing is imported and nothing runs.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable
from typing import Any, ClassVar

PICKLED = b"\x80"
IDLE = frozenset({10, 13, 14})  # arguments of ``CodeType``: file, first line, table of lines
SKELETONS = frozenset({"_make_skeleton_class", "_make_skeleton_enum"})


class Made:
    """What unpickling would have made by calling something, with the arguments and what is then
    done to it; ``own`` is the same of a class."""

    called, home = "", ""
    own: ClassVar[list[Any]] = []

    def __new__(cls, *arguments: Any, **named: Any) -> Made:
        made = super().__new__(cls)
        kept = [x for i, x in enumerate(arguments) if cls.called != "CodeType" or i not in IDLE]
        made.parts = [*kept, named]
        if arguments and isinstance(arguments[0], Made):
            arguments[0].parts.append(made)
        elif arguments and is_kind(arguments[0]):
            arguments[0].own.append(made)
        return made

    def __init__(self, *_: Any, **__: Any) -> None:
        self.parts: list[Any]

    def __call__(self, *arguments: Any) -> Made:
        """Something made by what was itself made, such as a type found by its name."""
        name = next((part for part in self.parts if isinstance(part, str)), "")
        return _kind(name, "")(*arguments)

    def __setstate__(self, state: Any) -> None:
        self.parts.append(state)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.parts.append((key, value))

    def append(self, value: Any) -> None:
        self.parts.append(value)

    def extend(self, values: Iterable[Any]) -> None:
        self.parts.extend(values)

    add = append


def is_kind(value: Any) -> bool:
    """Whether a value of a tree stands for a class or function."""
    return isinstance(value, type) and issubclass(value, Made)


def _kind(name: str, home: str, *own: Any) -> type[Made]:
    return type(name, (Made,), {"called": name, "home": home, "own": list(own)})


def _skeleton(maker: Any, name: str, bases: Any, members: Any, _: str, *more: Any) -> type[Made]:
    """A class of the user's own; the fifth argument is its random name."""
    return _kind(name, "", maker, bases, members, more)


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _skeleton if name in SKELETONS else _kind(name, module)


def content(pickled: bytes) -> Any:
    """A tree of plain values, lists and what ``Made`` stands for; the bytes themselves where they
    are no pickle. It may refer to itself, as functions do that call themselves."""
    if not pickled.startswith(PICKLED):
        return repr(pickled)
    try:
        return _Reader(io.BytesIO(pickled)).load()
    except Exception:  # of which there is no end: then only equal bytes are equal
        return repr(pickled)
