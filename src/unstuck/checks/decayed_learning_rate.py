"""decayed-learning-rate: a schedule that ends the learning before it has begun."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import adam, regression
from unstuck.checks._schedules import SCHEDULER, never_moves, spent_early, usual_rate
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import ConstantRate, RemoveCallback, SetRate
from unstuck.trace import Trace

VERY_EARLY = 0.01  # of the steps


def _with(class_name: str, **config: Any) -> Recipe:
    """A regression of 130 steps under a schedule."""
    schedule = {"class_name": class_name, "config": {"initial_learning_rate": 0.001, **config}}
    return regression(by=adam(0.001, schedule))


def _of_its_own(*course: tuple[int, float]) -> Recipe:
    made = _with("Noam")
    return replace(made, optimizer=replace(made.optimizer, course=course))


def _by_epochs(*course: float) -> Recipe:
    made = regression(epochs=len(course))
    configs = {SCHEDULER: {"course": course}}
    fit = replace(made.fit, callbacks=(SCHEDULER,), callback_configs=configs)
    return replace(made, fit=fit)


def _compounded(epoch: int) -> float:
    return float(0.01 * 0.8 ** (epoch * (epoch + 1) / 2))


class DecayedLearningRate(Check):
    name = "decayed-learning-rate"
    summary = "A schedule under which the rate is nearly gone before the training is under way."
    why = (
        "Keras counts updates, not epochs. A decay meant for each epoch is applied at each step, "
        "so the rate falls to a fraction in the first moments, and the rest changes nothing. "
        "A LearningRateScheduler is given the rate of the epoch before: one that takes a power of "
        "the epoch from it takes it from what is left each time."
    )
    instead = "Count the decay in steps (epochs times steps per epoch), or keep the rate constant."
    false_alarms = "Fine-tuning that is meant to stop almost at once."
    sources = ("Lornatang/SRGAN-PyTorch#1", "Keras LearningRateSchedule: called with iterations")
    firing = (
        Case("a tenth a step", lambda: _with("InverseTimeDecay", decay_steps=0.1, decay_rate=1.0)),
        Case("halved each step", lambda: _with("ExponentialDecay", decay_steps=1, decay_rate=0.5)),
        Case("cosine over 5 steps", lambda: _with("CosineDecay", decay_steps=5)),
        Case(
            "a schedule of one's own that ends at 3",
            lambda: _of_its_own((0, 0.01), (2, 0.01), (3, 0.0), (9999, 0.0)),
        ),
        Case("a warm-up that never begins", lambda: _of_its_own((0, 0.0), (9999, 0.0))),
        Case("no rate in any epoch", lambda: _by_epochs(*[0.0] * 60)),
        Case(
            "a power of the epoch, from what is left",
            lambda: _by_epochs(*map(_compounded, range(60))),
        ),
    )
    silent = (
        Case("constant", regression),
        Case("a schedule of one's own", lambda: _of_its_own((0, 0.01), (9, 0.1), (9999, 0.05))),
        Case("one that cannot be asked", _of_its_own),
        Case("a tenth by epoch 10", lambda: _by_epochs(*(0.01 * 0.8**e for e in range(60)))),
        Case("epochs of which nothing is known", _by_epochs),
        Case("cosine to the end", lambda: _with("CosineDecay", decay_steps=130)),
        Case(
            "a tenth by the middle",
            lambda: _with("ExponentialDecay", decay_steps=65, decay_rate=0.1),
        ),
        Case(
            "warm-up, then cosine",
            lambda: _with("CosineDecay", decay_steps=120, warmup_steps=10, warmup_target=0.01),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if never_moves(recipe):
            yield self._at_rest(recipe)
        spent = spent_early(recipe)
        if spent is None:
            return
        steps, optimizer = recipe.fit.steps, recipe.optimizer
        by_steps = optimizer.schedule is not None
        yield self.found(
            f"the learning rate has fallen below a tenth of {spent.peak:.3g} after "
            f"{spent.fallen:,} of {steps:,} steps, and ends at {spent.last:.2g}",
            {"fallen_after": spent.fallen, "steps": steps, "last_rate": spent.last},
            optimizer.place if by_steps else recipe.fit.place,
            (ConstantRate() if by_steps else RemoveCallback(SCHEDULER),),
            severity=Severity.ERROR if spent.fallen < VERY_EARLY * steps else None,
        )

    def _at_rest(self, recipe: Recipe) -> Finding:
        by_steps = recipe.optimizer.schedule is not None
        usual = SetRate(usual_rate(recipe))
        return self.found(
            f"the schedule gives a learning rate of 0 at each of the {recipe.fit.steps:,} steps",
            {"steps": recipe.fit.steps, "last_rate": 0.0},
            recipe.optimizer.place if by_steps else recipe.fit.place,
            (usual if by_steps else RemoveCallback(SCHEDULER),),
            severity=Severity.ERROR,
            advice="A warm-up that divides whole numbers (//), or one that is longer than the "
            "training, stays at its start.",
        )
