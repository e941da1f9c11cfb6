"""The verdict for people, in a terminal: the answer first, then why, then what to change."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Recipe
from unstuck.report.words import (
    AS_WRITTEN,
    HEADINGS,
    basis,
    interval,
    location,
    others,
    source_line,
    with_changes,
)
from unstuck.verdict import Answer, Verdict

STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
COLOUR = {Answer.LEARNS: "green", Answer.FAILS: "red", Answer.UNSTABLE: "yellow"}
ARMS = 12  # rows of the table of what was tried


def to_text(verdicts: Sequence[Verdict], script: str) -> str:
    """The verdicts of a program, without colours and 100 columns wide."""
    text = io.StringIO()
    for verdict in verdicts:
        show(verdict, Console(file=text, width=100))
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def show(verdict: Verdict, console: Console) -> None:
    """Print a verdict."""
    _answer(verdict, console)
    for status, heading in HEADINGS.items():
        found = [f for f in (*verdict.findings, *verdict.ignored) if f.status is status]
        if found:
            console.print(f"\n[bold]{heading}[/]")
            for finding in found:
                show_finding(finding, verdict.recipe, console)
    _arms(verdict, console)
    _paragraph(basis(verdict), console)
    _cure(verdict, console)


def _answer(verdict: Verdict, console: Console) -> None:
    colour = COLOUR.get(verdict.outcome, "magenta")
    place = location(verdict)
    where = f" ({escape(place)})" if place else ""
    console.print(f"[bold {colour}]{verdict.outcome}[/]{where}: {escape(verdict.sentence)}.")
    cured, note = with_changes(verdict)
    if verdict.cured is not None:
        best = f" {note}" if note else ""
        console.print(f"[bold]{cured}[/] ({interval(verdict.cured)}).{best}")
        for remedy in verdict.cure:
            console.print(Padding(f"- {remedy.describe()}", (0, 0, 0, 2)))
        for line in others(verdict):
            console.print(escape(line))
    elif note:
        console.print(note)


def show_finding(finding: Finding, recipe: Recipe | None, console: Console) -> None:
    """Print one finding, with its line of the recipe's source."""
    place = finding.place
    where = f" [dim]{escape(place.where)}[/]" if place and place.file else ""
    colour = STYLE[finding.severity]
    console.print(
        Padding(f"[{colour}]{finding.severity}[/] [bold]{finding.check}[/]{where}", (0, 2))
    )
    if finding.status in (Status.REFUTED, Status.IGNORED):
        console.print(Padding(f"[dim]{escape(finding.reason)}[/]", (0, 6)))
        return
    console.print(Padding(f"{escape(finding.message)}.", (0, 6)))
    source = source_line(finding, recipe)
    if source:
        console.print(Padding(f"[dim]| {escape(source)}[/]", (0, 6)))
    for text in (finding.reason, finding.advice):
        if text:
            console.print(Padding(f"[dim]{escape(text)}[/]", (0, 6)))


def _arms(verdict: Verdict, console: Console) -> None:
    if not verdict.arms:
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, side in (("changed", "left"), ("learned", "right"), ("95 %", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    table.add_column(f"median {verdict.goal.metric if verdict.goal else 'score'}", justify="right")
    best = sorted(verdict.arms[1:], key=lambda a: (-a.rate.low, len(a.remedies)))[: ARMS - 1]
    for arm in [*verdict.arms[:1], *best]:
        low, high = arm.rate.low, arm.rate.high
        between = f"{low:.0%} to {high:.0%}"
        name = ", ".join(arm.remedies) or AS_WRITTEN
        table.add_row(name, str(arm.rate), between, f"{arm.median:.4g}")
    left = len(verdict.arms) - min(len(verdict.arms), ARMS)
    console.print(f"\n[bold]Tried[/]{f' (the best; {left} more)' if left else ''}")
    console.print(Padding(table, (0, 2)))


def _paragraph(lines: Iterable[str], console: Console) -> None:
    console.print()
    for line in lines:
        console.print(f"[dim]{escape(line)}[/]")


def _cure(verdict: Verdict, console: Console) -> None:
    if verdict.patch:
        console.print("\n[bold]The cure as a diff[/] (--fix applies it)")
        for line in verdict.patch.splitlines():
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "default")
            console.print(Text(line, style=colour), soft_wrap=True)
    if verdict.advice and verdict.cure:
        console.print("\n[bold]To be written by hand[/]")
        console.print(Padding(escape(verdict.advice), (0, 2)))
