"""Scheduling: the parts of a round over the workers of an executor, against the clock.

Arms of one shape are a group, a group is cut into parts, and a part is what one worker does at a
time. A part whose worker is lost is run again. What is known of an arm decides whether parts of it
that have not begun are still worth their time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

from unstuck.recipe import Recipe
from unstuck.trial import Arm, ArmResult, Remedies
from unstuck.trials.executors import Executor
from unstuck.trials.kept import Kept
from unstuck.trials.parts import (
    FEW_SEEDS,
    Record,
    cut,
    is_cut,
    joined,
    of_failure,
    records,
    without,
)
from unstuck.trials.plan import Group, grouped
from unstuck.trials.task import Reply, Task

GRACE = 5.0  # seconds past its time that a round is waited for
LOSSES = 3  # workers that one part may lose; then it is likely what ends them
LATE = "its time was up before it had begun to train"

Hopeless = Callable[[ArmResult], bool]


def free(executor: Executor, background: Sequence[Future[Any]]) -> int:
    """Workers that the background leaves to a round; at least one."""
    return max(1, executor.workers - sum(not future.done() for future in background))


@dataclass
class Asked:
    """An arm of a round: its finished trials by seed, those of parts that time cut off, those
    that could not be run, and how many of its parts are still to come."""

    arm: Arm
    found: dict[int, Record] = field(default_factory=dict)
    cut: dict[int, Record] = field(default_factory=dict)
    failed: dict[int, Record] = field(default_factory=dict)
    parts: int = 0

    def take(self, new: dict[int, Record]) -> None:
        """Records of a part."""
        (self.cut if is_cut(new) else self.found).update(new)

    @property
    def all(self) -> dict[int, Record]:
        """What the arm is judged by. A part that time cut off counts only where there is little
        else: what of it had ended early would flatter, and the rest says nothing."""
        enough = len(self.found) >= FEW_SEEDS
        return self.found if enough else {**self.cut, **self.found} or self.failed

    @property
    def result(self) -> ArmResult:
        return joined(self.arm, self.all)


@dataclass
class Part:
    """A part of a group, the ``number``-th, and how many workers were lost on it."""

    group: Group
    number: int
    losses: int = 0


@dataclass
class Schedule:
    """One round on its way. ``background`` is what else occupies workers."""

    executor: Executor
    background: Sequence[Future[Any]]
    first: Remedies
    until: float
    observe: bool
    keep: bool
    hopeless: Hopeless | None
    kept: Kept
    done: Callable[[int], None]
    asked: dict[Remedies, Asked] = field(default_factory=dict)
    waiting: list[Part] = field(default_factory=list)
    running: dict[Future[Reply], Part] = field(default_factory=dict)

    def plan(self, recipe: Recipe, arms: Sequence[Arm]) -> None:
        """Lay out the parts: those of the first arm first, then first parts before second ones,
        so that what is hopeless shows early."""
        self.asked = {arm.remedies: Asked(arm) for arm in arms}
        left = [missing for arm in arms if (missing := self._missing(arm)).seeds]
        groups, failures = grouped(recipe, left)
        for failure in failures:
            self._of(failure.arm).failed = of_failure(failure.arm, failure.message)
        self.waiting = [Part(g, n) for group in groups for n, g in enumerate(cut(group))]
        self.waiting.sort(key=lambda p: (not self._is_first(p), p.number, p.group.arms[0].steps))
        for part in self.waiting:
            for arm in part.group.arms:
                self._of(arm).parts += 1

    def _missing(self, arm: Arm) -> Arm:
        """The arm over those of its seeds of which no finished trial is kept."""
        first = arm.remedies == self.first
        asks = {"trace": self.observe and first, "model": self.keep and first}
        found = self._of(arm).found = self.kept.known(arm, **asks)
        seeds = tuple(seed for seed in arm.seeds if seed not in found)
        if not seeds:
            self.done(1)
        return replace(arm, seeds=seeds)

    def _of(self, arm: Arm) -> Asked:
        return self.asked[arm.remedies]

    def _is_first(self, part: Part) -> bool:
        return part.group.arms[0].remedies == self.first

    def work(self) -> None:
        """Until every part has come to something."""
        while self.waiting or self.running:
            while self.waiting and len(self.running) < free(self.executor, self.background):
                self._begin(self.waiting.pop(0))
            busy = [f for f in self.background if not f.done()]
            late = max(0.1, self.until + GRACE - time.monotonic())
            pending: list[Future[Any]] = [*self.running, *busy]
            finished = wait(pending, timeout=late, return_when=FIRST_COMPLETED).done
            if pending and not finished:
                self._give_up()
            for future in finished & self.running.keys():
                self._end(self.running.pop(future), future)

    def _begin(self, part: Part) -> None:
        """Send a part to a worker, less what is not worth it any more."""
        spare = [arm for arm in part.group.arms if self._is_spare(self._of(arm))]
        self._close(spare)
        part.group = without(part.group, spare)
        left = self.until - time.monotonic()
        if not part.group.arms:
            return
        if left <= 0:
            self._fail(part.group.arms, LATE)
            return
        others = len(self.waiting) + len(self.running) + 1
        share = min(left, left * free(self.executor, self.background) / others)
        asks = {"observe": self.observe, "keep": self.keep} if self._is_first(part) else {}
        self.running[self.executor.submit(Task(part.group, share, **asks))] = part

    def _is_spare(self, asked: Asked) -> bool:
        return bool(self.hopeless and asked.found and self.hopeless(asked.result))

    def _end(self, part: Part, future: Future[Reply]) -> None:
        try:
            reply = future.result()
        except (BrokenExecutor, CancelledError) as error:
            self._lost(part, error)
        except Exception as error:  # a part that fails takes nothing else with it
            self._fail(part.group.arms, f"the worker failed: {error}")
        else:
            for number, arm in enumerate(part.group.arms):
                new = records(reply, number)
                self._of(arm).take(new)
                self.kept.keep(arm, new)
            self._close(part.group.arms)

    def _lost(self, part: Part, error: BaseException) -> None:
        part.losses += 1
        if part.losses < LOSSES:
            self.waiting.insert(0, part)
            return
        words = str(error).splitlines() or [type(error).__name__]
        message = f"its worker was lost {LOSSES} times, the last time because {words[0]}"
        self._fail(part.group.arms, message)

    def _fail(self, arms: Sequence[Arm], message: str) -> None:
        """Trials that could not be run; an arm that has others is judged by those."""
        for arm in arms:
            self._of(arm).failed.update(of_failure(arm, message))
        self._close(arms)

    def _close(self, arms: Sequence[Arm]) -> None:
        for arm in arms:
            self._of(arm).parts -= 1
        finished = sum(self._of(arm).parts == 0 for arm in arms)
        if finished:
            self.done(finished)

    def _give_up(self) -> None:
        """Time is up and the workers do not come back (compiling, say): end them."""
        for part in [*self.running.values(), *self.waiting]:
            self._fail(part.group.arms, LATE)
        self.running, self.waiting = {}, []
        self.executor.restart(self.executor.backend)
