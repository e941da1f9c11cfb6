"""The page as text: what stands in it, and that no word of a program can become code."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import HOSTILE, VERDICTS, classified, verdict

from unstuck.checks._base import Check
from unstuck.checks._cases import trace
from unstuck.checks._needs import NEEDS, lacks
from unstuck.checks._run import all_checks
from unstuck.finding import Finding, Severity
from unstuck.report.arms import compared, course
from unstuck.report.html.curves import curves
from unstuck.report.html.drawings import DRAWINGS, drawn
from unstuck.report.html.page import to_html
from unstuck.trial import Ending, Outcome
from unstuck.verdict import Answer, Verdict

CHECKS = {check.name: check for check in all_checks()}
NOTHING_DRAWN = {
    "oversized-initialization",
    "symmetric-initialization",
    "undersized-initialization",
}


class _Elements(HTMLParser):
    """The elements of a page and its words, of scripts and styles apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.seen and self.seen[-1][0] not in ("script", "style"):
            self.words.append(data)


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", "".join(_Elements(page).words))


@pytest.mark.parametrize("name", VERDICTS)
def test_the_page_stands_alone(name: str) -> None:
    page = to_html(VERDICTS[name], "train.py")
    found = _Elements(page).seen
    assert page.lstrip().startswith("<!doctype html>")
    assert not [tag for tag, _ in found if tag in ("img", "link", "iframe", "object", "base")]
    links = [value for _, given in found for key, value in given.items() if key in ("href", "src")]
    assert all(value and value.startswith("#") for value in links)
    scripts = [given for tag, given in found if tag == "script"]
    assert len([s for s in scripts if "type" not in s]) == 2
    assert not [key for _, given in found for key in given if key.startswith("on")]
    identities = [given["id"] for _, given in found if "id" in given]
    assert len(identities) == len(set(identities))
    assert {link[1:] for link in links if link} <= set(identities)


def test_the_answer_comes_first() -> None:
    words = _words(to_html((verdict(),), "train.py"))
    order = [
        "Learned on 4 of 32 seeds as written: it depends on the seed.",
        "With one change it learns on 31 of 32 seeds.",
        "leave the output layer without an activation",
        "95 % interval 5% to 28%",
        "How many seeds have learned",
        "Proven by retraining without each",
        "Plain to see",
        "Cleared (1)",
        "Ignored by comments in the program (1)",
        "--fix applies it.",
        "share of seeds, 0 to 100 %",
        "Passed",
        "judged by 40 rows",
    ]
    places = [words.lower().index(part.lower()) for part in order]
    assert places == sorted(places)


def test_every_word_is_escaped() -> None:
    page = to_html(VERDICTS["hostile"], HOSTILE)
    assert "<script>window" not in page
    assert HOSTILE in _words(page)


@settings(max_examples=25)
@given(st.text(min_size=1))
def test_any_text_can_be_shown(text: str) -> None:
    finding = Finding("relu-output", Severity.NOTE, text, {text: text}, layer=text, advice=text)
    bare = Verdict(Answer.FAILS, (finding,), sentence=text, patch=text, advice=text)
    plain = _Elements(to_html((Verdict(Answer.FAILS, (finding,), sentence="x", patch="y"),), "t"))
    given_words = _Elements(to_html((bare,), text))
    assert {tag for tag, _ in given_words.seen} == {tag for tag, _ in plain.seen}


def test_two_trainings_have_a_part_each() -> None:
    page = to_html(VERDICTS["two"], "train.py")
    found = _Elements(page).seen
    assert [g["id"] for tag, g in found if g.get("class") == "training"] == ["t1", "t2"]
    assert "2 trainings" in page


def test_checks_are_told_apart() -> None:
    words = _words(to_html((verdict(),), "train.py"))
    assert "Found something (6)" in words
    assert re.search(r"Not tried \(1\) .*unlucky-seed.*Not among those asked for\.", words)
    assert re.search(r"Not applicable \(\d+\) .*It has no embedding\.", words)
    static = _words(to_html(VERDICTS["static"], "train.py"))
    assert "No training was watched." in static


