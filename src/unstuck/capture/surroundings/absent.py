"""Modules that are not installed. A program that imports one goes on until it uses it.

``from python_toolbox import random_tools`` gives an ``Absent``, which can be named, imported from
and handed on. Whatever asks it for more (a call, an index, a sum, a loop) raises ``MissingModule``.
Many programs reach their training that way: what is missing serves only what comes after it.

A few helpers are written anew (``provided.py``), and what only draws does nothing (``Drawing``).
Libraries never see any of this: only imports in the user's own files are answered so, and only
where these do not themselves provide for a missing module (``try: import cv2``).
"""

from __future__ import annotations

import ast
import dis
import linecache
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from unstuck.capture.notes import Notes
from unstuck.capture.owner import is_users
from unstuck.capture.surroundings.provided import PROVIDED

# Modules that draw, show or report, and give a training nothing.
DRAWING = frozenset(
    "IPython altair bokeh graphviz matplotlib mpl_toolkits mlflow neptune plotly pydot pylab "
    "seaborn tkinter turtle visualkeras wandb".split()
)
_USES = (
    "call getitem iter len bool enter contains float int index complex array fspath "
    "mro_entries instancecheck subclasscheck neg abs round reversed next await"
).split()
_OPERATORS = "add sub mul matmul truediv floordiv mod pow and or xor lshift rshift".split()
_COMPARISONS = "lt le gt ge".split()


class MissingModule(ModuleNotFoundError):
    """Something of a module that is not installed was used. To the program it is the error that
    its import would have raised."""

    def __init__(self, path: str) -> None:
        top = path.partition(".")[0]
        super().__init__(f"No module named {top!r}", name=top)
        self.used = path


MissingModule.__module__, MissingModule.__qualname__ = "builtins", "ModuleNotFoundError"


class Absent:
    """Something of a module that is not installed; ``path`` is its full name."""

    def __init__(self, path: str, notes: Notes | None = None) -> None:
        self.__dict__.update(_path=path, _notes=notes)

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}"
        if path in PROVIDED:
            if self._notes is not None and callable(PROVIDED[path]):
                self._notes.append("not installed, and replaced by unstuck's own:", path)
            return PROVIDED[path]
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(path, self._notes)

    def __repr__(self) -> str:
        return f"<{self._path}, not installed>"


def _refuse(self: Absent, *_args: Any, **_named: Any) -> Any:
    raise MissingModule(vars(self)["_path"])


for _name in (*_USES, *_OPERATORS, *(f"r{o}" for o in _OPERATORS), *_COMPARISONS):
    setattr(Absent, f"__{_name}__", _refuse)


class Drawing(Absent):
    """Something that draws: calls, indices and attributes give another, and nothing happens."""

    def __call__(self, *_args: Any, **_named: Any) -> Drawing:
        return Drawing(f"{self._path}()")

    def __getitem__(self, _key: Any) -> Drawing:
        return Drawing(f"{self._path}[]")

    def __setitem__(self, _key: Any, _value: Any) -> None:
        return None

    def __enter__(self) -> Drawing:
        return self

    def __exit__(self, *_error: Any) -> None:
        return None

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Drawing]:
        """As many as are asked for: ``fig, axes = plt.subplots()``; no more in a loop."""
        frame = sys._getframe(1)
        asked = next(i for i in dis.get_instructions(frame.f_code) if i.offset == frame.f_lasti)
        count = asked.argval if asked.opname == "UNPACK_SEQUENCE" else 0
        return iter([self[i] for i in range(count)])


def stand_in(
    name: str, fromlist: Any, error: ModuleNotFoundError, frame: FrameType, notes: Notes
) -> Absent | None:
    """What ``import name`` in ``frame`` gives in place of ``error``; None where that stands."""
    top = name.partition(".")[0]
    if error.name != top or "*" in (fromlist or ()) or not _unguarded(frame):
        return None
    return _absent(name if fromlist else top, notes)


def _absent(path: str, notes: Notes) -> Absent:
    top = path.partition(".")[0]
    if top in DRAWING:
        notes.append(
            f"the module {top} is not installed: what the program draws with it was left out"
        )
        return Drawing(path)
    notes.append(f"the module {top} is not installed: it is missed only where the program uses it")
    return Absent(path, notes)


def _unguarded(frame: FrameType) -> bool:
    """Whether an import is the user's own and would end the program if it failed."""
    file = frame.f_code.co_filename
    return is_users(file) and frame.f_lineno not in _provided_for(file)


def _provided_for(file: str) -> set[int]:
    """Lines within a ``try`` that handles a failing import, or a ``with suppress``."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return set()
    blocks = (node for node in ast.walk(tree) if _handles(node))
    return {n for b in blocks for child in b.body for n in _lines(child)}  # type: ignore[attr-defined]


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _handles(node: ast.AST) -> bool:
    if isinstance(node, ast.Try):
        return any(h.type is None or _catches(h.type) for h in node.handlers)
    if isinstance(node, ast.With):
        return any("suppress" in ast.unparse(i.context_expr) for i in node.items)
    return False


def _catches(kind: ast.expr) -> bool:
    caught = ast.unparse(kind)
    return any(n in caught for n in ("ImportError", "ModuleNotFoundError", "Exception"))
