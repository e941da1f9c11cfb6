"""The verdict as workflow commands: GitHub shows each finding at its line of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unstuck.finding import Finding, Severity, Status
from unstuck.report.places import spot
from unstuck.report.words import location, sentence, with_changes
from unstuck.verdict import Answer, Verdict

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def to_commands(verdicts: Sequence[Verdict], script: str) -> str:
    """A line for each finding that stands, and one for each verdict."""
    return "".join(f"{line}\n" for v in verdicts for line in _lines(v, script))


def _lines(verdict: Verdict, script: str) -> Iterator[str]:
    for finding in verdict.findings:
        if finding.status is not Status.REFUTED:
            yield _command(finding, verdict, script)
    place = location(verdict)
    cured, note = with_changes(verdict)
    more = " ".join(part for part in (f"{cured}." if cured else "", note) if part)
    level = "notice" if verdict.outcome is Answer.LEARNS else "warning"
    words = f"{sentence(verdict.sentence)} {more}".strip()
    title = f"unstuck: {verdict.outcome}{f' ({place})' if place else ''}"
    yield f"::{level} title={_property(title)}::{_data(words)}"


def _command(finding: Finding, verdict: Verdict, script: str) -> str:
    at = spot(finding, verdict, script)
    given = {
        "file": at.file,
        "line": str(at.line),
        "endLine": str(at.end_line),
        "title": f"unstuck: {finding.check} ({finding.status})",
    }
    if at.end_column and at.end_line == at.line:  # GitHub reads columns within one line only
        given |= {"col": str(at.column), "endColumn": str(at.end_column)}
    properties = ",".join(f"{name}={_property(value)}" for name, value in given.items())
    words = "\n".join(part for part in (finding.message, finding.reason, finding.advice) if part)
    return f"::{LEVELS[finding.severity]} {properties}::{_data(words)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
