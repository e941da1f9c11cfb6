"""The page: everything that the template lays out, and the page as one file.

Nothing is fetched: style, drawings and their library are in the file, and its content security
policy lets only these two scripts run. All text is escaped by the template.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from unstuck.checks._needs import lacks
from unstuck.checks._run import all_checks
from unstuck.finding import Finding, Status
from unstuck.judge import RELIABLE, reliable
from unstuck.report.arms import Shown, compared
from unstuck.report.html import code
from unstuck.report.html.curves import curves
from unstuck.report.html.drawings import drawn
from unstuck.report.html.figure import Figure, number
from unstuck.report.words import (
    AS_WRITTEN,
    HEADINGS,
    basis,
    interval,
    location,
    others,
    sentence,
    with_changes,
)
from unstuck.verdict import Answer, Rate, Verdict

MANY = 100  # seeds, above which there is no dot for each
OPEN = (Status.PROVEN, Status.PLAIN, Status.NOT_TRIED)
TONES = {
    Answer.LEARNS: "good",
    Answer.FAILS: "bad",
    Answer.UNSTABLE: "mixed",
    Answer.NO_SIGNAL: "other",
    Answer.NOISE_FLOOR: "other",
    Answer.NOT_REPRODUCED: "other",
    Answer.INCONCLUSIVE: "other",
}


def to_html(verdicts: Sequence[Verdict], script: str) -> str:
    """The verdicts of one program as one page that needs nothing else."""
    library, own = _library(), _file("page.js")
    trainings = [_training(v, f"t{i}") for i, v in enumerate(verdicts, 1)]
    return _template().render(
        script=Path(script).name,
        trainings=trainings,
        style=Markup(_style()),
        library=Markup(library),
        own=Markup(own),
        policy=_policy(library, own),
        reliable=RELIABLE,
    )


@dataclass(frozen=True)
class Tile:
    """A rate, for those who look: a dot for each seed, a bar for the interval."""

    name: str
    rate: Rate
    words: str
    dots: tuple[bool, ...]


@dataclass(frozen=True)
class Told:
    """One finding with all that is shown of it; ``above`` are the titles of figures that an
    earlier finding has shown."""

    finding: Finding
    place: str
    code: Markup
    figures: tuple[Figure, ...]
    above: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]
    remedies: tuple[str, ...]


def _training(verdict: Verdict, name: str) -> dict[str, Any]:
    """What the template needs to know of one verdict."""
    cured, note = with_changes(verdict)
    found = (*verdict.findings, *verdict.ignored)
    shown = compared(verdict)
    seen: set[str] = set()
    return {
        "id": name,
        "verdict": verdict,
        "tone": TONES[verdict.outcome],
        "place": location(verdict),
        "sentence": sentence(verdict.sentence or str(verdict.outcome)),
        "cured": cured,
        "note": note,
        "others": others(verdict),
        "tiles": tuple(_tiles(verdict)),
        "figures": curves(verdict),
        "shown": shown,
        "seeds": _seeds(shown),
        "groups": [
            (heading, status in OPEN, [_told(f, verdict, seen) for f in of_status])
            for status, heading in HEADINGS.items()
            if (of_status := [f for f in found if f.status is status])
        ],
        "diff": code.diff(verdict.patch) if verdict.patch else "",
        "arms": tuple(_arms(verdict)),
        "checks": _checks(verdict),
        "basis": basis(verdict),
    }


def _tiles(verdict: Verdict) -> Iterator[Tile]:
    if verdict.as_written is not None:
        yield _tile("As written", verdict.as_written)
    if verdict.cured is not None:
        yield _tile("Cured" if reliable(verdict.cured) else "With the changes", verdict.cured)


def _tile(name: str, rate: Rate) -> Tile:
    dots = tuple(i < rate.learned for i in range(rate.trials)) if rate.trials <= MANY else ()
    return Tile(name, rate, interval(rate), dots)


def _seeds(shown: Sequence[Shown]) -> tuple[int, ...]:
    return tuple(sorted({o.seed for s in shown for o in s.arm.outcomes}))


def _told(finding: Finding, verdict: Verdict, seen: set[str]) -> Told:
    place, full = finding.place, finding.status in OPEN
    where = place.where if place and place.file else ""
    figures = drawn(finding, verdict.recipe, verdict.trace) if full else ()
    above = tuple(f.title for f in figures if f.title in seen)
    new = tuple(f for f in figures if f.title not in seen)
    seen |= {f.title for f in figures}
    return Told(
        finding,
        where,
        code.excerpt(finding, verdict.recipe) if full else Markup(),
        new,
        above,
        tuple((k.replace("_", " "), _shown(v)) for k, v in finding.evidence.items()),
        tuple(f"{r.name}: {r.describe()}" for r in finding.remedies),
    )


def _sentence(text: str) -> str:
    """A text as a sentence, whose first word keeps its form where it may be a name."""
    word = text.split(" ", 1)[0]
    return sentence(text) if word.isalpha() and word.islower() else f"{text}."


def _shown(value: float | int | str) -> str:
    return value if isinstance(value, str) else number(float(value))


def _arms(verdict: Verdict) -> Iterator[dict[str, Any]]:
    """The program as written first, then what was tried, the best first."""
    rest = sorted(verdict.arms[1:], key=lambda a: (-a.rate.low, len(a.remedies), a.remedies))
    for arm in (*verdict.arms[:1], *rest):
        yield {
            "name": ", ".join(arm.remedies) or AS_WRITTEN,
            "rate": arm.rate,
            "interval": f"{arm.rate.low:.0%} to {arm.rate.high:.0%}",
            "share": arm.rate.learned / arm.rate.trials if arm.rate.trials else 0.0,
            "median": f"{arm.median:.4g}" if isfinite(arm.median) else "none",
        }


def _checks(verdict: Verdict) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Every check by what came of it: name, summary and, where there is one, the reason."""
    groups: dict[str, list[tuple[str, str, str]]] = {
        "Found something": [],
        "Passed": [],
        "Not applicable": [],
        "Not tried": [],
    }
    found = {f.check for f in (*verdict.findings, *verdict.ignored)}
    for check in all_checks():
        lacking = lacks(check, verdict.recipe) if verdict.recipe is not None else ""
        if check.name in found:
            group, reason = "Found something", ""
        elif check.name not in verdict.looked:
            watching = check.needs_trace and verdict.trace is None
            group = "Not tried"
            reason = "no training was watched" if watching else "not among those asked for"
        elif lacking:
            group, reason = "Not applicable", lacking
        else:
            group, reason = "Passed", ""
        groups[group].append((check.name, check.summary, reason))
    return [(name, rows) for name, rows in groups.items() if rows]


@cache
def _library() -> str:
    """Vega, Vega-Lite and what puts them on a page, as one script."""
    found = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return found.replace("</script", "<\\/script").replace("<!--", "<\\!--")


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("unstuck.report", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["sentence"] = _sentence
    return environment.get_template("page.html.j2")


def _style() -> str:
    dark = f"@media (prefers-color-scheme: dark) {{\n{code.style_sheet('dark')}\n}}"
    return "\n".join([_file("page.css"), code.style_sheet("light"), dark])


def _file(name: str) -> str:
    return files("unstuck.report.html").joinpath(name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    """A content security policy: these scripts, styles of the page's own, and nothing else."""
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"
