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
from unstuck.trials.crew import Crew
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
from unstuck.trials.plan import Group, grouped, program_key
from unstuck.trials.task import Reply, Task

GRACE = 5.0  # seconds past its time that a round is waited for
LOSSES = 3  # workers that one part may lose; then it is likely what ends them
FRESH = 3  # parts that one which must be compiled counts as
LATE = "its time was up before it had begun to train; a longer --budget may tell"

Hopeless = Callable[[ArmResult], bool]


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
    """A part of a group: its program, how many workers were lost on it, and which has it."""

    group: Group
    program: str
    losses: int = 0
    worker: int = 0


@dataclass
class Schedule:
    """One round on its way."""

    crew: Crew
    first: Remedies
    until: float
    observe: bool
    keep: bool
    weights: bool
    whole: bool
    hopeless: Hopeless | None
    kept: Kept
    done: Callable[[int], None]
    asked: dict[Remedies, Asked] = field(default_factory=dict)
    waiting: list[Part] = field(default_factory=list)
    running: dict[Future[Any], Part] = field(default_factory=dict)

    def plan(self, recipe: Recipe, arms: Sequence[Arm]) -> None:
        """Lay out the parts: those of the first arm first, then the shorter trainings."""
        self.asked = {arm.remedies: Asked(arm) for arm in arms}
        left = [missing for arm in arms if (missing := self._missing(arm)).seeds]
        groups, failures = grouped(recipe, left)
        for failure in failures:
            self._of(failure.arm).failed = of_failure(failure.arm, failure.message)
        for group in sorted(groups, key=lambda g: (not self._is_first(g), g.arms[0].steps)):
            program = program_key(group.recipes[0])
            self.waiting += [Part(piece, program) for piece in cut(group)]
        for part in self.waiting:
            for arm in part.group.arms:
                self._of(arm).parts += 1

    def _missing(self, arm: Arm) -> Arm:
        """The arm over those of its seeds of which no finished trial is kept."""
        first = arm.remedies == self.first
        asks = {"trace": self.observe, "model": self.keep, "weights": self.weights}
        found = self.kept.known(arm, **asks) if first else self.kept.known(arm)
        self._of(arm).found = found
        seeds = tuple(seed for seed in arm.seeds if seed not in found)
        if not seeds:
            self.done(1)
        return replace(arm, seeds=seeds)

    def _of(self, arm: Arm) -> Asked:
        return self.asked[arm.remedies]

    def _is_first(self, group: Group) -> bool:
        return group.arms[0].remedies == self.first

    def work(self) -> None:
        """Until every part has come to something."""
        while self.waiting or self.running:
            self._occupy()
            if not (self.waiting or self.running):
                return
            late = max(0.1, self.until + GRACE - time.monotonic())
            finished = wait(self.crew.busy(), timeout=late, return_when=FIRST_COMPLETED).done
            if not finished and not any(f.done() for f in self.running):
                self._give_up()
            for future in [f for f in self.running if f.done()]:
                self._end(self.running.pop(future), future)

    def _occupy(self) -> None:
        """Give every idle worker what suits it best."""
        for number in self.crew.idle():
            chosen = self._next(number)
            if chosen is not None:
                self._begin(chosen, number)

    def _next(self, number: int) -> Part | None:
        """The part that suits a worker best, less what is not worth its time any more."""
        while True:
            place = self.crew.choice(number, [part.program for part in self.waiting])
            if place is None:
                return None
            part = self.waiting.pop(place)
            spare = [arm for arm in part.group.arms if self._is_spare(self._of(arm))]
            self._close(spare)
            part.group = without(part.group, spare)
            if part.group.arms and time.monotonic() < self.until:
                return part
            self._fail(part.group.arms, LATE)

    def _begin(self, part: Part, number: int) -> None:
        part.worker = number
        task = Task(part.group, self._share(part), **self._asks(part.group))
        self.running[self.crew.send(number, task, part.program)] = part

    def _share(self, part: Part) -> float:
        """The seconds that a part may take: its share of what all workers have left. One that
        must be compiled counts as several."""
        left = self.until - time.monotonic()
        parts = [part, *self.waiting, *self.running.values()]
        seen: set[str] = set()
        weights = []
        for one in parts:
            fresh = one.program not in seen and not self._is_compiled(one)
            weights.append(FRESH if fresh else 1)
            seen.add(one.program)
        return min(left, left * self.crew.executor.workers * weights[0] / sum(weights))

    def _is_compiled(self, part: Part) -> bool:
        return self.crew.knows(part.worker, part.program)

    def _asks(self, group: Group) -> dict[str, bool]:
        if not self._is_first(group):
            return {"whole": self.whole}
        asks = {"observe": self.observe, "keep": self.keep, "weights": self.weights}
        return {**asks, "whole": self.whole}

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
            known = reply.seconds_a_step * part.group.arms[0].steps
            self.crew.training = known or reply.results[0].seconds
            self._close(part.group.arms)

    def _lost(self, part: Part, error: BaseException) -> None:
        part.losses += 1
        self.crew.forget(part.worker)
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
        self.crew.restart(self.crew.executor.backend)
