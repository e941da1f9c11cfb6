"""One process's work: groups of arms, the fallback to ``fit``, the saved model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Data, Recipe
from unstuck.remedies import (
    FreshWeights,
    LinearOutput,
    LogTargets,
    SetRate,
    StandardizeInputs,
    StandardizeTargets,
    Widen,
)
from unstuck.trial import Arm, Ending
from unstuck.trials.plan import checkpoints, grouped
from unstuck.trials.split import split
from unstuck.trials.task import Task
from unstuck.trials.work import Bench

RNG = np.random.default_rng(4)
X = RNG.normal(size=(300, 3)) * 50
Y = np.abs(X[:, 0]) + 400


class Halt(keras.callbacks.Callback):
    """A callback of the program's own, which ends the training after two epochs."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        print("epoch", epoch)
        self.model.stop_training = epoch >= 1


def _recipe(*, activation: str = "relu", epochs: int = 4, **fit: object) -> Recipe:
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(1, activation)]
    )
    model.compile(optimizer="adam", loss="mse")
    return capture_fit(model, X, Y, epochs=epochs, batch_size=10, **fit)


def _arm(recipe: Recipe, *remedies: object, seeds: int = 3) -> Arm:
    return Arm(frozenset(remedies), tuple(range(seeds)), recipe.fit.steps)


def test_fresh_weights_begin_apart_from_those_that_were_set() -> None:
    """In one program, but not with the weights of another arm; each seed has its own."""
    recipe = _recipe()
    zeros = tuple(np.zeros_like(w) for w in recipe.model.weights)
    model = replace(recipe.model, weights=zeros, warm=True, sample_output=())
    recipe = replace(recipe, model=model)
    groups, _ = grouped(recipe, [_arm(recipe), _arm(recipe, FreshWeights())])
    bench = Bench(recipe)
    replies = [bench.run(Task(group, 600, weights=True)) for group in groups]
    as_set, fresh = (reply.weights[0] for reply in replies)
    assert (len(bench.lowered), np.ptp(as_set)) == (1, 0)
    assert all(np.ptp(kernel) > 0 for kernel in fresh)
    assert len(np.unique(fresh, axis=0)) == 3


def test_arms_that_differ_in_numbers_share_a_program() -> None:
    recipe = _recipe()
    arms = [
        _arm(recipe),
        _arm(recipe, StandardizeInputs(), StandardizeTargets()),
        _arm(recipe, SetRate(0.1)),
        _arm(recipe, LinearOutput()),
        _arm(recipe, Widen()),
    ]
    groups, failures = grouped(recipe, arms)
    assert [len(g.arms) for g in groups] == [3, 1, 1]
    assert failures == []


def test_a_remedy_that_does_not_apply_fails_alone() -> None:
    recipe = _recipe(activation="linear")
    groups, (failure,) = grouped(recipe, [_arm(recipe), _arm(recipe, LinearOutput())])
    assert len(groups) == 1
    assert "no activation" in failure.message
    assert {o.ending for o in failure.outcomes} == {Ending.FAILED}


def test_a_group_is_trained_and_watched() -> None:
    recipe = _recipe()
    (group,), _ = grouped(recipe, [_arm(recipe), _arm(recipe, StandardizeTargets())])
    reply = Bench(recipe).run(Task(group, 60, observe=True))
    assert [r.engine for r in reply.results] == ["compiled", "compiled"]
    assert reply.forward_error < 1e-5
    trace = reply.trace
    assert trace is not None
    assert trace.loss.shape == (3, len(trace.steps))
    assert trace.layers == ("dense", "dense_1") or len(trace.layers) == 2
    assert trace.steps[0] == 0
    assert trace.steps[-1] == recipe.fit.steps
    assert [share.shape[:2] for share in trace.silent.values()] == [(3, 2)] * 2
    assert trace.size.shape == trace.gradient.shape
    assert not trace.penalty.size
    outcomes = reply.results[0].outcomes
    assert [o.seed for o in outcomes] == [0, 1, 2]
    assert all(o.steps == recipe.fit.steps for o in outcomes)


