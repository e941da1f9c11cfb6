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
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        self._last: list[Future[Any]] = [_done() for _ in self._pools]
        self._folder = tempfile.TemporaryDirectory(prefix="unstuck-")
        self._path = Path(self._folder.name) / "0"

    def _started(self) -> ProcessPoolExecutor:
        from loky import ProcessPoolExecutor

        with settings(**SAFE_PATH):
            pool = ProcessPoolExecutor(1, timeout=None, env=environment(self.backend))
            pool.submit(warm)
        return pool

    def open(self, recipe: Recipe) -> None:
        """See ``Executor.open``."""
        self._path = Path(self._folder.name) / str(int(self._path.name) + 1)
        self._path.write_bytes(pickle.dumps(recipe, protocol=5))

    def submit(self, task: Task) -> Future[Reply]:
        """See ``Executor.submit``."""
        return self._begun(work, bare(task))

    def baselines(self) -> Future[dict[str, float]]:
        """See ``Executor.baselines``."""
        return self._begun(learn_simply)

    def _begun(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call on the first worker that is idle."""
        number = next((i for i, f in enumerate(self._last) if f.done()), 0)
        call = partial(function, str(self._path), partial(_load, self._path), *arguments)
        try:
            future: Future[Any] = self._pools[number].submit(call)
        except BrokenExecutor:  # it died after its last task, or in it
            self._pools[number] = self._started()
            future = self._pools[number].submit(call)
        self._last[number] = future
        return future

    def restart(self, backend: str) -> None:
        """See ``Executor.restart``."""
        self._end()
        self.backend = backend
        self._pools = [self._started() for _ in range(self.workers)]
        self._last = [_done() for _ in self._pools]

    def close(self) -> None:
        """See ``Executor.close``."""
        self._end()
        self._folder.cleanup()

    def _end(self) -> None:
        for pool in self._pools:
            pool.shutdown(wait=False, kill_workers=True)


def _load(path: Path) -> Recipe:
    recipe: Recipe = pickle.loads(path.read_bytes())
    return recipe


def _done() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(None)
    return future
