"""Rounds: arms asked for together, trained on an executor within a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, wait
from dataclasses import dataclass, field

from unstuck.experiments import SimpleLearners
from unstuck.recipe import Array, Recipe
from unstuck.trace import Trace
from unstuck.trial import Arm, ArmResult
from unstuck.trials.crew import Crew
from unstuck.trials.executors import Executor
from unstuck.trials.kept import Kept
from unstuck.trials.measure import measure_of
from unstuck.trials.pace import fitting
from unstuck.trials.parts import best_model, cut, forward_error, joined_traces
from unstuck.trials.plan import Group, grouped, is_small, program_key
from unstuck.trials.schedule import GRACE, Hopeless, Schedule
from unstuck.trials.split import split
from unstuck.trials.store import Store
from unstuck.trials.task import Task

WAITED = 0.1  # of the time left, for the background to end where every worker is needed


@dataclass
class Round:
    """What came of arms asked for together, ``results`` in their order; the rest is of the first
    of them."""

    results: dict[Arm, ArmResult]
    trace: Trace | None
    model: bytes | None
    weights: dict[int, tuple[Array, ...]]
    forward_error: float

    @property
    def first(self) -> ArmResult:
        """The result of the first arm."""
        return next(iter(self.results.values()))


@dataclass
class Rounds:
    """Runs rounds of one recipe on an executor, and meanwhile the simple learners. Finished trials
    are kept in ``store``; ``budget`` is the time of the whole check in seconds."""

    executor: Executor
    recipe: Recipe
    store: Store = field(default_factory=lambda: Store(None))
    budget: float = 0.0

    def __post_init__(self) -> None:
        self.executor.open(self.recipe)
        self.kept = Kept.of(self.store, self.recipe)
        self.crew = Crew(self.executor)
        self._simple = self.crew.baselines()

    def simple(self) -> SimpleLearners:
        """What simple learners make of the rows, sought beside the first round; no more than the
        best constant prediction where the worker that tried them was lost."""
        try:
            return self._simple.result()
        except (BrokenExecutor, CancelledError, RuntimeError):  # lost, or ended with its work
            rows = split(self.recipe)
            constant = measure_of(self.recipe).constant(rows.train.targets, rows.judged.targets)
            return SimpleLearners(scores={"constant": constant})

    def fitting(self, arm: Arm, seconds: float) -> Arm:
        """The arm with as many seeds and steps as can be trained within ``seconds``."""
        known = self.kept.fitted(arm, self.budget)
        if known is not None:
            return known
        until = time.monotonic() + seconds
        found = fitting(
            arm,
            lambda a: self._pace(a, until),
            lambda: until - time.monotonic(),
            is_large=not is_small(self.recipe),
        )
        if time.monotonic() < until:  # else it says more of the machine than of the training
            self.kept.keep_fitted(arm, self.budget, found)
        return found

    def _pace(self, arm: Arm, until: float) -> float:
        """The seconds that a step of the whole arm takes: of one part, as often as parts must
        follow one another."""
        groups, _ = grouped(self.recipe, [arm])
        if not groups:
            return 0.0
        parts, program = cut(groups[0]), program_key(groups[0].recipes[0])
        task = Task(parts[0], until - time.monotonic(), pace=True)
        wait(self.crew.busy() if not self.crew.idle() else [])
        try:
            future = self.crew.send(self.crew.idle()[0], task, program)
            rate = future.result(until + GRACE - time.monotonic()).seconds_a_step
        except (BrokenExecutor, TimeoutError):
            return 0.0
        self.crew.training = rate * arm.steps
        if rate * arm.steps * self._turns(parts) > until - time.monotonic():
            wait(self.crew.busy(), timeout=WAITED * max(0.0, until - time.monotonic()))
        return rate * self._turns(parts)

    def _turns(self, parts: Sequence[Group]) -> int:
        """How many parts must follow one another."""
        return -(-len(parts) // max(1, len(self.crew.idle())))

    def run(
        self,
        arms: Sequence[Arm],
        seconds: float,
        *,
        observe: bool = False,
        keep: bool = False,
        weights: bool = False,
        whole: bool = False,
        hopeless: Hopeless | None = None,
        done: Callable[[int], None] = lambda _: None,
    ) -> Round:
        """Train ``arms`` within ``seconds``.

        ``observe``, ``keep`` and ``weights`` concern the first arm, ``whole`` all of them (see
        ``Task``). An arm that is ``hopeless`` by the trials it has is given no more. ``done`` is
        called with the number of arms finished each time some are.
        """
        until = time.monotonic() + seconds
        asked = (arms[0].remedies, until, observe, keep, weights, whole)
        schedule = Schedule(self.crew, *asked, hopeless, self.kept, done)
        schedule.plan(self.recipe, arms)
        schedule.work()
        return _round(schedule)


def _round(schedule: Schedule) -> Round:
    """What has come of a schedule."""
    first = schedule.asked[schedule.first].all
    traces = [r.trace for _, r in sorted(first.items()) if r.trace is not None]
    results = {asked.arm: asked.result for asked in schedule.asked.values()}
    weights = {seed: record.weights for seed, record in first.items() if record.weights}
    return Round(results, joined_traces(traces), best_model(first), weights, forward_error(first))
