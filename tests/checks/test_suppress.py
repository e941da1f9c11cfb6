"""Comments that ignore findings: what they are about, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.checks._suppress import Suppressions, suppressions
from unstuck.errors import UsageError
from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Place
from unstuck.remedies import Widen

PROGRAM = """\
import keras
import numpy as np
x = np.random.default_rng(0).normal(size=(200, 2))
model = keras.Sequential([keras.Input((2,))])
model.add(keras.layers.Dense(2, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile("sgd", "mse")
model.fit(x, x.sum(axis=1), epochs=20, batch_size=10)
"""
NARROW, SIGMOID = PROGRAM.splitlines()[4:6]


def _lines(text: str) -> list[tuple[int, tuple[str, ...], int | None, str]]:
    return [(s.line, s.names, s.about, s.reason) for s in suppressions(text, "train.py")]


def test_what_a_comment_is_about() -> None:
    text = """\
a = 1  # unstuck: ignore[too-narrow] on purpose
# unstuck: ignore[relu-output, too-narrow]: both wanted
# and a word more

b = f(
    2,  # noqa: E501  # unstuck: ignore[dead-relu] known # noqa
)
# unstuck: ignore-file[unlucky-seed] - seeds are fixed
"""
    assert _lines(text) == [
        (1, ("too-narrow",), 1, "on purpose"),
        (2, ("relu-output", "too-narrow"), 5, "both wanted"),
        (6, ("dead-relu",), 6, "known"),
        (8, ("unlucky-seed",), None, "seeds are fixed"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        's = "# unstuck: ignore[too-narrow] in a string"\n',
        '"""\n# unstuck: ignore[nothing]\n"""\n',
        "# we were unstuck: ignored advice at first\n",
        "# unstuck: ignored\n",
        "no (python\n  # unstuck: ignore[x]\n",
    ],
)
def test_what_is_no_suppression(text: str) -> None:
    assert _lines(text) == []


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# unstuck: ignore[too-narrow]", "train.py:2: the comment gives no reason"),
        ("# unstuck: ignore[too-narrow] -", "no reason"),
        ("# unstuck: ignore[too-narrow]  # noqa: E501", "no reason"),
        ("# unstuck: ignore", "names no check"),
        ("# unstuck: ignore[] because", "names no check"),
        ("# unstuck: ignore-file[to-narrow] because", "train.py:2: .*'to-narrow'.*too-narrow"),
    ],
)
def test_what_is_refused(comment: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        _lines(f"a = 1\n{comment}\n")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        _lines(f"#{text}\n")
        _lines(text)
    except UsageError as error:
        assert str(error).startswith("train.py:")


def _finding(check: str, place: Place | None) -> Finding:
    return Finding(check, Severity.ERROR, "-", {}, place, remedies=(Widen(),))


def test_only_what_stands_there_is_ignored() -> None:
    text = "a()  # unstuck: ignore[too-narrow] wanted\nb()\n# unstuck: ignore-file[dead-relu] so\n"
    comments = Suppressions(tuple(suppressions(text, "a.py")))
    there = _finding("too-narrow", Place("a.py", 1, 0, 7, 1))
    nowhere = _finding("dead-relu", None)
    kept = [
        _finding("too-narrow", Place("a.py", 2)),
        _finding("too-narrow", Place("b.py", 1)),
        _finding("too-narrow", None),
        _finding("relu-output", Place("a.py", 1)),
        _finding("dead-relu", Place("b.py", 1)),
    ]
    assert comments.sort(kept, "a.py") == (kept, [])
    _, ignored = comments.sort([there, nowhere, *kept], "a.py")
    assert [(f.check, f.status, f.reason, f.remedies) for f in ignored] == [
        ("too-narrow", Status.IGNORED, "wanted", ()),
        ("dead-relu", Status.IGNORED, "so", ()),
    ]


def test_only_checks_that_have_looked_are_missed() -> None:
    comments = Suppressions(
        tuple(suppressions("a()  # unstuck: ignore[too-narrow, dead-relu] x\n", "a.py"))
    )
    comments.looked.add("too-narrow")
    assert comments.idle() == ("a.py:1 ignores too-narrow, which was not found there",)


def _check(folder: Path, text: str, *more: str) -> subprocess.CompletedProcess[str]:
    path = folder / "train.py"
    path.write_text(text)
    command = [sys.executable, "-m", "unstuck", "check", str(path), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_training(tmp_path: Path) -> None:
    text = PROGRAM.replace(NARROW, f"{NARROW}  # unstuck: ignore[too-narrow] a map")
    text = text.replace(
        SIGMOID, f"# unstuck: ignore[bounded-output, relu-output] shares\n{SIGMOID}"
    )
    done = _check(tmp_path, text, "--static", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["findings"] == []
    ignored = [(f["check"], f["line"], f["status"], f["reason"]) for f in report["ignored"]]
    assert sorted(ignored) == [
        ("bounded-output", 7, "ignored", "shares"),
        ("too-narrow", 5, "ignored", "a map"),
    ]
    assert "train.py:6 ignores relu-output, which was not found there" in report["notes"]


def test_with_training(tmp_path: Path) -> None:
    """What is ignored is not proposed, even where it alone would make it learn."""
    text = PROGRAM.replace(NARROW + "\n", "")
    text = text.replace(SIGMOID, f"{SIGMOID}  # unstuck: ignore[bounded-output] shares are meant")
    done = _check(tmp_path, text, "--budget", "15s", "--seeds", "4", "--no-cache")
    assert "Ignored by comments in the program" in done.stdout, done.stderr
    assert "shares are meant" in done.stdout
    assert "linear-output" not in done.stdout


def test_refused_on_the_command_line(tmp_path: Path) -> None:
    done = _check(tmp_path, PROGRAM + "# unstuck: ignore[too-narrow]\n", "--static")
    assert done.returncode == 2
    assert done.stderr.startswith("unstuck: ")
    assert "train.py:9: the comment gives no reason" in done.stderr
    assert len(done.stderr.splitlines()) == 1
