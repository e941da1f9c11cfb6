"""What checks know, as pages: ``python -m unstuck.checks._pages docs/reference/checks``.

Everything on a page comes from the check itself: its words, and what it finds in its own cases.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from unstuck.checks._areas import AREAS, areas
from unstuck.checks._base import Check
from unstuck.checks._run import all_checks
from unstuck.finding import Finding

COMMAND = "python -m unstuck.checks._pages docs/reference/checks"
MARK = f"<!-- Written by `{COMMAND}`: change the check, not this page. -->\n\n"
PLAIN = "It is plain: wrong on its face, so that no experiment is needed."
PROVEN = (
    "By retraining, over many seeds: it is proven if the program learns reliably with one of these "
    "changes and beyond chance less often without it. Where the program learns all the same, it is "
    "refuted."
)
AT_TIMES = "Some of its findings are plain: wrong on their face, so that no experiment is needed."
WATCHED = "While the program trains: with --static it is not looked for."


@cache
def found(check: Check) -> tuple[Finding, ...]:
    """What a check finds in its firing cases, in their order."""
    with np.errstate(all="ignore"):
        return tuple(
            finding
            for case in check.firing
            for finding in check.look(case.recipe(), case.trace() if case.trace else None)
        )


def proof(check: Check) -> tuple[str, tuple[str, ...]]:
    """How a finding of this check is proven: a sentence, and the changes that are tried."""
    remedies = {r.name: r for f in reversed(found(check)) for r in reversed(f.remedies)}
    changes = tuple(f"{name}: {r.describe()}" for name, r in reversed(remedies.items()))
    if not changes:
        return PLAIN, ()
    some = any(not f.remedies for f in found(check))
    return f"{PROVEN} {AT_TIMES}" if some else PROVEN, changes


def sections(check: Check) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Heading, text and list of each part of a page, after the summary."""
    if check.needs_trace:
        yield "When it looks", WATCHED, ()
    yield "Why it stops learning", check.why, ()
    yield "Example of a finding", example(check), ()
    yield "Use instead", check.instead, ()
    yield "How it is proven", *proof(check)
    yield "Known false alarms", check.false_alarms, ()
    yield "Sources", "", check.sources


def example(check: Check) -> str:
    """A finding as the report shows it: severity, name, message."""
    first = found(check)[0]
    return f"{first.severity} {check.name}: {first.message}."


def page(check: Check) -> str:
    """One check as Markdown."""
    area = areas()[check.name]
    parts = [
        f"# {check.name}\n\n{_escaped(check.summary)}",
        f"Area: [{area}](README.md#{_anchor(area)}). Severity: {check.severity}, if a finding says "
        "nothing else.",
    ]
    for heading, text, items in sections(check):
        lines = "\n".join(f"- {_escaped(item)}" for item in items)
        parts.append("\n\n".join(p for p in (f"## {heading}", _escaped(text), lines) if p))
    parts.append(
        "## Ignore it\n\nEnd the line that it points to with a comment that says why:\n\n"
        f"```py\n# unstuck: ignore[{check.name}] the reason\n```"
    )
    return MARK + "\n\n".join(parts) + "\n"


def index() -> str:
    """All checks by area, as Markdown."""
    parts = [f"# Checks\n\n{len(all_checks())} faults are looked for, each by a check of its name."]
    for area in AREAS:
        own = [c for c in all_checks() if areas()[c.name] == area]
        rows = "\n".join(
            f"| [{c.name}]({c.name}.md) | {c.severity} | {_escaped(c.summary)} |" for c in own
        )
        if own:
            head = "| check | severity | what it finds |\n|---|---|---|"
            parts.append(f"## {area.capitalize()}\n\n{head}\n{rows}")
    return MARK + "\n\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    return {"README.md": index(), **{f"{c.name}.md": page(c) for c in all_checks()}}


def write(folder: Path) -> None:
    """Write every page, and remove those of checks that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made and old.read_text(encoding="utf-8").startswith(MARK):
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _anchor(area: str) -> str:
    return area.replace(" ", "-")


def _escaped(text: str) -> str:
    """Words as Markdown shows them; what stands in backticks is code already."""
    parts = text.split("`")
    return "`".join(
        part if i % 2 else re.sub(r"([*_<|\[\]])", r"\\\1", part) for i, part in enumerate(parts)
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
