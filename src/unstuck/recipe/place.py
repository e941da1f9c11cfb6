"""Where in the user's source something stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Place:
    """A span of the user's source, lines counted from 1, columns (in characters) from 0. In a
    notebook, lines count from the start of the ``cell``, code cells counted from 1."""

    file: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    cell: int = 0

    @property
    def where(self) -> str:
        """For people: ``train.py:12``, or ``book.ipynb, cell 3, line 5``."""
        name = PurePath(self.file).name
        return f"{name}, cell {self.cell}, line {self.line}" if self.cell else f"{name}:{self.line}"
