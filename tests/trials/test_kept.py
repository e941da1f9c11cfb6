"""A check begun again runs only what is missing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Recipe
from unstuck.remedies import UseAdam
from unstuck.trial import NOTHING, Arm
from unstuck.trials.executors.inline import Inline
from unstuck.trials.rounds import Rounds
from unstuck.trials.store import Store
from unstuck.trials.task import Reply, Task

pytestmark = pytest.mark.slow

STEPS = 40


@dataclass
class Counting(Inline):
    """This process as the worker; counts the trials that it is given."""

    trained: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def submit(self, task: Task, number: int = 0) -> Future[Reply]:
        if not task.pace:
            self.trained.append(sum(len(arm.seeds) for arm in task.group.arms))
        return super().submit(task, number)


def _recipe() -> Recipe:
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return capture_fit(model, x, x.sum(axis=1), epochs=4, batch_size=10)


def _arms(seeds: int) -> list[Arm]:
    sets = (NOTHING, frozenset({UseAdam()}))
    return [Arm(remedies, tuple(range(seeds)), STEPS) for remedies in sets]


def _run(store: Store, seeds: int, **asks: bool) -> tuple[int, list[float]]:
    """The number of trials trained, and all scores."""
    with closing(Counting()) as executor:
        done = Rounds(executor, _recipe(), store).run(_arms(seeds), 120, **asks)
        scores = [o.score for result in done.results.values() for o in result.outcomes]
        return sum(executor.trained), scores


def test_only_what_is_missing_is_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "trials.sqlite")
    first, scores = _run(store, 4)
    again, same = _run(store, 4)
    more, longer = _run(store, 6)
    assert (first, again, more) == (8, 0, 4)
    assert same == scores
    assert [longer[i] for i in (0, 1, 2, 3, 6, 7, 8, 9)] == scores


def test_a_trace_or_a_model_that_was_not_kept_is_made(tmp_path: Path) -> None:
    store = Store(tmp_path / "trials.sqlite")
    _run(store, 4)
    watched, _ = _run(store, 4, observe=True)
    assert watched == 4
    assert _run(store, 4, observe=True)[0] == 0
    assert _run(store, 4, keep=True)[0] == 1  # the best
    assert _run(store, 4, keep=True)[0] == 0


def test_without_a_store_everything_is_run() -> None:
    assert [_run(Store(None), 2)[0] for _ in range(2)] == [4, 4]


PROGRAM = """\
import keras
import numpy as np
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(200, 2))
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile("sgd", "mse")
model.fit(x, 50 * x.sum(axis=1), epochs=20, batch_size=10, verbose=0)
"""


def test_a_killed_check_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed once the program as written is trained; those trials are not run again."""
    path, cache = tmp_path / "train.py", tmp_path / "cache"
    path.write_text(PROGRAM)
    command = [sys.executable, "-m", "unstuck", "check", str(path), "--seeds", "8"]
    environment = {**os.environ, "UNSTUCK_CACHE": str(cache)}
    store = Store(cache / "trials.sqlite")
    with subprocess.Popen(
        command,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        while store.extent().rows < 8 and child.poll() is None:
            pass
        os.killpg(child.pid, signal.SIGKILL)
    before = _rows(cache)
    assert len(before) >= 8
    subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL)
    after = _rows(cache)
    assert len(after) > len(before)
    assert {key: after[key] for key in before} == before


def _rows(cache: Path) -> dict[str, bytes]:
    """Everything kept. A trial that is run again takes another time, which is kept with it."""
    with closing(sqlite3.connect(cache / "trials.sqlite")) as file:
        return dict(file.execute("SELECT key, value FROM kept"))
