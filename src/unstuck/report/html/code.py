"""Code in colours: lines of the program, and the cure as a diff."""

from __future__ import annotations

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from unstuck.finding import Finding
from unstuck.recipe import Recipe

AROUND = 2  # lines before and after the one that a finding points to
STYLES = {"light": "a11y-high-contrast-light", "dark": "a11y-high-contrast-dark"}
_PYTHON = PythonLexer(stripnl=False, ensurenl=False)
_KINDS = {"+": "added", "-": "removed", "@": "hunk"}


def style_sheet(mode: str) -> str:
    """The colours of code, for a light or a dark page."""
    formatter: HtmlFormatter[str] = HtmlFormatter(style=STYLES[mode])
    return "\n".join(formatter.get_token_style_defs(".code"))


def excerpt(finding: Finding, recipe: Recipe | None) -> Markup:
    """The lines around a finding's place, numbered; empty where they are not at hand."""
    place = finding.place
    if recipe is None or place is None or place.file != recipe.script:
        return Markup()
    lines = recipe.text_at(place).splitlines()
    if not 0 < place.line <= len(lines):
        return Markup()
    first, last = max(1, place.line - AROUND), min(len(lines), place.line + AROUND)
    numbered = enumerate(lines[first - 1 : last], first)
    rows = (_row(text, str(n), "here" if n == place.line else "") for n, text in numbered)
    return Markup("").join(rows)


def diff(patch: str) -> Markup:
    """A unified diff, what stays as it is in the colours of Python."""
    rows = []
    for line in patch.splitlines():
        sign, kind = line[:1], _KINDS.get(line[:1], "")
        if line.startswith(("---", "+++")) or sign == "@":
            rows.append(Markup('<span class="row hunk">{}\n</span>').format(line))
        else:
            rows.append(_row(line[1:], sign, kind))
    return Markup("").join(rows)


def _row(text: str, margin: str, kind: str) -> Markup:
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    coloured = Markup(highlight(text, _PYTHON, formatter).rstrip("\n"))
    return Markup('<span class="row {}"><span class="margin">{}</span>{}\n</span>').format(
        kind, margin, coloured
    )
