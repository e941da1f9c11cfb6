"""Replacing what a module holds, as soon as the program or a library of it imports the module."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
Wraps = Iterable[tuple[str, Mapping[str, Wrap]]]
"""The path of a module or class, and by each name in it: the original to what takes its place."""


class Late:
    """Replacements that wait for their modules."""

    def __init__(self, *tables: Wraps) -> None:
        self.waiting = [entry for table in tables for entry in table]

    def apply(self) -> None:
        """Replace what has been imported since."""
        ready = [entry for entry in self.waiting if _loaded(entry[0])]
        for path, wraps in ready:
            self.waiting.remove((path, wraps))
            _replace(path, wraps)


def _loaded(path: str) -> bool:
    """Whether the module of a path is imported to its end."""
    module = sys.modules.get(path) or sys.modules.get(path.rpartition(".")[0])
    if module is None or getattr(getattr(module, "__spec__", None), "_initializing", False):
        return False
    return path in sys.modules or hasattr(module, path.rpartition(".")[2])


def _replace(path: str, wraps: Mapping[str, Wrap]) -> None:
    parent, _, last = path.rpartition(".")
    owner = sys.modules.get(path) or getattr(sys.modules[parent], last)
    for name, wrap in wraps.items():
        if hasattr(owner, name):
            setattr(owner, name, wrap(getattr(owner, name)))
