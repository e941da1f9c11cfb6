"""Training by the framework's own ``fit``, for what the compiled engine refuses.

It is slower by orders of magnitude and otherwise the same: fresh weights under each seed, the
same rows held out, the same number of updates, as many seeds as the time allows.
"""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import Feed, Recipe
from unstuck.trial import Arm, ArmResult, Ending, Outcome
from unstuck.trials.lower import Lowered, build, first_line, save
from unstuck.trials.task import Task

if TYPE_CHECKING:
    from unstuck.trials.work import Bench

STEERING = ("EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler")


def train(bench: Bench, task: Task, deadline: float) -> tuple[tuple[ArmResult, ...], bytes | None]:
    """The results of a group's arms, one training after another, and the best model of the
    first arm where the task keeps it.

    Raises:
        Unsupported: the model cannot be made here, or its training raises.
    """
    pairs = list(zip(task.group.arms, task.group.recipes, strict=True))
    results: list[ArmResult] = []
    kept: bytes | None = None
    for arm, recipe in pairs:
        now = time.monotonic()
        share = now + (deadline - now) / (len(pairs) - len(results))
        result, model = _arm(bench, recipe, arm, share)
        if task.keep and not results:
            kept = save(recipe, _state(model))
        results.append(result)
    return tuple(results), kept


def _arm(bench: Bench, recipe: Recipe, arm: Arm, deadline: float) -> tuple[ArmResult, Any]:
    began = time.monotonic()
    outcomes: list[Outcome] = []
    best: Any = None
    for seed in arm.seeds:
        now = time.monotonic()
        if outcomes and now + (now - began) / len(outcomes) > deadline:
            break
        outcome, model = _trial(bench, recipe, seed, arm.steps, deadline)
        if best is None or outcome.score > max(o.score for o in outcomes):
            best = model
        outcomes.append(outcome)
    done = Arm(arm.remedies, tuple(o.seed for o in outcomes), arm.steps)
    return ArmResult(done, tuple(outcomes), "fit", time.monotonic() - began), best


def _trial(
    bench: Bench, recipe: Recipe, seed: int, steps: int, deadline: float
) -> tuple[Outcome, Any]:
    model = build(recipe, seed)
    x, y, weights = Lowered.batch(recipe, bench.split.train)
    rows = bench.split.train.rows
    per_epoch = -(-rows // recipe.fit.batch_size)
    stop = _Stop(steps, deadline)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(
                x,
                y,
                sample_weight=weights,
                verbose=0,
                batch_size=min(recipe.fit.batch_size, rows),
                epochs=-(-steps // per_epoch),
                shuffle=recipe.fit.shuffle and recipe.data.feed is Feed.ARRAYS,
                validation_data=_validation(bench, recipe),
                callbacks=[stop, *_steering(recipe)],
            )
            outputs = model.predict(Lowered.batch(recipe, bench.split.judged)[0], verbose=0)
    except Exception as error:
        raise Unsupported(f"fit raised {first_line(error)}") from error
    answers = recipe.answers(tuple(np.asarray(o)[None] for o in keras.tree.flatten(outputs)))
    score = float(bench.measure.score(answers, bench.split.judged.targets)[0])
    ending = Ending.FINISHED if np.isfinite(score) else Ending.DIVERGED
    return Outcome(seed, Ending.OUT_OF_TIME if stop.late else ending, stop.steps, score), model


class _Stop(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training after its number of updates, or when its time is up."""

    def __init__(self, limit: int, deadline: float) -> None:
        super().__init__()
        self.limit, self.deadline, self.steps, self.late = limit, deadline, 0, False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        self.late = time.monotonic() > self.deadline and self.steps < self.limit
        if self.late or self.steps >= self.limit:
            self.model.stop_training = True


def _steering(recipe: Recipe) -> list[Any]:
    """The program's callbacks that steer its training, made again.

    Raises:
        Unsupported: one of them is the user's own.
    """
    made = []
    for name, config in recipe.fit.callback_configs.items():
        if name not in STEERING:
            raise Unsupported(f"the callback {name} cannot be made again")
        made.append(getattr(keras.callbacks, name)(**config))
    return made


def _validation(bench: Bench, recipe: Recipe) -> Any:
    if recipe.validation is None:
        return None
    x, y, weights = Lowered.batch(recipe, recipe.validation)
    return (x, y) if weights is None else (x, y, weights)


def _state(model: Any) -> Any:
    return (
        [v.value for v in model.trainable_variables],
        [v.value for v in model.non_trainable_variables],
        [],
    )
