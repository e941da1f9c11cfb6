"""This process as the one worker: for debugging, and where no process may be started.

A process has one backend of Keras for good. Where the program's own has loaded another than JAX,
``fit`` trains on that one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from unstuck.experiments import SimpleLearners
from unstuck.recipe import Recipe
from unstuck.trials.executors.worker import environment, settings, simple
from unstuck.trials.task import Reply, Task

if TYPE_CHECKING:
    from unstuck.trials.work import Bench

T = TypeVar("T")


class Inline:
    """Does each task at once, while it is submitted."""

    workers = 1
    backend = "jax"

    def __init__(self) -> None:
        self._bench: Bench | None = None

    def open(self, recipe: Recipe) -> None:
        """See ``Executor.open``."""
        with settings(**environment(self.backend)):
            from unstuck.trials.work import Bench

            self._bench = Bench(recipe)

    def submit(self, task: Task, worker: int) -> Future[Reply]:
        """See ``Executor.submit``."""
        return self._done(lambda bench: bench.run(task))

    def baselines(self, worker: int) -> Future[SimpleLearners]:
        """See ``Executor.baselines``."""
        return self._done(simple)

    def restart(self, backend: str) -> None:
        """Nothing runs between tasks, and the backend stays."""

    def close(self) -> None:
        """See ``Executor.close``."""
        self._bench = None

    def _done(self, call: Callable[[Bench], T]) -> Future[T]:
        if self._bench is None:
            raise RuntimeError("no recipe is open")
        future: Future[T] = Future()
        try:
            with settings(**environment(self.backend)):
                future.set_result(call(self._bench))
        except Exception as error:  # as a worker's would, it comes with the future
            future.set_exception(error)
        return future
