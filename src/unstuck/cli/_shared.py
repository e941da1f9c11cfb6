"""What the commands share: the application, times, progress, words on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unstuck.errors import UnstuckError

if TYPE_CHECKING:
    from unstuck.options import Progress

app = typer.Typer(
    help="Why does this network not learn, and what would make it learn? Proven by retraining.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


def say(text: str) -> None:
    sys.stderr.write(f"unstuck: {text}\n")