def test_penalties_and_pinned_units_are_watched() -> None:
    layers = [
        keras.layers.Dense(4, "tanh", kernel_regularizer="l2", activity_regularizer="l1"),
        keras.layers.Dense(1),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("adam", "mse")
    recipe = capture_fit(model, X, Y, epochs=2, batch_size=10)
    (group,), _ = grouped(recipe, [_arm(recipe)])
    trace = Bench(recipe).run(Task(group, 60, observe=True)).trace
    assert trace is not None
    assert trace.penalty.shape == trace.unpenalised.shape == trace.gradient.shape
    assert (trace.penalty[..., 0] > 0).all()
    assert not trace.penalty[..., 1].any()
    (pinned,) = trace.pinned.values()
    assert pinned.shape == (3, 2, 4)
    assert pinned.mean() > 0.9  # inputs have a spread of fifty
    whole = np.square(trace.penalty + trace.unpenalised)
    assert (np.square(trace.gradient) <= whole * 1.001).all()


def test_the_same_trials_come_to_the_same() -> None:
    recipe = _recipe()
    (group,), _ = grouped(recipe, [_arm(recipe)])
    first, second = (Bench(recipe).run(Task(group, 60)).results[0] for _ in range(2))
    assert [o.score for o in first.outcomes] == [o.score for o in second.outcomes]


def test_the_pace_is_measured_without_results() -> None:
    recipe = _recipe(epochs=200_000)
    (group,), _ = grouped(recipe, [_arm(recipe, seeds=16)])
    reply = Bench(recipe).run(Task(group, 60, pace=True))
    assert reply.results == ()
    assert 0 < reply.seconds_a_step < 0.01
    steered = replace(recipe, fit=replace(recipe.fit, callbacks=("Halt",)))
    (group,), _ = grouped(steered, [_arm(steered)])
    assert Bench(steered).run(Task(group, 60, pace=True)).seconds_a_step == 0


def test_what_steers_in_a_way_of_its_own_is_trained_by_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe = _recipe(epochs=50, callbacks=[Halt()])
    (group,), _ = grouped(recipe, [_arm(recipe, seeds=2)])
    result = Bench(recipe).run(Task(group, 60)).results[0]
    assert result.engine == "fit"
    assert "Halt" in result.message
    assert len(result.outcomes) == 2
    assert {o.steps for o in result.outcomes} == {2 * 24}
    assert "epoch" not in capsys.readouterr().out


def test_a_callback_that_cannot_be_carried_over_is_refused_by_name() -> None:
    recipe = _recipe(callbacks=[Halt()])
    bare = replace(recipe, fit=replace(recipe.fit, callback_configs={}))
    (group,), _ = grouped(bare, [_arm(bare)])
    result = Bench(bare).run(Task(group, 60)).results[0]
    assert "the callback Halt cannot be made again" in result.message
    assert {o.ending for o in result.outcomes} == {Ending.FAILED}


@pytest.mark.parametrize("targets", [StandardizeTargets(), LogTargets()])
def test_the_saved_model_takes_and_gives_the_programs_numbers(
    tmp_path: Path, targets: StandardizeTargets | LogTargets
) -> None:
    recipe = _recipe(epochs=80)
    (group,), _ = grouped(recipe, [_arm(recipe, StandardizeInputs(), targets, LinearOutput())])
    reply = Bench(recipe).run(Task(group, 60, keep=True))
    assert reply.model is not None
    path = tmp_path / "cured.keras"
    path.write_bytes(reply.model)
    model = keras.saving.load_model(path)
    rows = split(recipe).judged
    given = model.predict(rows.inputs[0].astype("float32"), verbose=0).ravel()
    score = 1 - np.mean((given - rows.targets[0]) ** 2) / np.var(rows.targets[0])
    assert score == pytest.approx(max(o.score for o in reply.results[0].outcomes), abs=1e-3)


def test_rows_that_judge() -> None:
    recipe = _recipe()
    rows = split(recipe)
    assert rows.judged.rows == 60
    assert rows.train.rows == 240
    few = replace(recipe, data=recipe.data.take(slice(0, 20)))
    assert split(few).judged.rows == 20
    table = replace(recipe, data=recipe.data.take(np.arange(300) % 4))
    assert split(table).judged.rows == 4
    assert split(table).train.rows == 300


def test_equal_rows_that_contradict_each_other_all_judge() -> None:
    """The first of each would be one draw of many: here 4 of 4 may be the rarer ones."""
    recipe, random = _recipe(), np.random.default_rng(0)
    inputs = recipe.data.take(np.arange(300) % 4).inputs
    noisy = replace(recipe, data=Data(inputs, (random.normal(size=300),)))
    rows = split(noisy)
    assert rows.judged.rows == rows.train.rows == rows.sample == 300
    assert "equal inputs have different targets" in rows.rule


def test_rows_that_are_all_there_can_be_judge_themselves() -> None:
    bits = ((np.arange(64)[:, None] >> np.arange(6)) & 1).astype(np.float32)
    recipe = _recipe()
    whole = replace(recipe, data=Data((bits,), (bits.sum(axis=1) % 2,)))
    assert split(whole).judged.rows == split(whole).train.rows == 64
    but_one = replace(whole, data=whole.data.take(slice(1, None)))
    assert split(but_one).judged.rows < 63
    one_number = replace(whole, data=Data((np.arange(64.0)[:, None],), whole.data.targets))
    assert split(one_number).judged.rows < 64


def test_checkpoints_are_dense_early_and_end_at_the_end() -> None:
    points = checkpoints(10_000)
    assert points[0] == 20
    assert points[-1] == 10_000
    assert list(points) == sorted(set(points))
    assert checkpoints(1) == (1,)
    assert checkpoints(0) == ()
