"""Worker processes on this machine, with the JAX backend, whatever the program's own.

They are warm (Keras imported) by the time the first recipe is captured. For a program whose code
runs on its own backend only, they are started again with that one, and ``fit`` trains. A recipe
is written to a file once. Each worker is a pool of one: a pool gives up all of its work when one
of its processes dies, and this way that is no more than what ran in the one that died.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unstuck.experiments import SimpleLearners
from unstuck.recipe import Recipe
from unstuck.trials.executors.worker import (
    SAFE_PATH,
    bare,
    environment,
    learn_simply,
    settings,
    warm,
    work,
)
from unstuck.trials.task import Reply, Task

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

MOST = 8


class Processes:
    """Worker processes for the trials of one recipe at a time."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or max(1, min(os.cpu_count() or 1, MOST))
        self.backend = "jax"
        self._pools = [self._started() for _ in range(self.workers)]
        self._folder = tempfile.TemporaryDirectory(prefix="unstuck-")
        self._path = Path(self._folder.name) / "0"

    def _started(self) -> ProcessPoolExecutor:
        from loky import ProcessPoolExecutor

        quiet = {"PYTHONWARNINGS": "ignore"}  # the tracker of loky's resources has a word at exit
        with settings(**SAFE_PATH, **quiet):
            pool = ProcessPoolExecutor(
                1, timeout=None, initializer=_end_with_parent, env=environment(self.backend)
            )
            pool.submit(warm)
        return pool

    def open(self, recipe: Recipe) -> None:
        """See ``Executor.open``."""
        self._path = Path(self._folder.name) / str(int(self._path.name) + 1)
        self._path.write_bytes(pickle.dumps(recipe, protocol=5))

    def submit(self, task: Task, worker: int) -> Future[Reply]:
        """See ``Executor.submit``."""
        return self._begun(worker, work, bare(task))

    def baselines(self, worker: int) -> Future[SimpleLearners]:
        """See ``Executor.baselines``."""
        return self._begun(worker, learn_simply)

    def _begun(self, worker: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        call = partial(function, str(self._path), partial(_load, self._path), *arguments)
        try:
            return self._pools[worker].submit(call)
        except BrokenExecutor:  # it died in its last task or since
            self._pools[worker] = self._started()
            return self._pools[worker].submit(call)

    def restart(self, backend: str) -> None:
        """See ``Executor.restart``."""
        self._end()
        self.backend = backend
        self._pools = [self._started() for _ in range(self.workers)]

    def close(self) -> None:
        """See ``Executor.close``."""
        self._end()
        self._folder.cleanup()

    def _end(self) -> None:
        for pool in self._pools:
            pool.shutdown(wait=False, kill_workers=True)


def _end_with_parent() -> None:
    """Should the check be killed, its workers would go on training for nobody."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _load(path: Path) -> Recipe:
    recipe: Recipe = pickle.loads(path.read_bytes())
    return recipe
