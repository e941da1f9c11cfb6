"""Callbacks that end a training or change its rate do so in every lane as they do in ``fit``."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.errors import Unsupported
from unstuck.recipe import Recipe
from unstuck.remedies import SetRate
from unstuck.trial import NOTHING, Arm, ArmResult, Ending
from unstuck.trials import fallback
from unstuck.trials.engine import Lanes
from unstuck.trials.loop import Loop
from unstuck.trials.lower import Lowered
from unstuck.trials.plan import Group
from unstuck.trials.task import Task
from unstuck.trials.work import Bench

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(11)
layers, callbacks = keras.layers, keras.callbacks
X = RNG.normal(size=(50, 3)).astype("float32")
Y = X.sum(axis=1)
UNSEEN = RNG.normal(size=(41, 3)).astype("float32")


def _halved(epoch: int, rate: float) -> float:
    return rate / 2 if epoch else rate


STEERING = {
    "stops": lambda: [callbacks.EarlyStopping("val_loss", min_delta=0.05, patience=1)],
    "stops by a metric": lambda: [
        callbacks.EarlyStopping("val_mean_absolute_error", min_delta=0.1, mode="min")
    ],
    "stops and restores": lambda: [
        callbacks.EarlyStopping(
            "loss", min_delta=0.5, patience=2, restore_best_weights=True, start_from_epoch=1
        )
    ],
    "restores at the end": lambda: [
        callbacks.EarlyStopping("val_loss", mode="max", patience=50, restore_best_weights=True)
    ],
    "slows": lambda: [
        callbacks.ReduceLROnPlateau("loss", 0.1, patience=1, min_delta=0.3, cooldown=1)
    ],
    "schedules": lambda: [callbacks.LearningRateScheduler(_halved)],
    "two of a kind": lambda: [
        callbacks.EarlyStopping("loss", baseline=0.0, patience=50),
        callbacks.EarlyStopping("val_loss", min_delta=10, patience=2),
    ],
    "waits for what is not there": lambda: [callbacks.EarlyStopping("val_nothing", mode="min")],
}


def _model(*made: Any, optimizer: Any = None) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), *made, layers.Dense(1)])
    metrics = ["mae", keras.metrics.MeanAbsoluteError()]
    model.compile(optimizer or keras.optimizers.SGD(0.05), "mse", metrics=metrics)
    return model


def _recipe(model: keras.Model, **fit: Any) -> Recipe:
    """All of the rows train, for the judging ones are the program's own validation data."""
    judged = (UNSEEN, UNSEEN.sum(axis=1))
    options = {"epochs": 12, "batch_size": 12, "shuffle": False, "validation_data": judged}
    return capture_fit(model, X, Y, **{**options, **fit})


def _task(recipe: Recipe, seeds: tuple[int, ...]) -> Task:
    return Task(Group((Arm(NOTHING, seeds, recipe.fit.steps),), (recipe,)), 600, whole=True)


def _trained(recipe: Recipe, seeds: tuple[int, ...] = (0,)) -> ArmResult:
    return Bench(recipe).run(_task(recipe, seeds)).results[0]


def _score(model: keras.Model) -> float:
    wanted = UNSEEN.sum(axis=1)
    found = model.predict(UNSEEN, verbose=0)[:, 0]
    return float(1 - np.mean((found - wanted) ** 2) / np.var(wanted))


@pytest.mark.filterwarnings("ignore:Early stopping conditioned on metric")
@pytest.mark.parametrize("name", STEERING)
def test_callbacks_steer_as_in_fit(name: str) -> None:
    """From the program's own weights, over the same batches, smaller last ones among them, to the
    same end."""
    model = _model()
    result = _trained(_recipe(model, callbacks=STEERING[name]()))
    given = {"epochs": 12, "batch_size": 12, "shuffle": False, "verbose": 0}
    judged = (UNSEEN, UNSEEN.sum(axis=1))
    history = model.fit(X, Y, validation_data=judged, callbacks=STEERING[name](), **given)
    assert result.engine == "compiled"
    assert result.outcomes[0].steps == 5 * len(history.epoch)
    assert result.outcomes[0].score == pytest.approx(_score(model), abs=1e-4)
    if name.startswith(("stops", "two")):
        assert len(history.epoch) < 12


