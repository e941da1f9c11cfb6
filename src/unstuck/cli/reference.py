"""``explain``, ``checks`` and ``cache``: what unstuck knows and keeps."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from unstuck.cli._shared import app


@app.command()
def explain(name: Annotated[str, typer.Argument(help="The name of a check.")]) -> None:
    """Explain one check: what it finds, why that stops learning, what to do instead."""
    from rich.console import Console
    from rich.markup import escape

    from unstuck.checks._names import known
    from unstuck.checks._pages import sections
    from unstuck.checks._run import all_checks

    known([name])
    console = Console(highlight=False)
    one = next(c for c in all_checks() if c.name == name)
    console.print(f"[bold]{one.name}[/] ({one.severity})\n\n{escape(one.summary)}")
    for heading, text, items in sections(one):
        lines = [line for line in (text, *(f"- {item}" for item in items)) if line]
        console.print(f"\n[bold]{heading}[/]\n{escape(chr(10).join(lines))}")


@app.command()
def checks() -> None:
    """List every check with what it finds."""
    from rich.console import Console
    from rich.table import Table

    from unstuck.checks._run import all_checks

    table = Table("check", "severity", "what it finds", box=None, pad_edge=False)
    for one in all_checks():
        table.add_row(one.name, str(one.severity), one.summary)
    Console().print(table)


class CacheAction(StrEnum):
    """What to do with what is kept."""

    SHOW = "show"
    CLEAR = "clear"


@app.command()
def cache(
    action: Annotated[CacheAction, typer.Argument(help="What to do with it.")] = CacheAction.SHOW,
) -> None:
    """Show or clear what is kept of earlier checks: finished trials and compiled programs."""
    from unstuck.cache import cache_folder
    from unstuck.trials.store import clear_cache, described_cache

    if action is CacheAction.CLEAR:
        clear_cache()
    print(f"{cache_folder()}\n{described_cache()}")
