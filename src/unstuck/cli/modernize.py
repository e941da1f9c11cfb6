"""``modernize``: an old program in today's words."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli._shared import app, refuse_no_program, refuse_unwritable, say

if TYPE_CHECKING:
    from unstuck.cells import Cells
    from unstuck.modernize import Modern


@app.command(epilog="Exit codes: 0 nothing is left to change, 1 something is, 2 an error.")
def modernize(
    program: Annotated[Path, typer.Argument(help="The program, or notebook.", show_default=False)],
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the changes as a diff, nothing else.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Write the changes into the program.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write the changed program here.", show_default=False)
    ] = None,
) -> None:
    """Write an old PROGRAM in today's words: Python 2, Keras 1 and 2, and what moved elsewhere."""
    from unstuck.modernize import modernize_file

    refuse_no_program(program)
    refuse_unwritable(output)
    modern, cells = modernize_file(program)
    if diff:
        made = cells.diff(program.name, modern.text) if cells else modern.diff(program.name)
        sys.stdout.write(made)
    else:
        _list(modern, cells.told if cells else str)
    if fix or output is not None:
        _write(modern, cells, program, output or program)
        raise typer.Exit(int(bool(modern.left)))
    raise typer.Exit(int(modern.changed or bool(modern.left)))


def _list(modern: Modern, told: Callable[[str], str]) -> None:
    lines = [(c.line, str(c)) for c in modern.changes] + [(u.line, str(u)) for u in modern.left]
    for _, text in sorted(lines, key=lambda pair: pair[0]):
        sys.stdout.write(f"{told(text)}\n")
    if not modern.changes and not modern.left:
        say("nothing in it is old")


def _write(modern: Modern, cells: Cells | None, program: Path, path: Path) -> None:
    """Write the program to ``path``, with ends of lines, or all of a notebook but the code, as
    they were."""
    from unstuck.notebooks import write_cells

    if cells is None:
        text, ends = modern.text, b"\r\n" in program.read_bytes()
        path.write_text(text.replace("\n", "\r\n") if ends else text, encoding="utf-8", newline="")
    else:
        if path != program:
            shutil.copyfile(program, path)
        write_cells(path, cells.sources, cells.split(modern.text))
    count = len(modern.changes)
    say(f"wrote {path}: {count} change{'s' * (count != 1)}")
