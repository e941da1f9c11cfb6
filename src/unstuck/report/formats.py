"""The forms that a report of ``check`` can have, and what writes each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from unstuck.errors import UsageError
from unstuck.verdict import Verdict

Writer = Callable[[Sequence[Verdict], str], str]
"""Gives the text of a report on the verdicts of a program, which is named by its path."""


class Format(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    SARIF = "sarif"
    GITHUB = "github"


def writer(form: Format) -> Writer:
    """What writes reports of that form.

    Raises:
        UsageError: a package that it needs is not installed.
    """
    if form is Format.JSON:
        from unstuck.report.json import to_json

        return to_json
    if form is Format.SARIF:
        from unstuck.report.sarif import to_sarif

        return to_sarif
    if form is Format.GITHUB:
        from unstuck.report.github import to_commands

        return to_commands
    if form is Format.HTML:
        return _html()
    from unstuck.report.text import to_text

    return to_text


def _html() -> Writer:
    try:
        from unstuck.report.html.page import to_html
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("unstuck"):
            raise
        raise UsageError(
            f"--format html needs {error.name}, which is not installed: pip install 'unstuck[html]'"
        ) from None
    return to_html
