"""Remedies of rows, targets and settings of the training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_recipes import (
    COLUMN,
    HOLED,
    READERS,
    ROWS,
    make_recipe,
    normalised,
    optimized,
    steered,
)

from unstuck.errors import RemedyError
from unstuck.recipe import (
    Data,
    Fit,
    Loss,
    Optimizer,
    Recipe,
)
from unstuck.remedies import (
    AdaptNormalization,
    ClassTargets,
    ConstantRate,
    CopyBatches,
    FillMissing,
    LogTargets,
    MatchShapes,
    RemoveCallback,
    RemoveClipping,
    RemoveWeightDecay,
    SetBatchSize,
    SetRate,
    ShuffleRows,
    StandardizeTargets,
    TrainLonger,
    UnscaleIds,
    UseAdam,
)
from unstuck.remedy import Remedy, apply_all


def test_what_is_missing_becomes_the_median_of_its_feature() -> None:
    (filled,) = FillMissing().apply(make_recipe(data=HOLED)).trained_inputs()
    assert filled.tolist() == [[1.0, 6.0], [3.0, 4.0], [2.0, 8.0]]


def test_rates() -> None:
    kept = ConstantRate().apply(make_recipe()).optimizer
    assert (kept.learning_rate, kept.schedule) == (0.1, None)
    assert kept.config["config"] == {"learning_rate": 0.1, "momentum": 0.9}
    assert SetRate(0.5).apply(make_recipe()).optimizer.config["config"]["learning_rate"] == 0.5
    adam = UseAdam().apply(make_recipe()).optimizer
    assert (adam.name, adam.config["class_name"], adam.schedule) == ("Adam", "Adam", None)


def test_settings_change_where_they_stand() -> None:
    inner = {"class_name": "Adam", "config": {"clipnorm": 0.5, "epsilon": 1.0}}
    config = {"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": inner}}
    recipe = make_recipe(optimizer=Optimizer("LossScaleOptimizer", config, 0.1))
    cured = RemoveClipping().apply(recipe).optimizer
    assert cured.settings == {"clipnorm": None, "epsilon": 1.0}
    assert recipe.optimizer.settings["clipnorm"] == 0.5
    decayed = optimized(weight_decay=0.5)
    adamw = replace(decayed, optimizer=replace(decayed.optimizer, name="AdamW"))
    assert RemoveWeightDecay().apply(adamw).optimizer.settings["weight_decay"] == 0.004


def test_batches_of_another_size_make_as_many_epochs() -> None:
    fit = SetBatchSize(16).apply(make_recipe(data=ROWS)).fit
    assert (fit.batch_size, fit.steps_per_epoch, fit.epochs) == (16, 3, 5)


def test_only_callbacks_of_one_class_are_removed() -> None:
    fit = RemoveCallback("EarlyStopping").apply(steered()).fit
    assert (fit.callbacks, fit.callback_configs) == (("CSVLogger",), {})


def test_train_longer_multiplies_the_epochs() -> None:
    assert TrainLonger(4).apply(make_recipe()).fit.steps == 4 * make_recipe().fit.steps


def test_copied_batches_are_those_drawn() -> None:
    recipe = make_recipe()
    data = CopyBatches().apply(recipe).data
    assert not data.shared_memory
    np.testing.assert_array_equal(data.inputs[0], recipe.data.inputs[0] + 1)


def _split_off(rows: int, known: int = 0) -> Recipe:
    """Sorted rows with the last split off, ``known`` of them in the training set too."""
    x = np.arange(400.0)[:, None]
    data, held = Data((x[:-rows],), (x[:-rows, 0],)), Data((x[-rows:],), (x[-rows:, 0],))
    if known:
        held.inputs[0][1 : 2 * known : 2] = x[:known]
    return make_recipe(data=data, validation=held, fit=Fit(5, 8, 5, validation_split=rows / 400))


def test_mixed_rows_are_none_that_judge() -> None:
    recipe = _split_off(100)
    changed = ShuffleRows().apply(recipe)
    judging, spare = recipe.set_apart() or (recipe.data, None)
    assert spare is not None
    assert changed.data.rows == recipe.data.rows
    assert changed.validation is not None
    both = {*changed.data.targets[0], *changed.validation.targets[0]}
    assert both == {*recipe.data.targets[0], *spare.targets[0]}
    assert not both & {*judging.targets[0]}
    np.testing.assert_array_equal(changed.data.inputs[0][:, 0], changed.data.targets[0])


def test_rows_of_other_classes_are_mixed_though_there_are_few() -> None:
    strange = _split_off(40)
    classes = [np.repeat([0.0, 1.0], len(strange.data.targets[0]) // 2), np.full(40, 2.0)]
    sides = [
        replace(d, targets=(y,))
        for d, y in zip((strange.data, strange.validation), classes, strict=True)
    ]
    mixed = ShuffleRows().apply(replace(strange, data=sides[0], validation=sides[1]))
    assert (mixed.data.targets[0] == 2).any()


@pytest.mark.parametrize(("rows", "known"), [(40, 0), (100, 20)])
def test_rows_are_not_mixed_where_training_rows_judge(rows: int, known: int) -> None:
    with pytest.raises(RemedyError):
        ShuffleRows().apply(_split_off(rows, known))


@pytest.mark.parametrize(
    "chosen",
    [
        {StandardizeTargets()},
        {LogTargets()},
        {MatchShapes()},
        {ClassTargets()},
        {MatchShapes(), StandardizeTargets()},
        {MatchShapes(), LogTargets()},
        {MatchShapes(), ClassTargets()},
    ],
    ids=lambda chosen: "+".join(sorted(r.name for r in chosen)),
)
def test_perfect_outputs_are_turned_back_into_the_targets(chosen: set[Remedy]) -> None:
    flat = any(isinstance(r, MatchShapes) for r in chosen)
    recipe = apply_all(make_recipe(y=COLUMN if flat else COLUMN[:, None]), chosen)
    back = recipe.answers(recipe.trained_targets())[0]
    assert back.shape == recipe.data.targets[0].shape
    np.testing.assert_allclose(back, recipe.data.targets[0], atol=1e-5)


@pytest.mark.parametrize("names", [("price", "sold"), ()])
def test_targets_of_other_outputs_stay(names: tuple[str, ...]) -> None:
    labels = (COLUMN > 2).astype(int)
    data = Data((COLUMN,), (1000.0 * COLUMN, labels))
    loss = Loss("mean_squared_error", outputs=names)
    chosen = StandardizeTargets((names or ("output 1",))[:1])
    changed = chosen.apply(make_recipe(data=data, loss=loss))
    prices, same = changed.trained_targets()
    assert prices.std() == pytest.approx(1.0, abs=1e-5)
    assert same is labels
    np.testing.assert_allclose(changed.answers((prices, same))[0], data.targets[0], atol=1e-2)
    assert changed.answers((prices, same))[1] is labels


def test_each_feature_is_scaled_by_its_own_numbers() -> None:
    made = normalised()
    x = made.data.inputs[0]
    (scaling, _) = AdaptNormalization("scaling").apply(made).model.layers
    np.testing.assert_allclose(scaling.config["mean"], x.mean(axis=0))
    np.testing.assert_allclose(scaling.config["variance"], x.var(axis=0))


@given(st.integers(2, 100_000), st.data())
def test_scaled_ids_are_whole_again(factor: int, data: st.DataObject) -> None:
    ids = np.array(data.draw(st.lists(st.integers(0, factor - 1), min_size=1, max_size=40)))
    scaled = (ids / factor).astype(np.float32)[:, None]
    cured = UnscaleIds(factor).apply(make_recipe(READERS, data=Data((scaled,), (ids,))))
    np.testing.assert_array_equal(np.trunc(cured.trained_inputs()[0])[:, 0], ids)
