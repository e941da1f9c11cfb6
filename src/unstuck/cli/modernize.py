"""``modernize``: an old program in today's words."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.cli._shared import app, refuse_no_program, refuse_unwritable, say

if TYPE_CHECKING:
    from unstuck.modernize import Modern


@app.command(epilog="Exit codes: 0 nothing is left to change, 1 something is, 2 an error.")
def modernize(
    program: Annotated[Path, typer.Argument(help="The program.", show_default=False)],
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the changes as a diff, nothing else.")
    ] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Write the changes into the program.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write the changed program here.", show_default=False)
    ] = None,
) -> None:
    """Write an old PROGRAM in today's words: Python 2, Keras 1 and 2, and what moved elsewhere."""
    from importlib.util import find_spec

    from unstuck.modernize import modernize as modernized
    from unstuck.modernize import read_program

    refuse_no_program(program)
    refuse_unwritable(output)
    modern = modernized(read_program(program), tensorflow=find_spec("tensorflow") is not None)
    if diff:
        sys.stdout.write(modern.diff(program.name))
    else:
        _list(modern)
    if fix or output is not None:
        _write(modern, output or program)
        raise typer.Exit(int(bool(modern.left)))
    raise typer.Exit(int(modern.changed or bool(modern.left)))


def _list(modern: Modern) -> None:
    lines = [(c.line, str(c)) for c in modern.changes] + [(u.line, str(u)) for u in modern.left]
    for _, text in sorted(lines, key=lambda pair: pair[0]):
        sys.stdout.write(f"{text}\n")
    if not modern.changes and not modern.left:
        say("nothing in it is old")


def _write(modern: Modern, path: Path) -> None:
    path.write_text(modern.text, encoding="utf-8", newline="")
    count = len(modern.changes)
    say(f"wrote {path}: {count} change{'s' * (count != 1)}")
