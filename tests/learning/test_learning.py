"""Learning end to end: a network is found, judged, saved, and written as a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import keras
import numpy as np
import pytest
from rich.console import Console

import unstuck
from unstuck.errors import UsageError
from unstuck.learning import problem_of
from unstuck.learning.learned import Learned
from unstuck.learning.learner import Settings, learn_problem
from unstuck.learning.plot import draw
from unstuck.learning.program import program
from unstuck.report.learned import show, to_json

pytestmark = pytest.mark.slow

SCHEMA = json.loads((Path(unstuck.__file__).parent / "report/learned.schema.json").read_text())
SETTINGS = Settings(seeds=4, executor="inline", cache=False)


@pytest.fixture(scope="module", params=["add", "xor", "multiply"])
def learned(request: pytest.FixtureRequest) -> Learned:
    return learn_problem(problem_of(request.param), SETTINGS)


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("noise") / "noise.csv"
    rows = [",".join(map(str, row)) for row in random.normal(size=(60, 3)).round(4)]
    path.write_text("\n".join(["a,b,c", *rows]))
    return learn_problem(problem_of(str(path)), Settings(2, 60.0, "linear", "inline", False))


def test_it_is_learned_on_every_seed(learned: Learned) -> None:
    assert learned.is_reliable
    assert str(learned.rate) == "4 of 4"
    assert [s.seed for s in learned.best.shown] == [0, 1, 2, 3]
    assert learned.best.inside == 1.0
    assert max(s.worst for s in learned.best.shown) < learned.problem.right.within
    assert learned.sentence.endswith(f"computes {learned.problem.sentence} on 4 of 4 seeds")
    assert learned.constant < 0.8


def test_the_saved_network_answers_raw_numbers_as_it_was_judged(
    learned: Learned, tmp_path: Path
) -> None:
    model = keras.saving.load_model(learned.save(tmp_path / "best.keras"))
    x, y = learned.problem.sample(seed=1)
    assert learned.points is not None
    truth, judged = learned.points
    np.testing.assert_array_equal(truth, y[:2000])
    answers = model.predict(x[:2000].astype(np.float32), verbose=0).reshape(-1)
    np.testing.assert_allclose(answers, judged, rtol=1e-5, atol=1e-4)
    assert (np.abs(answers - truth) <= learned.problem.right.allowed(truth)).all()


def test_both_reports_say_the_same(learned: Learned) -> None:
    console = Console(record=True, width=200)
    show(learned, console)
    text, found = console.export_text(), json.loads(to_json(learned))
    assert text.startswith(f"learned: {learned.sentence}.")
    assert f"judged by all {250_000 if len(learned.problem.sample()[0]) > 4 else 4:,}" in text
    jsonschema.validate(found, SCHEMA)
    assert found["network"] == learned.best.network
    assert (found["learned"], found["trials"]) == (4, 4)
    assert found["sentence"] in text
    assert found["exact_inside"] == 1.0
    assert (found["exact_outside"] is None) == (found["function"] == "xor")


@pytest.mark.parametrize("ending", [".html", ".svg", ".png"])
def test_a_picture_is_drawn(learned: Learned, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"plot{ending}"
    draw(learned, path)
    begins = {".html": b"<!doctype html>", ".svg": b"<?xml", ".png": b"\x89PNG"}[ending]
    assert path.read_bytes().startswith(begins)


def test_noise_is_not_learned_and_the_sentence_says_so(noise: Learned) -> None:
    assert not noise.is_reliable
    assert noise.rate.learned < noise.rate.trials
    assert noise.sentence.startswith(("nothing that was tried computes c by a, b", "one linear"))
    if noise.sentence.startswith("one linear"):
        assert "comes nearest to" in noise.sentence
    console = Console(record=True, width=200)
    show(noise, console)
    text = console.export_text()
    assert text.startswith(("not learned: ", "partly: "))
    assert "Simple learners" in text


def test_a_network_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="'bogus' is no network"):
        learn_problem(problem_of("xor"), Settings(2, network="bogus", executor="inline"))


def _runs_and_is_right(learned: Learned, folder: Path) -> None:
    path = folder / "train.py"
    path.write_text(program(learned))
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    command = [sys.executable, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("100.00% right")


def test_the_program_trains_the_same(learned: Learned, tmp_path: Path) -> None:
    _runs_and_is_right(learned, tmp_path)


def test_the_program_can_be_read_by_python(learned: Learned) -> None:
    text = program(learned)
    compile(text, "train.py", "exec")
    assert ("from unstuck.layers import Multiplication" in text) == (
        learned.problem.name == "multiply"
    )


def test_a_remainder_is_learned(tmp_path: Path) -> None:
    learned = learn_problem(problem_of("remainder:7:10"), SETTINGS)
    assert learned.is_reliable
    assert learned.best.network == "sines"
    assert learned.best.outside is None
    _runs_and_is_right(learned, tmp_path)
