"""Where trials run, behind one interface: in this process, in worker processes, or on Ray."""

from __future__ import annotations

from concurrent.futures import Future
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from unstuck.errors import UsageError
from unstuck.experiments import SimpleLearners
from unstuck.recipe import Recipe

if TYPE_CHECKING:
    from unstuck.trials.task import Reply, Task


class Placement(StrEnum):
    """The kinds of executor, by the names that a user gives."""

    PROCESSES = "processes"
    INLINE = "inline"
    RAY = "ray"


class Executor(Protocol):
    """Runs tasks on workers, each of which lays a recipe out once and keeps what it compiled.

    Futures raise ``concurrent.futures.BrokenExecutor`` where a worker was lost: killed, or gone
    with its machine. Only what ran on it is lost, and the next task finds a worker in its place.
    """

    @property
    def workers(self) -> int:
        """How many tasks run side by side."""
        ...

    @property
    def backend(self) -> str:
        """The backend of Keras in the workers."""
        ...

    def open(self, recipe: Recipe) -> None:
        """Make ``recipe`` the one that the next tasks are about."""
        ...

    def submit(self, task: Task, worker: int) -> Future[Reply]:
        """Give a worker, by number, a task of the open recipe."""
        ...

    def baselines(self, worker: int) -> Future[SimpleLearners]:
        """Have a worker find what simple learners reach on the open recipe."""
        ...

    def restart(self, backend: str) -> None:
        """End what runs, and go on with fresh workers, on another backend of Keras if need be."""
        ...

    def close(self) -> None:
        """End the workers at once, with whatever runs."""
        ...


def open_executor(placement: str) -> Executor:
    """The executor of that kind, its workers about to start.

    Raises:
        UsageError: there is no such kind, or it needs an extra that is not installed.
    """
    if placement not in set(Placement):
        raise UsageError(f"{placement!r} is no executor: {', '.join(Placement)}")
    match Placement(placement):
        case Placement.PROCESSES:
            from unstuck.trials.executors.processes import Processes

            return Processes()
        case Placement.RAY:
            from unstuck.trials.executors.cluster import Cluster

            return Cluster()
        case Placement.INLINE:
            from unstuck.trials.executors.inline import Inline

            return Inline()
