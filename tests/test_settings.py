"""Settings of a project, and arguments that win over them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from unstuck.cli._settings import settings
from unstuck.errors import UsageError

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


def _project(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[tool.unstuck]\n{table}\n")
    script = folder / "src" / "train.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(PROGRAM)
    return script


def test_every_setting(tmp_path: Path) -> None:
    script = _project(
        tmp_path,
        'select = ["too-narrow"]\nignore = []\ngoal = "r2>=0.9"\nbudget = "2m"\nseeds = 8',
    )
    expected = {"select": ("too-narrow",), "ignore": (), "goal": "r2>=0.9", "budget": 120.0}
    assert settings(script) == {**expected, "seeds": 8}


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    script = _project(tmp_path, "seeds = 8")
    assert settings(script) == {"seeds": 8}
    (script.parent / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings(script) == {}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("seed = 8", "seed is no setting; there are select, ignore, goal, budget, seeds"),
        ("seeds = '8'", "seeds must be a whole number from 2 on, not '8'"),
        ("seeds = true", "seeds must be a whole number"),
        ("seeds = 1", "seeds must be a whole number from 2 on, not 1"),
        ("budget = 'soon'", "budget must be a time"),
        ("budget = nan", "budget must be a time"),
        ("budget = []", "budget must be a time"),
        ("goal = 0.9", "goal must be a goal"),
        ("goal = 'beauty>=1'", "goal: the goal names 'beauty'"),
        ("select = 'too-narrow'", "select must be a list of names of checks"),
        ("ignore = [1]", "ignore must be a list of names of checks"),
        ("ignore = ['to-narrow']", "ignore: there is no check 'to-narrow'; did you mean too-narr"),
        ("seeds = ", "pyproject.toml is no TOML"),
    ],
)
def test_what_is_refused(tmp_path: Path, table: str, words: str) -> None:
    script = _project(tmp_path, table)
    with pytest.raises(UsageError) as refused:
        settings(script)
    assert words in str(refused.value)
    assert str(tmp_path / "pyproject.toml") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_it_must_be(tmp_path: Path) -> None:
    script = _project(tmp_path, "")
    (tmp_path / "pyproject.toml").write_text("[tool]\nunstuck = 3\n")
    with pytest.raises(UsageError, match=r"tool\.unstuck must be a table"):
        settings(script)


def _run(script: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unstuck", "check", str(script), "--static", *more]
    return subprocess.run(
        [*command, "--format", "json"], capture_output=True, text=True, check=False
    )


def _found(script: Path, *more: str) -> set[str]:
    done = _run(script, *more)
    assert done.returncode in (0, 1), done.stderr
    return {f["check"] for f in json.loads(done.stdout)["findings"]}


def test_arguments_win(tmp_path: Path) -> None:
    script = _project(tmp_path, 'ignore = ["too-narrow"]')
    assert _found(script) == {"bounded-output"}
    assert _found(script, "--ignore", "bounded-output") == {"too-narrow"}
    assert _found(script, "--select", "relu-output", "--select", "too-narrow") == {"too-narrow"}


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    script = _project(tmp_path, 'ignore = ["too-narrow"]')
    assert "not looked for, as asked: too-narrow" in json.loads(_run(script).stdout)["notes"]


def test_refused_on_the_command_line(tmp_path: Path) -> None:
    script = _project(tmp_path, "colour = 'red'")
    done = _run(script)
    assert done.returncode == 2
    assert "tool.unstuck.colour is no setting" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    done = _run(_project(tmp_path, ""), "--select", "to-narrow")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--select: there is no check 'to-narrow'; did you mean too-narrow" in done.stderr
