"""Executors: the same trials come to the same wherever they run, and lost workers lose nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.errors import UsageError
from unstuck.recipe import Recipe
from unstuck.remedies import SetRate, StandardizeInputs, Widen
from unstuck.trial import NOTHING, Arm, ArmResult, Ending
from unstuck.trials.executors import Executor, open_executor
from unstuck.trials.executors.cluster import Cluster
from unstuck.trials.executors.processes import Processes
from unstuck.trials.rounds import Round, Rounds

pytestmark = pytest.mark.slow

PATIENCE = 300.0
RNG = np.random.default_rng(2)
X = RNG.normal(size=(200, 3)) * 20
SETS = [NOTHING, frozenset({StandardizeInputs()}), frozenset({SetRate(0.01)}), frozenset({Widen()})]


def _dies(x: Any) -> Any:
    """A layer's function that ends its process where the environment asks it to."""
    if "UNSTUCK_TEST_DIES" in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def _recipe(epochs: int = 4, *more: Any) -> Recipe:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), *more, keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    return capture_fit(model, X, X[:, 0] + 5, epochs=epochs, batch_size=10)


def _arms(recipe: Recipe) -> list[Arm]:
    return [Arm(remedies, tuple(range(18)), recipe.fit.steps) for remedies in SETS]


def _scores(done: Round) -> list[list[float]]:
    return [[o.score for o in result.outcomes] for result in done.results.values()]


@pytest.fixture(scope="module")
def inline() -> Round:
    recipe = _recipe()
    with closing(open_executor("inline")) as executor:
        return Rounds(executor, recipe).run(_arms(recipe), PATIENCE, observe=True, keep=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with closing(Cluster()) as executor:
        yield executor


def _same(executor: Executor, inline: Round) -> None:
    recipe = _recipe()
    rounds = Rounds(executor, recipe)
    done = rounds.run(_arms(recipe), PATIENCE, observe=True, keep=True)
    assert {result.message for result in done.results.values()} == {""}
    assert _scores(done) == _scores(inline)
    assert done.first.arm.seeds == tuple(range(18))
    assert done.trace is not None
    assert inline.trace is not None
    assert done.trace.loss.shape[0] == 18
    np.testing.assert_array_equal(done.trace.loss, inline.trace.loss)
    assert done.model is not None
    assert done.forward_error < 1e-5
    assert "linear" in rounds.simple().scores


def test_processes_come_to_the_same_as_one_process(inline: Round) -> None:
    with closing(Processes(2)) as executor:
        _same(executor, inline)


def test_ray_comes_to_the_same_as_one_process(inline: Round, cluster: Cluster) -> None:
    _same(cluster, inline)


class Counted:
    """An executor that counts its tasks, and kills a worker as soon as that has its first one."""

    def __init__(self, executor: Any, pids: list[int]) -> None:
        self.executor, self.pids, self.tasks = executor, pids, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.executor, name)

    def submit(self, task: Any, worker: int) -> Future[Any]:
        self.tasks += 1
        future: Future[Any] = self.executor.submit(task, worker)
        if self.pids and self.tasks == 1:
            threading.Timer(0.5, os.kill, (self.pids[worker], signal.SIGKILL)).start()
        return future


def _loses_nothing(executor: Any, pids: list[int]) -> None:
    recipe = _recipe(epochs=20_000)
    arms = _arms(recipe)[:1]
    whole = Rounds(Counted(executor, []), recipe).run(arms, PATIENCE)
    counted = Counted(executor, pids)
    done = Rounds(counted, recipe).run(arms, PATIENCE)
    assert done.first.message == ""
    assert {o.ending for o in done.first.outcomes} <= {Ending.FINISHED, Ending.SETTLED}
    assert _scores(done) == _scores(whole)
    assert counted.tasks == 2 + 1


def test_a_killed_process_costs_what_it_ran_and_that_is_run_again() -> None:
    with closing(Processes(2)) as executor:
        _loses_nothing(executor, [next(iter(pool._processes)) for pool in executor._pools])


def test_a_killed_actor_costs_what_it_ran_and_that_is_run_again(cluster: Cluster) -> None:
    pids = [actor.call.remote(os.getpid).future().result() for actor in cluster._actors]
    _loses_nothing(cluster, pids)


def test_a_training_that_ends_its_workers_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = _recipe(4, keras.layers.Lambda(_dies))
    monkeypatch.setenv("UNSTUCK_TEST_DIES", "1")
    with closing(Processes(1)) as executor:
        rounds = Rounds(executor, recipe)
        done = rounds.run([Arm(NOTHING, (0, 1), recipe.fit.steps)], PATIENCE)
    assert {o.ending for o in done.first.outcomes} == {Ending.FAILED}
    assert "its worker was lost 3 times" in done.first.message


def test_what_is_hopeless_gets_no_more() -> None:
    recipe = _recipe()
    arms = _arms(recipe)[:2]

    def hopeless(result: ArmResult) -> bool:
        return result.arm.remedies == NOTHING

    with closing(open_executor("inline")) as executor:
        finished: list[int] = []
        done = Rounds(executor, recipe).run(arms, PATIENCE, hopeless=hopeless, done=finished.append)
    assert done.results[arms[0]].arm.seeds == tuple(range(9))
    assert len(done.results[arms[0]].outcomes) == 9
    assert done.results[arms[1]].arm.seeds == tuple(range(18))
    assert sum(finished) == 2


def test_too_little_time_means_fewer_seeds_then_fewer_steps() -> None:
    recipe = _recipe(epochs=10_000_000)
    arm = Arm(NOTHING, tuple(range(32)), recipe.fit.steps)
    with closing(open_executor("inline")) as executor:
        fitting = Rounds(executor, recipe).fitting(arm, 30)
    assert fitting.seeds == tuple(range(8))
    assert 0 < fitting.steps < recipe.fit.steps


def test_a_round_without_time_begins_nothing() -> None:
    recipe = _recipe()
    with closing(open_executor("inline")) as executor:
        done = Rounds(executor, recipe).run(_arms(recipe)[:1], 0)
    assert {o.ending for o in done.first.outcomes} == {Ending.FAILED}
    assert "before it had begun" in done.first.message


def test_an_executor_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="'cloud' is no executor"):
        open_executor("cloud")


def test_without_ray_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("")
    code = "import sys; sys.modules['ray'] = None; from unstuck.cli import main; main()"
    command = [sys.executable, "-c", code, "check", str(script), "--executor", "ray"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'unstuck[ray]'" in done.stderr
    assert "Traceback" not in done.stderr


LONG = """\
import keras
import numpy as np
x = np.random.default_rng(0).normal(size=(200, 2))
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, x.sum(axis=1) + np.sin(x[:, 0]), epochs=10_000_000, batch_size=10)
"""


def _descendants(pid: int) -> set[int]:
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()[1:]]
    found, new = set(), {pid}
    while new:
        found |= new
        new = {child for child, parent in pairs if parent in new} - found
    return found - {pid}


def _alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_behind(tmp_path: Path, sent: signal.Signals) -> None:
    script = tmp_path / "train.py"
    script.write_text(LONG)
    command = [sys.executable, "-m", "unstuck", "check", str(script), "--budget", "10m"]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as child:
        while len(_descendants(child.pid)) < 2 and child.poll() is None:
            time.sleep(0.1)
        time.sleep(8)  # until it trains
        started = _descendants(child.pid)
        child.send_signal(sent)
        child.wait()
    assert len(started) >= 2
    until = time.monotonic() + 60
    while _alive(started) and time.monotonic() < until:
        time.sleep(0.2)
    assert not _alive(started)
