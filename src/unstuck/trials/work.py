"""Work: what one process does with one group of arms.

Failure is data: an arm that cannot be run comes back with a message, and a lane that diverges
stops nothing.
"""

from __future__ import annotations

import io
import time
from contextlib import redirect_stdout
from dataclasses import replace

from unstuck.errors import Unsupported
from unstuck.recipe import Recipe
from unstuck.trial import ArmResult
from unstuck.trials import fallback
from unstuck.trials.build import first_line
from unstuck.trials.engine import Lanes
from unstuck.trials.experiments import experiments
from unstuck.trials.loop import Loop
from unstuck.trials.lower import Lowered
from unstuck.trials.measure import measure_of
from unstuck.trials.observe import Observer
from unstuck.trials.plan import checkpoints, failed, program_key
from unstuck.trials.program import flat_draws
from unstuck.trials.save import save
from unstuck.trials.split import split
from unstuck.trials.task import Reply, Task

# What is raised where a recipe cannot be lowered, traced, compiled or run.
REFUSALS = (TypeError, ValueError, NotImplementedError, KeyError, RuntimeError)


class Bench:
    """A recipe laid out for trials; keeps what was compiled for the next task."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.measure = measure_of(recipe)
        self.split = split(recipe)
        self.lowered: dict[str, Lowered] = {}

    def run(self, task: Task) -> Reply:
        """Train a group; what the compiled engine refuses, ``fit`` trains. What the program's own
        code prints meanwhile, a callback each epoch, would stand in the report."""
        deadline = time.monotonic() + task.seconds
        with flat_draws(), redirect_stdout(io.StringIO()):
            try:
                return self._pace(task, deadline) if task.pace else self._compiled(task, deadline)
            except Unsupported as refusal:
                return Reply(()) if task.pace else self._by_fit(task, deadline, str(refusal))

    def _pace(self, task: Task, deadline: float) -> Reply:
        """The time that an update takes once compiled, of all lanes of the group together, and its
        part of the looks."""
        group, first = task.group, task.group.arms[0]
        try:
            lowered = self._lowered(group.recipes[0])
            lanes = Lanes(lowered, group.recipes, self.split, first.seeds)
            lanes.timed(deadline)
            looks = len(checkpoints(first.steps)) / first.steps
            look = lanes.timed_look(self.measure) if time.monotonic() < deadline else 0.0
        except REFUSALS as problem:
            raise Unsupported(first_line(problem)) from problem
        return Reply((), seconds_a_step=lanes.rate + looks * look)

    def _compiled(self, task: Task, deadline: float) -> Reply:
        began = time.monotonic()
        group, first = task.group, task.group.arms[0]
        lowered = self._lowered(group.recipes[0])
        try:
            lanes = Lanes(lowered, group.recipes, self.split, first.seeds)
            observer = Observer(lanes, self.measure, first.steps) if task.observe else None
            asked = task.observe and 0 in first.seeds  # once, whatever the number of parts
            tried = experiments(lanes, task.seconds) if asked else None
            loop = Loop(lanes, self.measure, first.steps, observer, whole=task.whole)
            loop.run(deadline)
            model = save(group.recipes[0], lanes.lane(loop.best())) if task.keep else None
            weights = lanes.trained() if task.weights else ()
            error = lowered.forward_error
        except REFUSALS as problem:
            raise Unsupported(first_line(problem)) from problem
        seconds = time.monotonic() - began
        results = tuple(
            ArmResult(arm, loop.outcomes(k), "compiled", seconds)
            for k, arm in enumerate(group.arms)
        )
        trace = replace(observer.trace(), experiments=tried) if observer else None
        return Reply(results, trace, model, weights, lanes.rate, error)

    def _lowered(self, recipe: Recipe) -> Lowered:
        key = program_key(recipe)
        if key not in self.lowered:
            self.lowered[key] = Lowered(recipe)
        return self.lowered[key]

    def _by_fit(self, task: Task, deadline: float, refusal: str) -> Reply:
        try:
            results, model = fallback.train(task, self.split, self.measure, deadline)
        except Unsupported as error:
            messages = (failed(arm, f"{refusal}; {error}") for arm in task.group.arms)
            return Reply(tuple(messages))
        return Reply(tuple(replace(r, message=refusal) for r in results), model=model)
