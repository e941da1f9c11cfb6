"""The command line: what it prints, and the exit codes that scripts rely on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest

import unstuck
from unstuck.checks._run import all_checks
from unstuck.trials.store import open_store

ENVIRONMENT = {**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
HEALTHY = """\
import keras
import numpy as np
x = np.random.default_rng(0).normal(size=(200, 2))
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, x.sum(axis=1), epochs=20, batch_size=10)
"""
SQUASHED = HEALTHY.replace("Dense(1)", 'Dense(1, activation="sigmoid")')


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unstuck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)


def _program(folder: Path, text: str) -> Path:
    path = folder / "train.py"
    path.write_text(text)
    return path


def test_help_names_every_command() -> None:
    shown = _run("--help").stdout
    assert all(command in shown for command in ("check", "explain", "checks"))
    options = _run("check", "--help").stdout
    for option in ("--goal", "--budget", "--seeds", "--static", "--format", "--output", "--diff"):
        assert option in options
    assert "--fix" in options
    assert "--save" in options


def test_without_arguments_it_says_what_to_type_first() -> None:
    done = _run()
    assert (done.returncode, done.stderr) == (2, "")
    first = next(line for line in done.stdout.splitlines() if line.strip().startswith("unstuck "))
    assert first.strip() == "unstuck check train.py"


def test_the_version_stands_in_one_place() -> None:
    assert _run("--version").stdout == f"unstuck {unstuck.__version__}\n"
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {unstuck.__version__}\n" in citation


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_there_for_shells(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from unstuck.cli import app; app(prog_name='unstuck')"],
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, "_UNSTUCK_COMPLETE": f"source_{shell}"},
    )
    assert "_UNSTUCK_COMPLETE" in done.stdout, done.stderr


@pytest.mark.parametrize("command", ["check", "modernize"])
def test_what_is_no_program_is_named(tmp_path: Path, command: str) -> None:
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n\0\0")
    _program(tmp_path, HEALTHY)
    for name, words in (
        ("absent.py", "there is no file"),
        (".", f"is a folder: name the program in it, such as {tmp_path / 'train.py'}"),
        ("model.h5", "is no Python program"),
    ):
        done = _run(command, tmp_path / name)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_a_healthy_program_exits_with_0(tmp_path: Path) -> None:
    done = _run("check", _program(tmp_path, HEALTHY))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("learns (train.py:6): learned on 32 of 32 seeds as written.")
    assert done.stderr == ""


def test_a_failing_program_is_cured_in_place(tmp_path: Path) -> None:
    path, model = _program(tmp_path, SQUASHED), tmp_path / "cured.keras"
    done = _run("check", path, "--diff", "--fix", "--save", model)
    assert done.returncode == 1, done.stderr
    assert "-model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, act" in done.stdout
    assert done.stdout.startswith("--- train.py")
    assert path.read_text() == HEALTHY
    assert model.stat().st_size > 1000
    assert "applied the cure" in done.stderr
    assert _run("check", path, "--format", "json").returncode == 0


@pytest.mark.slow
def test_a_saved_cure_keeps_the_lambdas_of_the_program(tmp_path: Path) -> None:
    layer = "keras.layers.Lambda(lambda rows: rows * 3.0), "
    path = _program(tmp_path, SQUASHED.replace("keras.layers.Dense", f"{layer}keras.layers.Dense"))
    done = _run("check", path, "--save", tmp_path / "cured.keras", "--budget", "3m")
    assert "saved the cured model" in done.stderr, done.stdout
    model = keras.saving.load_model(tmp_path / "cured.keras", safe_mode=False)
    assert any(isinstance(one, keras.layers.Lambda) for one in model._flatten_layers())
    row = np.array([[0.5, -1.0]])
    assert model.predict(row, verbose=0) == pytest.approx(np.array([[-0.5]]), abs=0.1)


def test_static_looks_only(tmp_path: Path) -> None:
    began = time.monotonic()
    done = _run("check", _program(tmp_path, SQUASHED), "--static", "--format", "json")
    assert time.monotonic() - began < 30
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [f["check"] for f in report["findings"]] == ["bounded-output"]
    assert report["as_written"] is None
    assert _run("check", _program(tmp_path, HEALTHY), "--static").returncode == 0


def test_a_page_and_annotations(tmp_path: Path) -> None:
    path, page = _program(tmp_path, SQUASHED), tmp_path / "report.html"
    done = _run("check", path, "--static", "--format", "html", "--output", page)
    assert (done.returncode, done.stdout) == (1, "")
    assert "bounded-output" in page.read_text(encoding="utf-8")
    done = _run("check", path, "--static", "--format", "github")
    assert done.stdout.startswith("::")
    assert "line=4" in done.stdout


def test_a_goal_of_ones_own(tmp_path: Path) -> None:
    done = _run("check", _program(tmp_path, HEALTHY), "--goal", "rmse<=0.5", "--format", "json")
    report = json.loads(done.stdout)
    assert report["outcome"] == "learns"
    assert report["goal_reason"] == "your goal, rmse<=0.5"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.py"], "there is no file"),
        (["train.py", "--goal", "beauty>1"], "beauty"),
        (["train.py", "--budget", "soon"], "soon"),
        (["train.py", "--output", "no/such/folder/report.json"], "folder"),
        (["train.py", "--format", "xml"], "xml"),
    ],
)
def test_bad_arguments_exit_with_2(tmp_path: Path, arguments: list[str], words: str) -> None:
    _program(tmp_path, HEALTHY)
    done = _run("check", tmp_path / arguments[0], *arguments[1:])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_crash_is_shown_as_the_programs_own(tmp_path: Path) -> None:
    done = _run("check", _program(tmp_path, "def f():\n    return 1 / 0\nf()\n"))
    assert done.returncode == 2
    assert 'train.py", line 2, in f' in done.stderr
    assert done.stderr.splitlines()[-1].startswith("unstuck: train.py crashed before it trained")


def test_interrupted_ends_its_children(tmp_path: Path) -> None:
    path = _program(tmp_path, "import time\ntime.sleep(300)\n")
    command = [sys.executable, "-m", "unstuck", "check", str(path), "--limit", "5m"]
    # What a shell starts in the background ignores interrupts, and so do its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as child:
        while not psutil.Process(child.pid).children() and child.poll() is None:
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate()
    # To a shell both are 130. Python ends itself by the signal where it fell into an exec.
    assert child.returncode in (130, -signal.SIGINT)
    assert "interrupted" in errors
    assert "Traceback" not in errors
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False)
    assert str(path) not in running.stdout


def test_the_cache_is_shown_and_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENVIRONMENT, "UNSTUCK_CACHE", str(tmp_path))
    monkeypatch.setenv("UNSTUCK_CACHE", str(tmp_path))
    open_store().put({"a": 1, "b": 2})
    shown = _run("cache")
    assert str(tmp_path) in shown.stdout
    assert "2 finished trials" in shown.stdout
    assert "0 finished trials" in _run("cache", "clear").stdout
    assert _run("cache", "burn").returncode == 2


def test_explain_and_checks() -> None:
    listed = _run("checks").stdout
    for check in all_checks():
        assert check.name in listed
    shown = _run("explain", "relu-output").stdout
    for part in ("Why it stops learning", "Example of a finding", "How it is proven"):
        assert part in shown
    assert "linear-output: leave the output layer without an activation" in shown
    unknown = _run("explain", "relu-outpt")
    assert unknown.returncode == 2
    assert "relu-outpt" in unknown.stderr


def test_starting_loads_no_framework() -> None:
    code = "import sys, unstuck.cli; print([m for m in sys.modules if m in sys.argv[1:]])"
    heavy = ["keras", "jax", "sklearn", "libcst", "loky"]
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
