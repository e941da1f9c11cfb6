"""Training by the framework's own ``fit``, for what the compiled engine refuses.

It is slower by orders of magnitude and otherwise the same: fresh weights under each seed, the
same rows held out, the same number of updates, as many seeds as the time allows.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from math import nan
from typing import Any

import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import Feed, Recipe
from unstuck.trial import Arm, ArmResult, Ending, Outcome
from unstuck.trials.build import adopt, assign, build, first_line, keep_from_decay
from unstuck.trials.lower import Lowered
from unstuck.trials.measure import Measure
from unstuck.trials.save import save
from unstuck.trials.split import Split, trained
from unstuck.trials.steering import made
from unstuck.trials.task import Task


def train(
    task: Task, rows: Split, measure: Measure, deadline: float
) -> tuple[tuple[ArmResult, ...], bytes | None]:
    """The results of a group's arms, one training after another, and the best model of the
    first arm where the task keeps it.

    Raises:
        Unsupported: the model cannot be made here, or its training raises.
    """
    if not rows.train.targets:
        raise Unsupported("there are no targets to judge by")
    pairs = list(zip(task.group.arms, task.group.recipes, strict=True))
    results: list[ArmResult] = []
    kept: bytes | None = None
    for arm, recipe in pairs:
        now = time.monotonic()
        share = now + (deadline - now) / (len(pairs) - len(results))
        result, model = _Fitting(recipe, rows, measure, share).arm(arm)
        if task.keep and not results:
            kept = save(recipe, _state(model))
        results.append(result)
    return tuple(results), kept


@dataclass(frozen=True)
class _Fitting:
    """The trainings of one recipe, until ``deadline`` (``time.monotonic``)."""

    recipe: Recipe
    rows: Split
    measure: Measure
    deadline: float

    def arm(self, arm: Arm) -> tuple[ArmResult, Any]:
        """The result over as many seeds as there is time for, and the best model."""
        began = time.monotonic()
        outcomes: list[Outcome] = []
        best: Any = None
        for seed in arm.seeds:
            now = time.monotonic()
            if outcomes and now + (now - began) / len(outcomes) > self.deadline:
                break
            outcome, model = self._trial(seed, arm.steps)
            if best is None or outcome.score > max(o.score for o in outcomes):
                best = model
            outcomes.append(outcome)
        done = Arm(arm.remedies, tuple(o.seed for o in outcomes), arm.steps)
        return ArmResult(done, tuple(outcomes), "fit", time.monotonic() - began), best

    def _trial(self, seed: int, steps: int) -> tuple[Outcome, Any]:
        model, stop = _begun(self.recipe, seed), _Stop(steps, self.deadline)
        judged = self.rows.judged
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._fit(model, steps, stop)
                x = Lowered.batch(self.recipe, judged)[0]
                outputs = keras.tree.flatten(model.predict(x, verbose=0))
        except Exception as error:
            raise Unsupported(f"fit raised {first_line(error)}") from error
        answers = self.recipe.answers(tuple(np.asarray(o)[None] for o in outputs))
        score = float(self.measure.score(answers, judged.targets)[0])
        ending = Ending.FINISHED if np.isfinite(score) else Ending.DIVERGED
        ending = Ending.OUT_OF_TIME if stop.late else ending
        return Outcome(seed, ending, stop.steps, score, tuple(stop.curve)), model

    def _fit(self, model: Any, steps: int, stop: _Stop) -> None:
        fit, train = self.recipe.fit, trained(self.recipe, self.rows)
        x, y, weights = Lowered.batch(self.recipe, train)
        count = train.rows
        model.fit(
            x,
            y,
            sample_weight=weights,
            verbose=0,
            batch_size=min(fit.batch_size, count),
            initial_epoch=fit.first_epoch,
            epochs=fit.first_epoch + -(-steps // -(-count // fit.batch_size)),
            shuffle=fit.shuffle and self.recipe.data.feed is Feed.ARRAYS,
            validation_data=self._validation(),
            callbacks=[stop, *made(self.recipe)],
        )

    def _validation(self) -> Any:
        if self.recipe.validation is None:
            return None
        x, y, weights = Lowered.batch(self.recipe, self.recipe.validation)
        return (x, y) if weights is None else (x, y, weights)


class _Stop(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training after its number of updates, or when its time is up. ``curve`` is that of the
    outcome: the loss that ``fit`` tells at the end of each epoch; there is no score."""

    def __init__(self, limit: int, deadline: float) -> None:
        super().__init__()
        self.limit, self.deadline, self.steps, self.late = limit, deadline, 0, False
        self.curve: list[tuple[int, float, float]] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs and "loss" in logs:
            self.curve.append((self.steps, float(logs["loss"]), nan))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps += 1
        self.late = time.monotonic() > self.deadline and self.steps < self.limit
        if self.late or self.steps >= self.limit:
            self.model.stop_training = True


def _begun(recipe: Recipe, seed: int) -> Any:
    """The model as its training under ``seed`` begins; see ``initial.begin``."""
    model = build(recipe, seed, whole=True)
    if not model.built:
        few = recipe.data.take(slice(0, 2))
        model._symbolic_build(data_batch=Lowered.batch(recipe, few))
    keep_from_decay(model, recipe)
    adopt(model, recipe, _redrawn(model, recipe, seed))
    if recipe.optimizer.state:
        model.optimizer.build(model.trainable_variables)
        assign(model.optimizer.variables, recipe.optimizer.state)
    return model


def _redrawn(model: Any, recipe: Recipe, seed: int) -> frozenset[int]:
    weights = recipe.model.weights
    whole = [tuple(v.shape) for v in model.weights] == [w.shape for w in weights]
    keep = recipe.model.warm or (seed == 0 and whole)
    fits = len(model.weights) == len(weights)
    given = {id(model.weights[place]) for place in recipe.model.given if fits}
    return frozenset() if keep else frozenset(id(v) for v in model.trainable_variables) - given


def _state(model: Any) -> Any:
    return (
        [keras.ops.convert_to_numpy(v) for v in model.trainable_variables],
        [keras.ops.convert_to_numpy(v) for v in model.non_trainable_variables],
        [],
    )
