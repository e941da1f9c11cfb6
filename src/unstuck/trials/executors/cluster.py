"""Ray: one actor for each processor of a cluster, with the JAX backend, as in worker processes.

The cluster is the one named by ``RAY_ADDRESS`` or running on this machine, else one of this
machine alone for as long as the check lasts. unstuck and what the program imports must be
installed on its machines. The recipe is put into the object store once.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from functools import partial
from typing import Any

from unstuck.errors import UsageError
from unstuck.experiments import SimpleLearners
from unstuck.recipe import Recipe
from unstuck.trials.executors.worker import (
    SAFE_PATH,
    bare,
    environment,
    learn_simply,
    warm,
    work,
)
from unstuck.trials.task import Reply, Task


class Cluster:
    """Actors on Ray for the trials of one recipe at a time.

    Raises:
        UsageError: Ray is not installed, or the cluster cannot be reached.
    """

    def __init__(self) -> None:
        self._ray = _ray()
        self._own = not self._ray.is_initialized()
        if self._own:
            _connect(self._ray)
        self.workers = max(1, int(self._ray.available_resources().get("CPU", 1)))
        self.backend = "jax"
        self._recipe: Any = None
        self._start()

    def _start(self) -> None:
        self._actors = [self._actor() for _ in range(self.workers)]
        self._last = [a.call.remote(warm).future() for a in self._actors]

    def _actor(self) -> Any:
        variables = {**environment(self.backend), **SAFE_PATH}
        options = {"num_cpus": 1, "runtime_env": {"env_vars": variables}}
        return self._ray.remote(_Actor).options(**options).remote()

    def open(self, recipe: Recipe) -> None:
        """See ``Executor.open``."""
        self._recipe = self._ray.put(recipe)

    def submit(self, task: Task, worker: int) -> Future[Reply]:
        """See ``Executor.submit``."""
        return self._begun(worker, work, bare(task))

    def baselines(self, worker: int) -> Future[SimpleLearners]:
        """See ``Executor.baselines``."""
        return self._begun(worker, learn_simply)

    def _begun(self, worker: int, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call on an actor; another takes the place of one that was lost."""
        if self._last[worker].done() and self._is_lost(self._last[worker]):
            self._ray.kill(self._actors[worker])
            self._actors[worker] = self._actor()
        call = self._actors[worker].on_recipe.remote(function, [self._recipe], *arguments)
        self._last[worker] = call.future()
        return self._told(self._last[worker])

    def _is_lost(self, call: Future[Any]) -> bool:
        return isinstance(call.exception(), self._ray.exceptions.RayActorError)

    def _told(self, given: Future[Any]) -> Future[Any]:
        """The same result, and a lost worker as the interface tells of one."""
        future: Future[Any] = Future()

        def tell(done: Future[Any]) -> None:
            error = done.exception()
            if error is None:
                future.set_result(done.result())
            elif isinstance(error, self._ray.exceptions.RayTaskError):
                future.set_exception(error.cause)
            else:
                future.set_exception(BrokenExecutor(f"an actor was lost: {type(error).__name__}"))

        given.add_done_callback(tell)
        return future

    def restart(self, backend: str) -> None:
        """See ``Executor.restart``."""
        self._end()
        self.backend = backend
        self._start()

    def close(self) -> None:
        """See ``Executor.close``."""
        self._end()
        if self._own:
            self._ray.shutdown()

    def _end(self) -> None:
        for actor in self._actors:
            self._ray.kill(actor)


class _Actor:
    """A worker process on Ray."""

    def call(self, function: Callable[[], Any]) -> Any:
        return function()

    def on_recipe(self, function: Callable[..., Any], box: list[Any], *arguments: Any) -> Any:
        """Call with the recipe that is behind the reference in ``box``; boxed, Ray does not
        fetch it for each call."""
        import ray

        return function(box[0].hex(), partial(ray.get, box[0]), *arguments)


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise UsageError(
            "the executor ray needs Ray, which is not installed: pip install 'unstuck[ray]'"
        ) from None
    return ray


def _connect(ray: Any) -> None:
    """Join the cluster, or start one; an empty folder as its own keeps the user's files from
    shadowing libraries in the workers."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with tempfile.TemporaryDirectory(prefix="unstuck-") as empty, warnings.catch_warnings():
        # Ray starts its servers by forking; none of them goes on with JAX.
        warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
        try:
            ray.init(
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
                runtime_env={"working_dir": empty},
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageError(f"the cluster of Ray cannot be reached: {error}") from error
