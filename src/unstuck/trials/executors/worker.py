"""The worker's side of an executor: the bench of the open recipe, and the settings it runs in."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.experiments import SimpleLearners
from unstuck.keras_import import import_keras
from unstuck.recipe import Recipe
from unstuck.remedy import apply_all
from unstuck.trials.plan import Group
from unstuck.trials.task import Reply, Task

if TYPE_CHECKING:
    from unstuck.trials.work import Bench

WORKER_ENVIRONMENT = {
    # One thread a worker: the lanes fill it, and two workers do not fight for the cores. And a
    # loop becomes one function, however much it works on: it saves the dispatch of each step.
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false "
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000",
    "OMP_NUM_THREADS": "1",
    # Not ended for having grown: what a worker holds is what the next task needs.
    "LOKY_MAX_MEMORY_LEAK_SIZE": "1e15",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",  # what a training warns of is in its outcome
}
SAFE_PATH = {"PYTHONSAFEPATH": "1"}  # no file of the user's shadows a library

_BENCHES: dict[str, Bench] = {}


def environment(backend: str) -> dict[str, str]:
    """The environment variables of a worker on a backend of Keras."""
    return {**WORKER_ENVIRONMENT, "KERAS_BACKEND": backend}


@contextmanager
def settings(**variables: str) -> Iterator[None]:
    """Environment variables for what is done, and for processes started, meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def warm() -> None:
    """Import what trials need, before the first is asked for."""
    import_keras()
    import unstuck.trials.work  # noqa: F401
    from unstuck.trials.program import keep_programs

    keep_programs()


def bare(task: Task) -> Task:
    """The task without its recipes, which a worker makes again from the open one."""
    return replace(task, group=Group(task.group.arms, ()))


def work(key: str, load: Callable[[], Recipe], task: Task) -> Reply:
    """Run a task sent bare; ``key`` names the recipe that ``load`` would give."""
    began = time.monotonic()
    bench = _bench(key, load)
    arms = task.group.arms
    group = Group(arms, tuple(apply_all(bench.recipe, arm.remedies) for arm in arms))
    left = task.seconds - (time.monotonic() - began)
    return bench.run(replace(task, group=group, seconds=left))


def learn_simply(key: str, load: Callable[[], Recipe]) -> SimpleLearners:
    """What simple learners make of the recipe."""
    return simple(_bench(key, load))


def simple(bench: Bench) -> SimpleLearners:
    """What simple learners make of the recipe of a bench."""
    from unstuck.trials.simple import simple_learners

    return simple_learners(bench.recipe, bench.measure, bench.split)


def _bench(key: str, load: Callable[[], Recipe]) -> Bench:
    """The bench of one recipe; that of another makes room for it."""
    from unstuck.trials.work import Bench

    if key not in _BENCHES:
        _BENCHES.clear()
        recipe = load()
        if recipe.script:
            sys.path.insert(0, str(Path(recipe.script).parent))
        _BENCHES[key] = Bench(recipe)
    return _BENCHES[key]
