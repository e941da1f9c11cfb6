"""The command ``learn``: what it prints, and what it refuses before any work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck.learning.functions import NAMED

KEYS = {
    "version",
    "function",
    "network",
    "learned",
    "trials",
    "low",
    "high",
    "exact_inside",
    "exact_outside",
    "seconds",
}


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unstuck", "learn", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def _refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_every_name_is_listed() -> None:
    done = _run("--list")
    assert done.returncode == 0
    for name, one in NAMED.items():
        assert any(
            line.startswith(one.signature(name) + " ") for line in done.stdout.splitlines()
        ), name


def test_without_a_function_one_sentence_says_what_to_do() -> None:
    _refused(_run(), "name a function, or see `unstuck learn --list`")


def test_a_range_of_no_input_is_refused() -> None:
    _refused(_run("a+b", "--range", "c=0..1"), "there is no c in 'a+b'")


def test_a_piece_that_is_no_arithmetic_is_refused() -> None:
    _refused(_run("open(a)"), "'open(a)' is not understood")


def test_a_plot_of_no_picture_is_refused_before_any_training(tmp_path: Path) -> None:
    saved = tmp_path / "best.keras"
    done = _run("add", "--plot", tmp_path / "x.txt", "--save", saved)
    _refused(done, "x.txt is no picture: end it with .html, .png, .svg")
    assert not saved.exists()


def test_a_file_in_no_folder_is_refused_before_any_training(tmp_path: Path) -> None:
    path = tmp_path / "none" / "best.keras"
    _refused(_run("add", "--save", path), f"the folder of {path} does not exist")


def test_the_report_as_json_and_what_is_written(tmp_path: Path) -> None:
    saved, script = tmp_path / "best.keras", tmp_path / "train.py"
    files = "--save", saved, "--script", script
    done = _run("add", "--seeds", 2, "--format", "json", "--executor", "inline", *files)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) >= KEYS
    assert (found["version"], found["function"], found["network"]) == (1, "add", "linear")
    assert (found["learned"], found["trials"], found["exact_inside"]) == (2, 2, 1.0)
    assert 0 < found["low"] < found["high"] <= 1
    assert saved.stat().st_size > 0
    compile(script.read_text(), str(script), "exec")


@pytest.mark.parametrize("ranges", [["--range", "a=0..9", "b=0..9"], ["--range", "a=0..9"]])
def test_further_ranges_may_follow(ranges: list[str]) -> None:
    more = ["--seeds", "2", "--executor", "inline", "--network", "linear", "--format", "json"]
    done = _run("a + b", *ranges, *more)
    assert done.returncode == 0, done.stderr
    rows = 100 if len(ranges) == 3 else 1000
    assert json.loads(done.stdout)["judged_by"] == f"all {rows:,} of its domain"
