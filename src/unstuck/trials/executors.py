"""Where trials run: a pool of worker processes with the JAX backend, whatever the program's own.

They are warm (Keras imported) by the time the first recipe is captured. For a program whose code
runs on its own backend only, they are started again with that one, and ``fit`` trains. A recipe
is written to a file once; each worker lays it out once and keeps what it has compiled.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.recipe import Recipe
from unstuck.trace import Trace
from unstuck.trial import Arm, ArmResult
from unstuck.trials.plan import Group, failed, grouped
from unstuck.trials.task import Reply, Task

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

    from unstuck.trials.work import Bench

WORKER_ENVIRONMENT = {
    # One thread a worker: the lanes fill it, and two workers do not fight for the cores. And a
    # loop becomes one function, however much it works on: it saves the dispatch of each step.
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false "
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",  # what a training warns of is in its outcome
}


GRACE = 5.0  # seconds past its time that a round is waited for


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    """Environment variables for the processes started meanwhile."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@dataclass
class Round:
    """What came of arms asked for together."""

    results: dict[Arm, ArmResult] = field(default_factory=dict)
    trace: Trace | None = None
    model: bytes | None = None
    forward_error: float = float("nan")
    seconds_a_step: float = 0.0


class Pool:
    """Worker processes for the trials of one recipe at a time. Use as a context manager; leaving
    it, by an interrupt too, ends the workers at once."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or max(1, min(os.cpu_count() or 1, 8))
        self.backend = "jax"
        self._executor = self._started()
        self._folder = tempfile.TemporaryDirectory(prefix="unstuck-")
        self._recipe: Recipe | None = None
        self._path = Path(self._folder.name) / "0"

    def _started(self) -> ProcessPoolExecutor:
        from loky import ProcessPoolExecutor

        with _environment(PYTHONSAFEPATH="1"):  # no file of the user's shadows a library
            environment = {**WORKER_ENVIRONMENT, "KERAS_BACKEND": self.backend}
            executor = ProcessPoolExecutor(self.workers, timeout=None, env=environment)
            for _ in range(self.workers):
                executor.submit(_warm)
        return executor

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, kill_workers=True)
        self._folder.cleanup()

    def open(self, recipe: Recipe) -> None:
        """Make ``recipe`` the one that the next rounds train."""
        self._recipe = recipe
        self._path = Path(self._folder.name) / str(int(self._path.name) + 1)
        self._path.write_bytes(pickle.dumps(recipe, protocol=5))

    def baselines(self) -> Future[dict[str, float]]:
        """What simple learners reach on the open recipe, in the background."""
        future: Future[dict[str, float]] = self._executor.submit(_baselines, self._path)
        return future

    def run(
        self,
        arms: Sequence[Arm],
        seconds: float,
        *,
        observe: bool = False,
        keep: bool = False,
        shrink: bool = False,
        done: Callable[[int], None] = lambda _: None,
    ) -> Round:
        """Train ``arms`` within ``seconds``, groups of one shape each on one worker.

        ``observe``, ``keep`` and ``shrink`` concern the first arm. ``done`` is called with the
        number of arms finished each time some are.
        """
        if self._recipe is None:
            raise RuntimeError("no recipe is open")
        groups, failures = grouped(self._recipe, arms)
        result = Round({f.arm: f for f in failures})
        waiting = sorted(groups, key=lambda g: (g.arms[0] != arms[0], g.arms[0].steps))
        running: dict[Future[Reply], Group] = {}
        until = time.monotonic() + seconds
        while waiting or running:
            while waiting and len(running) < self.workers:
                left = max(0.0, until - time.monotonic())
                share = min(left, left * self.workers / (len(waiting) + len(running)))
                group = waiting.pop(0)
                first = group.arms[0] == arms[0]
                options = (observe and first, keep and first, shrink and first)
                running[self._executor.submit(_work, self._path, group, share, *options)] = group
            late = max(0.1, until + GRACE - time.monotonic())
            finished = wait(running, timeout=late, return_when=FIRST_COMPLETED).done
            if not finished:
                self._give_up(result, [*running.values(), *waiting])
                return result
            for future in finished:
                group = running.pop(future)
                _collect(result, group, future)
                done(len(group.arms))
        return result

    def _give_up(self, result: Round, groups: list[Group]) -> None:
        """Time is up and the workers do not come back (compiling, say): end them."""
        message = "its time was up before it had begun to train"
        arms = [arm for group in groups for arm in group.arms]
        result.results.update({arm: failed(arm, message) for arm in arms})
        self.restart(self.backend)

    def restart(self, backend: str) -> None:
        """End the workers and start others, with another backend of Keras if need be."""
        self._executor.shutdown(wait=False, kill_workers=True)
        self.backend = backend
        self._executor = self._started()


def _collect(result: Round, group: Group, future: Future[Reply]) -> None:
    try:
        reply = future.result()
    except Exception as error:  # a worker that died takes its group with it, nothing else
        result.results.update({arm: failed(arm, f"the worker died: {error}") for arm in group.arms})
        return
    result.results.update(zip(group.arms, reply.results, strict=True))
    result.trace = result.trace or reply.trace
    result.model = result.model or reply.model
    result.seconds_a_step = max(result.seconds_a_step, reply.seconds_a_step)
    if reply.forward_error == reply.forward_error:
        result.forward_error = reply.forward_error


_BENCHES: dict[Path, Bench] = {}


def _warm() -> None:
    import unstuck.trials.work  # noqa: F401


def _bench(path: Path) -> Bench:
    from unstuck.trials.work import Bench

    if path not in _BENCHES:
        _BENCHES.clear()
        recipe: Recipe = pickle.loads(path.read_bytes())
        if recipe.script:
            sys.path.insert(0, str(Path(recipe.script).parent))
        _BENCHES[path] = Bench(recipe)
    return _BENCHES[path]


def _work(path: Path, group: Group, seconds: float, *options: Any) -> Reply:
    began = time.monotonic()
    bench = _bench(path)
    return bench.run(Task(group, seconds - (time.monotonic() - began), *options))


def _baselines(path: Path) -> dict[str, float]:
    from unstuck.trials.baselines import baselines

    bench = _bench(path)
    return baselines(bench.measure, bench.split.train, bench.split.judged)
