"""The verdict as a notebook shows it: plain HTML, in the page's own colours."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Recipe
from unstuck.report.words import HEADINGS
from unstuck.verdict import Answer, Verdict

# Of middle lightness, to be read on white and on black.
GREEN, RED, AMBER, BLUE = "#2e9d57", "#dd4b4b", "#b98900", "#3d8bd4"
COLOUR = {Answer.LEARNS: GREEN, Answer.FAILS: RED, Answer.UNSTABLE: AMBER}
SHADE = {Severity.ERROR: RED, Severity.WARNING: AMBER, Severity.NOTE: BLUE}
EDITED = {"+": GREEN, "-": RED, "@": BLUE}
QUIET = "opacity:.7"


def to_html(verdict: Verdict) -> str:
    """One element with styles of its own; every text of the program is escaped."""
    return f'<div style="line-height:1.45">{"".join(_parts(verdict))}</div>'


def _parts(verdict: Verdict) -> Iterator[str]:
    answer = _coloured(str(verdict.outcome), COLOUR.get(verdict.outcome, BLUE))
    yield f"<p>{answer}: {escape(verdict.sentence)}.</p>"
    if verdict.cured is not None:
        changes = "".join(f"<li>{escape(r.describe())}</li>" for r in verdict.cure)
        yield f"<p>With these changes it learns on {verdict.cured} seeds:</p><ul>{changes}</ul>"
    for status, heading in HEADINGS.items():
        found = [f for f in (*verdict.findings, *verdict.ignored) if f.status is status]
        if found:
            items = "".join(_finding(f, verdict.recipe) for f in found)
            yield f"<p><b>{escape(heading)}</b></p><ul>{items}</ul>"
    yield from _details(verdict)


def _finding(finding: Finding, recipe: Recipe | None) -> str:
    name = _coloured(finding.check, SHADE[finding.severity])
    place = finding.place
    where = f' <span style="{QUIET}">{escape(place.where)}</span>' if place and place.file else ""
    if finding.status in (Status.REFUTED, Status.IGNORED):
        return f"<li>{name}{where}: {escape(finding.reason)}</li>"
    source = recipe.line_at(place) if recipe is not None and place is not None else ""
    code = f"<br><code>{escape(source)}</code>" if source else ""
    more = [f'<br><span style="{QUIET}">{escape(t)}</span>' for t in _reasons(finding)]
    return f"<li>{name}{where}: {escape(finding.message)}.{code}{''.join(more)}</li>"


def _reasons(finding: Finding) -> list[str]:
    return [text for text in (finding.reason, finding.advice) if text]


def _details(verdict: Verdict) -> Iterator[str]:
    if verdict.patch:
        lines = "\n".join(map(_edited, verdict.patch.splitlines()))
        yield f"<p><b>The cure as a diff</b></p><pre>{lines}</pre>"
    if verdict.advice and verdict.cure:
        yield f"<p><b>To be written by hand</b></p><pre>{escape(verdict.advice)}</pre>"
    goal = verdict.goal
    learned = [f"learned means {goal.text}: {goal.reason}"] if goal is not None else []
    notes = [*learned, *filter(None, [verdict.scale]), *verdict.notes]
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    took = f"{verdict.seconds:.1f} s, trained by: {escape(verdict.engine)}"
    yield f'<details style="{QUIET}"><summary>{took}</summary><ul>{items}</ul></details>'


def _edited(line: str) -> str:
    colour = EDITED.get(line[:1])
    return f'<span style="color:{colour}">{escape(line)}</span>' if colour else escape(line)


def _coloured(text: str, colour: str) -> str:
    return f'<b style="color:{colour}">{escape(text)}</b>'
