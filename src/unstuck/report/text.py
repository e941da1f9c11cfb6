"""The verdict for people, in a terminal: the answer first, then why, then what to change."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from unstuck.finding import Finding, Severity, Status
from unstuck.judge import reliable
from unstuck.recipe import Recipe
from unstuck.verdict import Answer, Rate, Verdict

STYLE = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
COLOUR = {Answer.LEARNS: "green", Answer.FAILS: "red", Answer.UNSTABLE: "yellow"}
ARMS = 12  # rows of the table of what was tried
HEADINGS = {
    Status.PROVEN: "Proven by retraining without each",
    Status.PLAIN: "Plain to see",
    Status.NOT_TRIED: "Not decided",
    Status.REFUTED: "Cleared",
    Status.IGNORED: "Ignored by comments in the program",
}


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
    _basis(verdict, console)
    _cure(verdict, console)


def _answer(verdict: Verdict, console: Console) -> None:
    colour = COLOUR.get(verdict.outcome, "magenta")
    where = _location(verdict)
    console.print(f"[bold {colour}]{verdict.outcome}[/]{where}: {escape(verdict.sentence)}.")
    if verdict.cured is not None:
        count = len(verdict.cure)
        changes = "one change" if count == 1 else f"{count} changes"
        best = "" if reliable(verdict.cured) else " That is the best that was found, no cure:"
        console.print(
            f"[bold]With {changes} it learns on {verdict.cured} seeds[/] "
            f"({_interval(verdict.cured)}).{best}"
        )
        for remedy in verdict.cure:
            console.print(Padding(f"- {remedy.describe()}", (0, 0, 0, 2)))
        _others(verdict, console)
    elif verdict.outcome in (Answer.FAILS, Answer.UNSTABLE):
        console.print("No set of changes that was tried makes it learn.")


def _others(verdict: Verdict, console: Console) -> None:
    for cure in verdict.other_cures:
        changes = "; ".join(r.describe() for r in cure if r not in verdict.cure)
        instead = ", ".join(r.name for r in verdict.cure if r not in cure)
        console.print(f"As good in place of {instead}: {changes}.")


def _location(verdict: Verdict) -> str:
    recipe = verdict.recipe
    place = recipe.written(recipe.fit.place) if recipe is not None else None
    if place is None:
        return ""
    return f" ({escape(Path(place.file).name)}:{place.line})"


def _interval(rate: Rate) -> str:
    return f"95 % interval {rate.low:.0%} to {rate.high:.0%}"


def show_finding(finding: Finding, recipe: Recipe | None, console: Console) -> None:
    """Print one finding, with its line of the recipe's source."""
    place = finding.place
    where = f" [dim]{escape(Path(place.file).name)}:{place.line}[/]" if place and place.file else ""
    colour = STYLE[finding.severity]
    console.print(
        Padding(f"[{colour}]{finding.severity}[/] [bold]{finding.check}[/]{where}", (0, 2))
    )
    if finding.status in (Status.REFUTED, Status.IGNORED):
        console.print(Padding(f"[dim]{escape(finding.reason)}[/]", (0, 6)))
        return
    console.print(Padding(f"{escape(finding.message)}.", (0, 6)))
    source = _line(finding, recipe)
    if source:
        console.print(Padding(f"[dim]| {escape(source)}[/]", (0, 6)))
    for text in (finding.reason, finding.advice):
        if text:
            console.print(Padding(f"[dim]{escape(text)}[/]", (0, 6)))


def _line(finding: Finding, recipe: Recipe | None) -> str:
    place = finding.place
    if recipe is None or place is None or place.file != recipe.script:
        return ""
    lines = (recipe.original or recipe.source).splitlines()
    return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""


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
        interval = f"{low:.0%} to {high:.0%}"
        name = ", ".join(arm.remedies) or "nothing (as written)"
        table.add_row(name, str(arm.rate), interval, f"{arm.median:.4g}")
    left = len(verdict.arms) - min(len(verdict.arms), ARMS)
    console.print(f"\n[bold]Tried[/]{f' (the best; {left} more)' if left else ''}")
    console.print(Padding(table, (0, 2)))


def _basis(verdict: Verdict, console: Console) -> None:
    lines: list[str] = []
    if verdict.goal is not None:
        lines.append(f"Learned means {verdict.goal.text}: {verdict.goal.reason}.")
    if verdict.scale:
        lines.append(_sentence(verdict.scale))
    lines += [_sentence(note) for note in verdict.notes]
    lines.append(f"{verdict.seconds:.1f} s, trained by: {verdict.engine}.")
    _paragraph(lines, console)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


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