def test_a_training_that_time_cuts_off_goes_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its weights are those that ``fit`` would leave after as many epochs."""
    model = _model()
    recipe = _recipe(model, callbacks=STEERING["restores at the end"]())
    bench = Bench(recipe)
    lanes = Lanes(Lowered(recipe), (recipe,), bench.split, (0,))
    lanes.advance(25, time.monotonic() + 600)
    monkeypatch.setattr("unstuck.trials.loop.checkpoints", lambda steps: (30,))
    loop = Loop(lanes, bench.measure, 60, None)
    loop.run(deadline=0.0)
    judged, restoring = (UNSEEN, UNSEEN.sum(axis=1)), STEERING["restores at the end"]()
    given = {"epochs": 5, "batch_size": 12, "shuffle": False, "verbose": 0}
    model.fit(X, Y, validation_data=judged, callbacks=restoring, **given)
    (outcome,) = loop.outcomes(0)
    assert (outcome.ending, outcome.steps) == (Ending.OUT_OF_TIME, 25)
    assert outcome.score == pytest.approx(_score(model), abs=1e-4)


def test_a_perfect_score_settles_nothing_where_other_weights_may_come_back() -> None:
    """``fit`` trains on, and here goes back to its worst weights."""
    rising = callbacks.EarlyStopping("val_loss", mode="max", patience=50, restore_best_weights=True)
    recipe = _recipe(_model(optimizer="sgd"), callbacks=[rising], epochs=400)
    recipe = SetRate(0.1).apply(recipe)
    task = Task(Group((Arm(NOTHING, (0,), recipe.fit.steps),), (recipe,)), 600)
    (outcome,) = Bench(recipe).run(task).results[0].outcomes
    assert outcome.ending is Ending.FINISHED
    assert outcome.score < 0.9


@pytest.mark.filterwarnings("ignore:Early stopping conditioned on metric")
@pytest.mark.parametrize("name", ["stops and restores", "slows", "two of a kind"])
def test_each_lane_is_steered_by_itself(name: str) -> None:
    """Seeds end where they end when trained alone, and as ``fit`` trains them."""
    recipe = _recipe(_model(layers.Dense(4, "tanh")), callbacks=STEERING[name]())
    together = _trained(recipe, (0, 1, 2)).outcomes
    alone = [_trained(recipe, (seed,)).outcomes[0] for seed in (0, 1, 2)]
    assert [o.steps for o in together] == [o.steps for o in alone]
    np.testing.assert_allclose([o.score for o in together], [o.score for o in alone], atol=1e-4)
    bench = Bench(recipe)
    (by_fit,), _ = fallback.train(_task(recipe, (0,)), bench.split, bench.measure, 1e12)
    assert by_fit.outcomes[0].steps == together[0].steps
    assert by_fit.outcomes[0].score == pytest.approx(together[0].score, abs=1e-4)


def test_arms_with_other_rates_are_steered_side_by_side() -> None:
    recipe = _recipe(_model(), callbacks=STEERING["stops"]())
    slow = SetRate(1e-4)
    arms = tuple(Arm(frozenset(r), (0,), recipe.fit.steps) for r in ((), (slow,)))
    results = Bench(recipe).run(Task(Group(arms, (recipe, slow.apply(recipe))), 600)).results
    usual, slowed = (r.outcomes[0] for r in results)
    assert slowed.steps < usual.steps
    assert slowed.score < usual.score


def test_a_schedule_begins_at_the_first_epoch() -> None:
    def rate(epoch: int, rate: float) -> float:
        return rate * 0 if epoch < 9 else rate

    recipe = _recipe(_model(), initial_epoch=9, callbacks=[callbacks.LearningRateScheduler(rate)])
    result = _trained(recipe)
    assert (recipe.fit.epochs, recipe.fit.first_epoch) == (3, 9)
    assert (result.engine, result.outcomes[0].steps) == ("compiled", 15)
    assert result.outcomes[0].score > 0


@pytest.mark.parametrize(
    ("callback", "optimizer", "named"),
    [
        (callbacks.EarlyStopping("mae", mode="min"), "sgd", "steers by mae of the training rows"),
        (
            callbacks.LearningRateScheduler(_halved),
            keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)),
            "sets the learning rate, which is a schedule's",
        ),
    ],
)
def test_what_lanes_cannot_be_steered_by_is_refused(
    callback: Any, optimizer: Any, named: str
) -> None:
    recipe = _recipe(_model(optimizer=optimizer), callbacks=[callback])
    with pytest.raises(Unsupported, match=named):
        Bench(recipe)._compiled(_task(recipe, (0,)), 1e12)


def test_a_training_without_steering_has_no_metrics_to_compute() -> None:
    assert len(Lowered(_recipe(_model())).metrics) < len(
        Lowered(_recipe(_model(), callbacks=STEERING["stops by a metric"]())).metrics
    )
