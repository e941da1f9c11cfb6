"""What the engine does not train it refuses by name, and ``fit`` trains it, as written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Recipe
from unstuck.trial import NOTHING, Arm, ArmResult, Ending
from unstuck.trials.plan import Group
from unstuck.trials.task import Task
from unstuck.trials.work import Bench

RNG = np.random.default_rng(11)
layers, callbacks = keras.layers, keras.callbacks
X = RNG.normal(size=(50, 3)).astype("float32")
Y = X.sum(axis=1)
UNSEEN = RNG.normal(size=(40, 3)).astype("float32")


def _model(*made: Any, optimizer: Any = None, **compiled: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), *made, layers.Dense(1)])
    model.compile(optimizer or keras.optimizers.SGD(0.05), "mse", **compiled)
    return model


def _recipe(model: keras.Model, **fit: Any) -> Recipe:
    """All of the rows train, for the judging ones are the program's own validation data."""
    judged = (UNSEEN, UNSEEN.sum(axis=1))
    options = {"epochs": 12, "batch_size": 10, "shuffle": False, "validation_data": judged}
    return capture_fit(model, X, Y, **{**options, **fit})


def _trained(recipe: Recipe, seeds: tuple[int, ...] = (0,)) -> ArmResult:
    group = Group((Arm(NOTHING, seeds, recipe.fit.steps),), (recipe,))
    return Bench(recipe).run(Task(group, 600)).results[0]


def _score(model: keras.Model) -> float:
    wanted = UNSEEN.sum(axis=1)
    found = model.predict(UNSEEN, verbose=0)[:, 0]
    return float(1 - np.mean((found - wanted) ** 2) / np.var(wanted))


def test_metrics_that_cannot_be_carried_over_are_named() -> None:
    stopping = callbacks.EarlyStopping("val_mae", mode="min")
    recipe = _recipe(_model(metrics=["mae"]), callbacks=[stopping])
    bare = replace(recipe, compiled=replace(recipe.compiled, metrics=b""))
    result = _trained(bare)
    assert "the metrics by which EarlyStopping steers" in result.message
    assert {o.ending for o in result.outcomes} == {Ending.FAILED}


def _averaging() -> keras.Model:
    return _model(optimizer=keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.8))


def _eager() -> keras.Model:
    """With a layer of its own, which may look at numbers."""
    return _model(layers.Lambda(lambda x: x * 1.0), run_eagerly=True)


class Stepping(keras.Sequential):
    def train_step(self, *given: Any) -> Any:
        return super().train_step(*given)


def _stepping() -> keras.Model:
    model = Stepping([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (_averaging, "the optimizer SGD ends with averaged weights (use_ema)"),
        (_eager, "the model runs eagerly"),
        (_stepping, "the model has a train_step of its own"),
    ],
)
def test_what_fit_trains_instead(made: Any, named: str) -> None:
    """By name, and to the same end as the program's own ``fit``."""
    model = made()
    recipe = _recipe(model)
    assert recipe.obstacle == named
    result = _trained(recipe, (0, 1))
    assert (result.engine, result.message) == ("fit", named)
    model.fit(X, Y, epochs=12, batch_size=10, shuffle=False, verbose=0)
    first, second = (o.score for o in result.outcomes)
    assert first == pytest.approx(_score(model), abs=1e-4)
    assert second > 0.5
    assert second != first


def test_fit_begins_with_what_the_program_has_adapted_and_trained() -> None:
    """Statistics of a ``Normalization``, weights, moments and the number of the step."""
    adapted = layers.Normalization()
    adapted.adapt(X * 9 + 5)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 20, 0.5)
    model = _model(adapted, optimizer=keras.optimizers.Adam(schedule))
    model.fit(X, Y, epochs=1, shuffle=False, verbose=0)
    recipe = _recipe(model, epochs=3, callbacks=[callbacks.LambdaCallback()])
    result = _trained(recipe)
    history = model.fit(X, Y, epochs=3, batch_size=10, shuffle=False, verbose=0).history
    assert result.engine == "fit"
    losses = [loss for _, loss, _ in result.outcomes[0].curve]
    assert losses == pytest.approx(history["loss"], abs=1e-4)
    assert result.outcomes[0].score == pytest.approx(_score(model), abs=1e-4)


def test_layers_with_a_state_are_refused() -> None:
    made = [keras.Input(batch_shape=(10, 4, 2)), layers.LSTM(2, stateful=True, name="memory")]
    model = keras.Sequential([*made, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = RNG.normal(size=(40, 4, 2)).astype("float32")
    recipe = capture_fit(model, x, x.sum(axis=(1, 2)), batch_size=10)
    assert recipe.obstacle == "the layer memory keeps its state from batch to batch"


def test_batches_of_unlike_sizes_are_refused() -> None:
    class Growing(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> tuple:
            rows = slice(0, 10) if index == 0 else slice(10, 25)
            return X[rows], Y[rows]

    assert capture_fit(_model(), Growing()).obstacle == "the batches differ in size"


def test_a_training_without_targets_is_refused() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.ActivityRegularization(0.1)])
    model.compile("sgd")
    recipe = capture_fit(model, X)
    assert recipe.obstacle == "there are no targets to judge by"
    assert {o.ending for o in _trained(recipe).outcomes} == {Ending.FAILED}
