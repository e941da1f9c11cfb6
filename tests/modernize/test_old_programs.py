"""Programs in the manner of 2015 to 2020, in today's words: they run on today's Keras."""

from __future__ import annotations

import runpy
import warnings
from pathlib import Path

import pytest

from unstuck.capture.script import capture_script
from unstuck.modernize import modernize, read_program
from unstuck.modernize.python2 import parses

pytestmark = pytest.mark.slow

OLD = Path(__file__).parents[1] / "programs" / "old"
PROGRAMS = sorted(OLD.glob("*.py"))


def test_there_are_forty() -> None:
    assert len(PROGRAMS) >= 40


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda f: f.stem)
def test_nothing_stays_old(file: Path) -> None:
    made = modernize(read_program(file))
    assert made.changed and parses(made.text)
    assert [str(one) for one in made.left] == []
    again = modernize(made.text)
    assert not again.changed, [str(c) for c in again.changes]


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda f: f.stem)
def test_comments_stay(file: Path) -> None:
    def comments(text: str) -> list[str]:
        return [line.partition("#")[2] for line in text.splitlines() if "#" in line]

    text = read_program(file)
    assert comments(modernize(text).text) == comments(text)


@pytest.mark.parametrize("file", PROGRAMS, ids=lambda f: f.stem)
def test_it_runs_on_todays_keras(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process: another would take seconds to import Keras."""
    script = tmp_path / file.name
    script.write_text(modernize(read_program(file)).text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(str(script), run_name="__main__")


def test_capture_of_a_text_in_place_of_a_program() -> None:
    """It runs under the program's own name, and places belong to the text."""
    file = OLD / "gradient_decay.py"
    text = modernize(read_program(file)).text
    (recipe,) = capture_script(file, text=text).recipes
    assert recipe.script == str(file)
    assert recipe.optimizer.schedule is not None
    assert recipe.fit.place is not None
    line = text.splitlines()[recipe.fit.place.line - 1]
    assert line.startswith("model.fit(X, y, epochs=2")
