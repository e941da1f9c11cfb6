"""Work: what one process does with one group of arms.

Failure is data: an arm that cannot be run comes back with a message, and a lane that diverges
stops nothing.
"""

from __future__ import annotations

import time
from dataclasses import replace

from unstuck.errors import Unsupported
from unstuck.recipe import Recipe
from unstuck.trial import ArmResult
from unstuck.trials import fallback
from unstuck.trials.build import first_line
from unstuck.trials.engine import Lanes
from unstuck.trials.loop import Loop
from unstuck.trials.lower import Lowered
from unstuck.trials.measure import measure_of
from unstuck.trials.observe import Observer
from unstuck.trials.plan import Group, failed, program_key, split
from unstuck.trials.save import save
from unstuck.trials.task import Reply, Task


class Bench:
    """A recipe laid out for trials; keeps what was compiled for the next task."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.measure = measure_of(recipe)
        self.split = split(recipe)
        self.lowered: dict[str, Lowered] = {}

    def run(self, task: Task) -> Reply:
        """Train a group; what the compiled engine refuses, ``fit`` trains."""
        deadline = time.monotonic() + task.seconds
        try:
            return self._compiled(task, deadline)
        except Unsupported as refusal:
            return self._by_fit(task, deadline, str(refusal))

    def _compiled(self, task: Task, deadline: float) -> Reply:
        began = time.monotonic()
        group, first = task.group, task.group.arms[0]
        lowered = self._lowered(group.recipes[0])
        try:
            lanes = self._lanes(lowered, group.recipes, first.seeds, first.steps)
            if task.shrink:
                lanes, steps = self._fitting(lanes, lowered, group, deadline)
            else:
                steps = first.steps
            observer = Observer(lanes, steps) if task.observe else None
            loop = Loop(lanes, self.measure, steps, observer)
            loop.run(deadline)
            model = save(group.recipes[0], lanes.lane(loop.best())) if task.keep else None
            error = lowered.forward_error
        except (TypeError, ValueError, NotImplementedError, KeyError, RuntimeError) as problem:
            raise Unsupported(first_line(problem)) from problem
        seconds = time.monotonic() - began
        results = tuple(
            ArmResult(
                replace(arm, seeds=lanes.seeds, steps=steps), loop.outcomes(k), "compiled", seconds
            )
            for k, arm in enumerate(group.arms)
        )
        trace = observer.trace() if observer else None
        return Reply(results, trace, model, lanes.rate, error)

    def _lanes(
        self, lowered: Lowered, recipes: tuple[Recipe, ...], seeds: tuple[int, ...], steps: int
    ) -> Lanes:
        epochs = max(1, -(-steps // recipes[0].fit.steps_per_epoch))
        return Lanes(lowered, recipes, self.split, seeds, epochs)

    def _fitting(
        self, lanes: Lanes, lowered: Lowered, group: Group, deadline: float
    ) -> tuple[Lanes, int]:
        """Lanes and steps that fit into the time: first fewer seeds, then fewer steps.

        A step of all lanes is timed once compiled. If the whole training would take longer than
        the time left, the seeds are cut to ``FEW_SEEDS``, and if that is not enough, the steps
        to as many as the time allows.
        """
        arm = group.arms[0]
        lanes.timed(deadline)
        left = max(deadline - time.monotonic(), 0.1)
        if lanes.rate * arm.steps > left and len(arm.seeds) > FEW_SEEDS:
            return self._with_few_seeds(lowered, group, deadline)
        steps = min(arm.steps, max(1, int(SAFETY * left / max(lanes.rate, 1e-9))))
        fresh = self._lanes(lowered, group.recipes, arm.seeds, steps)
        fresh.rate, fresh.stretch = lanes.rate, lanes.stretch
        return fresh, steps

    def _with_few_seeds(self, lowered: Lowered, group: Group, deadline: float) -> tuple[Lanes, int]:
        arms = tuple(replace(arm, seeds=arm.seeds[:FEW_SEEDS]) for arm in group.arms)
        few = Group(arms, group.recipes)
        lanes = self._lanes(lowered, few.recipes, arms[0].seeds, arms[0].steps)
        return self._fitting(lanes, lowered, few, deadline)

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


FEW_SEEDS = 8
SAFETY = 0.8  # the rest is for scoring, and for a machine that slows down
