"""A notebook as one program: its code cells, one after another, and the way back.

A line above each cell marks where it begins, so that an edited program falls into its cells
again. What only IPython understands is put aside, line by line, and put back afterwards.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from unstuck.differences import unified

BEGINS = "# %% cell {}\n"
BEGIN = re.compile(r"^# %% cell \d+\n", re.MULTILINE)
ASIDE = "  # of IPython, {}"
MARKED = re.compile(r"^(?P<indent>[ \t]*)(?P<code>.*)  # of IPython, (?P<number>\d+)$")
# Of a cell that begins with another magic, such as %%bash, the rest is no Python.
TIMED = re.compile(r"(?P<magic>%(?:time|timeit|prun)\s+(?:-\w+\s+\w*\s+)*)(?P<code>[^\s-].*)")
PYTHON = re.compile(r"%%(?:time|timeit|capture|prun)\b")
MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\s*=\s*[%!]|[\w.()\[\]'\"]+\?{1,2}\s*$)")
GIVEN = re.compile(r"\s*(?P<name>[\w.]+\s*=\s*)[%!]")
LINES = re.compile(r"\b[Ll]ines? (?P<numbers>\d+(?:(?:, \d+)* and \d+)?)")
FRAME = re.compile(r'(File "(?P<file>[^"]+)"), line (?P<line>\d+)')


@dataclass(frozen=True)
class Cells:
    """The code cells of a notebook, counted from 1. ``program`` runs; line by line it is
    ``written``, which has the text of the cells as their author wrote it."""

    sources: tuple[str, ...]
    program: str
    written: str
    aside: tuple[str, ...] = ()

    @classmethod
    def of(cls, sources: Sequence[str]) -> Cells:
        """The cells as one program."""
        aside: list[str] = []
        run = [_python(source, aside) for source in sources]
        return cls(tuple(sources), _joined(run), _joined(sources), tuple(aside))

    def at(self, line: int) -> tuple[int, int]:
        """The cell of a line of the program, and the line within it."""
        before = self.written.splitlines()[:line]
        starts = [i for i, text in enumerate(before, 1) if BEGIN.match(text + "\n")]
        return len(starts), max(1, line - (starts[-1] if starts else 0))

    def restored(self, program: str) -> str:
        """A program with what was put aside in it again."""
        return "\n".join(map(self._restored, program.split("\n")))

    def split(self, program: str) -> list[str]:
        """The text of each cell in an edited program, as its author would write it."""
        parts = BEGIN.split(self.restored(program))[1:]
        return [
            part if source.endswith("\n") else part.removesuffix("\n")
            for part, source in zip(parts, self.sources, strict=True)
        ]

    def diff(self, name: str, program: str) -> str:
        """The edits of a program, as unified diffs of the cells of the notebook ``name``."""
        pairs = enumerate(zip(self.sources, self.split(program), strict=True), 1)
        return "".join(unified(f"{name}, cell {n}", old, new) for n, (old, new) in pairs)

    def located(self, traceback: str, file: str) -> str:
        """A traceback that names cells of the notebook ``file``."""

        def named(found: re.Match[str]) -> str:
            if found["file"] != file:
                return found[0]
            cell, line = self.at(int(found["line"]))
            return f"{found[1]}, cell {cell}, line {line}"

        return FRAME.sub(named, traceback)

    def told(self, text: str) -> str:
        """A sentence in which lines of the program are those of cells."""

        def named(found: re.Match[str]) -> str:
            places = [self.at(int(n)) for n in re.findall(r"\d+", found["numbers"])]
            return " and ".join(f"cell {cell}, line {line}" for cell, line in places)

        return LINES.sub(named, text)

    def _restored(self, line: str) -> str:
        found = MARKED.match(line)
        if found is None or int(found["number"]) >= len(self.aside):
            return line
        put = self.aside[int(found["number"])]
        timed = TIMED.match(put.strip())
        if timed is None or found["code"] == "pass":
            return put
        return found["indent"] + timed["magic"] + found["code"]


def _joined(sources: Sequence[str]) -> str:
    parts = [
        BEGINS.format(number) + source + ("" if source.endswith("\n") else "\n")
        for number, source in enumerate(sources, 1)
    ]
    return "".join(parts)


def _python(source: str, aside: list[str]) -> str:
    """A cell without what is not Python; the number of its lines stays."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        many = range(first, first + 1) if PYTHON.match(lines[first]) else range(first, len(lines))
        for i in many:
            lines[i] = _put_aside(lines[i], aside)
    while (bad := _stumbles(lines)) is not None:
        lines[bad] = _put_aside(lines[bad], aside)
    return "\n".join(lines)


def _stumbles(lines: list[str]) -> int | None:
    """The line of IPython's on which Python's parser stops first; of a program for Python 2, on
    which it stops anywhere, any such line."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        at = (error.lineno or 1) - 1
        if at < len(lines) and MAGIC.match(lines[at]):
            return at
        return next((i for i, line in enumerate(lines) if re.match(r"[%!?]", line)), None)
    except ValueError:  # null bytes
        return None
    return None


def _put_aside(line: str, aside: list[str]) -> str:
    mark = ASIDE.format(len(aside))
    aside.append(line)
    code = line.lstrip()
    indent = line[: len(line) - len(code)]
    timed, given = TIMED.match(code), GIVEN.match(code)
    if timed is not None:
        return indent + timed["code"] + mark
    return f"{indent}{given['name']}[]{mark}" if given is not None else f"{indent}pass{mark}"