def test_what_is_compared() -> None:
    assert [s.name for s in compared(verdict())] == ["as written", "cured"]
    assert [s.name for s in compared(classified())] == ["as written", "best tried"]
    assert len(curves(verdict())) == 3
    assert len(curves(classified())) == 1
    assert curves(VERDICTS["static"][0]) == ()


def test_losses_alone_are_drawn_without_scores() -> None:
    """So it is of what ``fit`` has trained."""
    plain = classified()
    course = ((10, 1.0, float("nan")), (20, 0.5, float("nan")))
    arms = tuple(
        replace(a, outcomes=tuple(replace(o, curve=course) for o in a.outcomes)) for a in plain.arms
    )
    titles = [figure.title for figure in curves(replace(plain, arms=arms))]
    assert titles == ["Training loss of every seed", "Score (accuracy) of every seed"]


def test_success_over_the_updates() -> None:
    success = curves(verdict())[0]
    assert success.rows[-1] == ("cured", "100", "97%", "84%", "99%")
    assert success.rows[4] == ("as written", "100", "12%", "5%", "28%")


def test_a_look_without_an_update_is_not_drawn() -> None:
    """Where time runs out, the last look repeats the one before, with a loss of 0."""
    curve = ((0, 0.0, 0.1), (5, 2.0, 0.5), (9, 1.0, 0.6), (9, 0.0, 0.6))
    assert course(Outcome(0, Ending.OUT_OF_TIME, 9, 0.6, curve)) == [(5, 2.0, 0.5), (9, 1.0, 0.6)]
    long = course(Outcome(0, Ending.FINISHED, 9, 0.6, tuple((n, 1.0, 0.0) for n in range(1, 5000))))
    assert (len(long), long[0][0], long[-1][0]) == (200, 1, 4999)


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_of_a_check(name: str) -> None:
    """Whatever a check finds in its own cases can be drawn, and most of it is."""
    count = 0
    for finding, figures in _drawn(CHECKS[name]):
        count += len(figures)
        for figure in figures:
            assert figure.spec["width"] == "container"
            assert figure.text, finding
            assert all(len(row) == len(figure.columns) for row in figure.rows)
    assert count > 0 or name in NOTHING_DRAWN


def _drawn(check: Check):  # type: ignore[no-untyped-def]
    with np.errstate(all="ignore"):
        for case in check.firing:
            recipe, watched = case.recipe(), case.trace() if case.trace else None
            for finding in check.look(recipe, watched):
                yield finding, drawn(finding, recipe, watched or trace([1.0, 0.5, 0.4]))


def test_first_weights_are_drawn() -> None:
    """By-hand recipes have no weights; one that has."""
    plain = verdict().recipe
    assert plain is not None
    weights = (np.full((3, 4), 5.0), np.zeros(4))
    layers = (replace(plain.model.layers[0], owns=(0, 1)), *plain.model.layers[1:])
    made = replace(plain, model=replace(plain.model, layers=layers, weights=weights))
    for name in NOTHING_DRAWN:
        (figure,) = drawn(Finding(name, Severity.ERROR, "x"), made, None)
        assert figure.rows == (("dense_0", "5", "0.5774"),)


def test_needs_are_those_of_the_checks() -> None:
    """No check fires on a recipe that lacks what it is said to need."""
    assert {n for _, names in NEEDS.values() for n in names.split()} <= set(CHECKS)
    for check in CHECKS.values():
        assert [lacks(check, case.recipe()) for case in check.firing] == [""] * len(check.firing)


def test_without_its_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("")
    code = (
        "import sys; sys.modules['altair'] = None\n"
        "from unstuck.cli import main; sys.argv = ['unstuck', 'check', 'x.py', '--format', 'html',"
        " '--output', 'r.html']; main()"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--format html needs altair" in done.stderr
    assert "pip install 'unstuck[html]'" in done.stderr
