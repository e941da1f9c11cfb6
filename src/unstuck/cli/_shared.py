"""What the commands share: the application, times, progress, words on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version as installed
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.errors import UnstuckError, UsageError

if TYPE_CHECKING:
    from unstuck.options import Progress

BINARY = 8192  # bytes in which a file that is no text has a zero
HELP = """Why does this network not learn, and what would make it learn? Proven by retraining.

Begin with your program, as it is:

\b    unstuck check train.py

It runs up to its training, which is then done again over many seeds,
with one change after another. After about a minute you read what stops it
and what cures it. Your files are not touched.

\b    unstuck check train.py --fix    writes the cure into the program
    unstuck learn multiply          no program yet: builds a network that multiplies
    unstuck check --help            everything that a check can be told
"""
app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"unstuck {installed('unstuck')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Options of unstuck itself; each acts where it is read."""


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def seconds(given: str | float) -> float:
    """Seconds of ``60``, ``60s``, ``2m`` or ``1h``; typer passes the default through here too."""
    text = str(given)
    scale = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:], 0.0)
    try:
        seconds = float(text[:-1]) * scale if scale else float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < inf:
        raise typer.BadParameter(f"{text!r} is no time such as 60s, 2m or 1h")
    return seconds


Duration = Annotated[
    float, typer.Option(parser=seconds, metavar="TIME", help="Time for everything: 60s, 2m, 1h.")
]


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda text, share: bar.update(task, description=text, completed=share)


def refuse_unwritable(*paths: Path | None) -> None:
    """Before the work, not after it: a report or model that cannot be written."""
    for path in paths:
        if path is not None and not path.absolute().parent.is_dir():
            raise UnstuckError(f"the folder of {path} does not exist")


def refuse_no_program(path: Path) -> None:
    """Before the work: a folder, or a file that is no text.

    Raises:
        UsageError: there is no such file, or no program can stand in it.
    """
    if path.is_dir():
        first = next(iter(sorted(path.glob("*.py"))), path / "train.py")
        raise UsageError(f"{path} is a folder: name the program in it, such as {first}")
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    try:
        with path.open("rb") as file:
            start = file.read(BINARY)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if b"\0" in start:
        raise UsageError(f"{path} is no Python program: it is not even text")


def say(text: str) -> None:
    sys.stderr.write(f"unstuck: {text}\n")
