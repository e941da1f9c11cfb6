"""The crew: the workers of an executor, what each is busy with, and what each has compiled.

A part is trained as well by any worker, but the first of a program costs it some seconds of
compiling. So parts of one program go to one worker as long as there is other work for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from unstuck.experiments import SimpleLearners
from unstuck.trials.executors import Executor
from unstuck.trials.task import Reply, Task

COMPILING = 2.0  # seconds that a program of a small network takes to compile, about


class Crew:
    """The workers, by number. ``training`` is about how many seconds a part trains, by the last
    that did; a worker does not compile for less what another has compiled."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.training = float("inf")
        self._busy: dict[int, Future[Any]] = {}
        self._compiled: list[set[str]] = [set() for _ in range(executor.workers)]

    def idle(self) -> list[int]:
        """The workers with nothing to do."""
        done = [n for n in range(self.executor.workers) if self._is_idle(n)]
        return done

    def _is_idle(self, number: int) -> bool:
        return number not in self._busy or self._busy[number].done()

    def busy(self) -> list[Future[Any]]:
        """What the others do."""
        return [f for f in self._busy.values() if not f.done()]

    def send(self, number: int, task: Task, program: str) -> Future[Reply]:
        """Give an idle worker a task of a program."""
        self._compiled[number].add(program)
        future = self.executor.submit(task, number)
        self._busy[number] = future
        return future

    def baselines(self) -> Future[SimpleLearners]:
        """Have the last worker try the simple learners."""
        number = self.executor.workers - 1
        future = self.executor.baselines(number)
        self._busy[number] = future
        return future

    def knows(self, number: int, program: str) -> bool:
        """Whether a worker has compiled a program."""
        return program in self._compiled[number]

    def choice(self, number: int, programs: Sequence[str]) -> int | None:
        """Which of the waiting parts, by their programs, an idle worker is best given: one that
        it has compiled, else one that nobody has, else any that is worth compiling again."""
        ranks = [self._rank(number, program) for program in programs]
        best = min(ranks, default=3)
        return ranks.index(best) if best < 3 else None

    def _rank(self, number: int, program: str) -> int:
        if self.knows(number, program):
            return 0
        if not any(program in compiled for compiled in self._compiled):
            return 1
        return 2 if self.training > COMPILING else 3

    def restart(self, backend: str) -> None:
        """See ``Executor.restart``."""
        self.executor.restart(backend)
        self._busy = {}
        self._compiled = [set() for _ in self._compiled]

    def forget(self, number: int) -> None:
        """A worker was lost, and another stands in its place."""
        self._compiled[number] = set()
