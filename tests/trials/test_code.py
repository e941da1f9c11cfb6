"""Digests of the user's own code: equal for equal code in any process, and for no other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck.trials.code import content
from unstuck.trials.identity import digest

pytestmark = pytest.mark.slow

PROGRAM = """\
import keras
from unstuck.capture.keras.code import pickled
from unstuck.trials.identity import digest

FACTOR = 3
WORDS = {"a", "b", "c", "d"}

def helper(x):
    return x * FACTOR

def loss(y, p):
    known = "a" in {"w", "x", "y", "z", "a"}
    return keras.ops.mean((y - helper(p)) ** 2) + known + len(WORDS)

class Own(keras.losses.Loss):
    def call(self, y, p):
        return super().__class__ and loss(y, p)

def again(n):
    return again(n - 1) if n else 0

shift = 5
own = {"loss": loss, "Own": Own, "again": again, "lambda": lambda x: x + shift}
print(digest(pickled(own)), digest(pickled(Own())))
"""
CHANGES = [("FACTOR = 3", "FACTOR = 4"), ('"d"}', '"e"}'), ("** 2", "** 4"), ("n - 1", "n - 2")]


def _digests(folder: Path, text: str, name: str = "own.py") -> list[str]:
    path = folder / name
    path.write_text(text)
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.split()


def test_code_has_one_digest_wherever_it_stands(tmp_path: Path) -> None:
    first = _digests(tmp_path, PROGRAM)
    assert _digests(tmp_path, f"# a line more\n\n{PROGRAM}", "other.py") == first


@pytest.mark.parametrize(("old", "new"), CHANGES, ids=str)
def test_other_code_has_another_digest(tmp_path: Path, old: str, new: str) -> None:
    assert old in PROGRAM
    changed = _digests(tmp_path, PROGRAM.replace(old, new))
    assert changed[0] != _digests(tmp_path, PROGRAM)[0]


def test_bytes_that_are_no_pickle_count_as_they_are() -> None:
    assert content(b"plain") == repr(b"plain")
    assert content(b"\x80\x05broken") == repr(b"\x80\x05broken")
    assert digest(b"plain") != digest(b"plait")


def test_reading_runs_and_imports_nothing() -> None:
    call = b"\x80\x04cos\nsystem\n\x8c\x09exit 1234\x85R."
    tree = content(call)
    assert (type(tree).__name__, tree.home, tree.parts) == ("system", "os", ["exit 1234", {}])
    assert content(b"\x80\x04cthere_is_no\nsuch_module\n.").home == "there_is_no"
