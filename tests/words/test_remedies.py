"""Remedies: each changes what it says and nothing else, or says why it cannot."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_recipes import (
    AT_END,
    BITS,
    COLD,
    COLUMN,
    CONSTANT,
    DROPPED,
    HEAD,
    HOLED,
    NORMED,
    OTHER,
    PENALISED,
    READERS,
    RECURRENT,
    ROWS,
    SOFTMAX,
    STACK,
    STEPS,
    STRAIGHT,
    flat,
    loaded,
    make_layer,
    make_recipe,
    normalised,
    optimized,
    steered,
    weighed,
)

from unstuck import remedies
from unstuck.errors import RemedyError
from unstuck.recipe import (
    Data,
    Fit,
    Loss,
    ModelKind,
    Optimizer,
    Recipe,
)
from unstuck.remedies import (
    AdaptNormalization,
    BalanceClasses,
    BatchNormMomentum,
    ClassTargets,
    ClipGradients,
    ConstantRate,
    CopyBatches,
    DefaultInitializers,
    DrawWeights,
    DropoutRate,
    DropRescaling,
    EqualWeights,
    FillMissing,
    FreshWeights,
    HiddenActivation,
    LastAxis,
    LastStep,
    LayerNorm,
    LeakyRelu,
    LinearOutput,
    LogTargets,
    MaskPadding,
    MatchShapes,
    OptimizerDefaults,
    OtherNetwork,
    OutputUnits,
    PeriodFeatures,
    ProbabilityOutput,
    RemoveCallback,
    RemoveClipping,
    RemoveLayer,
    RemovePenalties,
    RemoveWeightDecay,
    ResizeEmbedding,
    SetBatchSize,
    SetRate,
    ShuffleRows,
    SoftmaxAxis,
    SpreadSteps,
    StandardizeInputs,
    StandardizeTargets,
    TrainAtAll,
    TrainLonger,
    Unfreeze,
    UnscaleIds,
    UseAdam,
    UseLoss,
    Widen,
)
from unstuck.remedy import Remedy, apply_all

APPLIES: dict[Remedy, tuple[Callable[[], Recipe], set[str]]] = {
    StandardizeInputs(): (make_recipe, {"before"}),
    FillMissing(): (lambda: make_recipe(data=HOLED), {"before"}),
    StandardizeTargets(): (make_recipe, {"after"}),
    LogTargets(): (make_recipe, {"after"}),
    ClassTargets(): (lambda: make_recipe(y=COLUMN[:, None]), {"model", "loss", "after"}),
    MatchShapes(): (lambda: make_recipe(y=COLUMN), {"after"}),
    CopyBatches(): (make_recipe, {"data"}),
    PeriodFeatures(5, BITS): (make_recipe, {"model", "before"}),
    LinearOutput(): (make_recipe, {"model"}),
    ProbabilityOutput("sigmoid"): (make_recipe, {"model"}),
    OutputUnits(3): (make_recipe, {"model"}),
    LeakyRelu(): (make_recipe, {"model"}),
    RemoveLayer("drop"): (lambda: make_recipe(AT_END), {"model"}),
    SoftmaxAxis("soft"): (lambda: make_recipe(SOFTMAX), {"model"}),
    UseLoss("binary_crossentropy", "sigmoid"): (make_recipe, {"model", "loss"}),
    Widen(): (make_recipe, {"model"}),
    SpreadSteps(): (lambda: make_recipe(RECURRENT), {"model"}),
    HiddenActivation(): (lambda: make_recipe(STRAIGHT), {"model"}),
    DropoutRate(): (lambda: make_recipe(DROPPED), {"model"}),
    BatchNormMomentum(): (lambda: make_recipe(NORMED), {"model"}),
    LayerNorm(): (lambda: make_recipe(NORMED), {"model"}),
    LastAxis(): (lambda: make_recipe(NORMED), {"model"}),
    Unfreeze(): (lambda: make_recipe(COLD), {"model"}),
    LastStep(): (lambda: make_recipe(STEPS), {"model"}),
    ConstantRate(): (make_recipe, {"optimizer"}),
    SetRate(0.5): (make_recipe, {"optimizer"}),
    UseAdam(): (make_recipe, {"optimizer"}),
    TrainLonger(): (make_recipe, {"fit"}),
    TrainAtAll(50): (make_recipe, {"fit"}),
    DefaultInitializers(("head",)): (lambda: make_recipe(CONSTANT), {"model"}),
    FreshWeights(): (loaded, {"model"}),
    RemovePenalties(): (lambda: make_recipe(PENALISED), {"model"}),
    RemoveWeightDecay(): (lambda: optimized(weight_decay=0.5), {"optimizer"}),
    RemoveClipping(): (lambda: optimized(clipnorm=0.5), {"optimizer"}),
    ClipGradients(): (optimized, {"optimizer"}),
    OptimizerDefaults(("epsilon",)): (lambda: optimized(epsilon=1.0), {"optimizer"}),
    SetBatchSize(16): (lambda: make_recipe(data=ROWS), {"fit"}),
    RemoveCallback("EarlyStopping"): (steered, {"fit"}),
    DropRescaling("scaling"): (lambda: make_recipe(READERS), {"model"}),
    MaskPadding("ids"): (lambda: make_recipe(READERS), {"model"}),
    ResizeEmbedding("ids", 90): (lambda: make_recipe(READERS), {"model"}),
    AdaptNormalization("scaling"): (normalised, {"model"}),
    DrawWeights(("own",)): (flat, {"model"}),
    UnscaleIds(20): (lambda: make_recipe(READERS), {"before"}),
    ShuffleRows(): (lambda: make_recipe(fit=replace(OTHER.fit, shuffle=False)), {"data", "fit"}),
    EqualWeights(): (weighed, {"data"}),
    BalanceClasses((1.0, 2.0, 0.5, 1.0, 1.0)): (lambda: make_recipe(y=COLUMN), {"data"}),
    OtherNetwork("other", "one layer", OTHER): (make_recipe, {"model", "loss", "fit"}),
}


def _differing(before: Recipe, after: Recipe) -> set[str]:
    return {f.name for f in fields(Recipe) if not _equal(before, after, f.name)}


def _equal(one: Recipe, other: Recipe, name: str) -> bool:
    try:
        np.testing.assert_equal(asdict(one)[name], asdict(other)[name])
    except AssertionError:
        return False
    return True


def test_every_remedy_is_tried_here() -> None:
    assert {type(remedy).__name__ for remedy in APPLIES} == set(remedies.__all__)


@pytest.mark.parametrize("remedy", APPLIES, ids=lambda r: r.name)
def test_changes_only_what_it_says(remedy: Remedy) -> None:
    make, changed = APPLIES[remedy]
    before = make()
    untouched = deepcopy(before)
    assert _differing(before, remedy.apply(before)) == changed
    assert _differing(before, untouched) == set()


def test_names_are_their_own() -> None:
    assert len({remedy.name for remedy in APPLIES}) == len(APPLIES)
    assert all(remedy.describe()[0].islower() for remedy in APPLIES)


@pytest.mark.parametrize(
    ("remedy", "make"),
    [
        (StandardizeInputs(), lambda: make_recipe((make_layer("e", "Embedding", (4, 2)), HEAD))),
        (LogTargets(), lambda: make_recipe(y=-COLUMN)),
        (ClassTargets(), lambda: make_recipe((HEAD, make_layer("end", "Flatten", (1,))))),
        (MatchShapes(), make_recipe),
        (MatchShapes(), lambda: make_recipe(y=np.zeros((40, 2)))),
        (FillMissing(), make_recipe),
        (StandardizeTargets(("price",)), make_recipe),
        (CopyBatches(), lambda: make_recipe(data=Data((np.ones((4, 1)),), (np.ones(4),)))),
        (PeriodFeatures(5, (1.0, 2.0)), make_recipe),
        (LinearOutput(), lambda: make_recipe((replace(HEAD, config={"activation": "linear"}),))),
        (LinearOutput("other"), make_recipe),
        (OutputUnits(1), make_recipe),
        (OutputUnits(2), lambda: make_recipe((HEAD, make_layer("end", "Flatten", (1,))))),
        (RemoveLayer("hidden"), lambda: make_recipe(AT_END)),
        (SoftmaxAxis("head"), lambda: make_recipe(SOFTMAX)),
        (UseLoss("mean_squared_error"), make_recipe),
        (UseLoss("huber", "linear"), lambda: make_recipe(AT_END)),
        (UseLoss("huber"), lambda: make_recipe(data=Data((COLUMN,), (COLUMN, COLUMN)))),
        (LeakyRelu(), lambda: make_recipe((HEAD,))),
        (Widen(), lambda: make_recipe((STACK[2], HEAD))),
        (SpreadSteps(), make_recipe),
        (HiddenActivation(), make_recipe),
        (DropoutRate(0.9), lambda: make_recipe(DROPPED)),
        (BatchNormMomentum(0.99), lambda: make_recipe(NORMED)),
        (LayerNorm(), make_recipe),
        (LastAxis(), make_recipe),
        (Unfreeze(), make_recipe),
        (LastStep(), make_recipe),
        (DropRescaling("scaling"), make_recipe),
        (MaskPadding("inner"), lambda: make_recipe(READERS)),
        (ShuffleRows(), lambda: make_recipe(data=Data((np.ones((4, 1)),), (np.ones(4),)))),
        (EqualWeights(), make_recipe),
        (BalanceClasses((1.0, 2.0)), lambda: make_recipe(y=COLUMN)),
        (ConstantRate(), lambda: make_recipe(optimizer=Optimizer("SGD", {"config": {}}, 0.1))),
        (DefaultInitializers(("head",)), make_recipe),
        (DefaultInitializers(("hidden",)), lambda: make_recipe(CONSTANT)),
        (FreshWeights(), make_recipe),
        (FreshWeights(("hidden",)), make_recipe),
        (RemovePenalties(), make_recipe),
        (RemoveWeightDecay(), optimized),
        (RemoveClipping(), optimized),
        (ClipGradients(), lambda: optimized(clipvalue=0.5)),
        (OptimizerDefaults(("epsilon",)), lambda: optimized(epsilon=1e-7)),
        (SetBatchSize(16), make_recipe),
        (SetBatchSize(8), lambda: make_recipe(data=ROWS)),
        (RemoveCallback("EarlyStopping"), make_recipe),
        (UseAdam(), lambda: make_recipe(optimizer=Optimizer("Adam", {"config": {}}, 0.1))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_refuses_what_it_cannot_change(remedy: Remedy, make: Callable[[], Recipe]) -> None:
    with pytest.raises(RemedyError):
        remedy.apply(make())


@pytest.mark.parametrize("change", [{"kind": ModelKind.SUBCLASSED}, {"warm": True}])
def test_layers_out_of_reach_are_left(change: dict[str, Any]) -> None:
    recipe = make_recipe()
    with pytest.raises(RemedyError):
        Widen().apply(replace(recipe, model=replace(recipe.model, **change)))


def _configs(recipe: Recipe) -> dict[str, Any]:
    """Settings by layer, the same in the description and in the framework's configuration."""
    entries = [entry["config"] for entry in recipe.model.config["config"]["layers"]]
    assert entries == [dict(layer.config) for layer in recipe.model.layers]
    return {config["name"]: config for config in entries}


def test_layer_remedies_reach_the_layers_they_mean() -> None:
    as_written = _configs(make_recipe())
    for remedy, layer, update in [
        (LinearOutput(), "head", {"activation": "linear"}),
        (LinearOutput("wide"), "wide", {"activation": "linear"}),
        (ProbabilityOutput("softmax", "wide"), "wide", {"activation": "softmax"}),
        (OutputUnits(3), "head", {"units": 3}),
        (UseLoss("huber", "tanh"), "head", {"activation": "tanh"}),
        (Widen(32), "hidden", {"units": 32}),
        (PeriodFeatures(5, BITS), "input", {"batch_shape": [None, 4]}),
    ]:
        expected = {**as_written, layer: {**as_written[layer], **update}}
        assert _configs(remedy.apply(make_recipe())) == expected


def test_what_is_missing_becomes_the_median_of_its_feature() -> None:
    (filled,) = FillMissing().apply(make_recipe(data=HOLED)).trained_inputs()
    assert filled.tolist() == [[1.0, 6.0], [3.0, 4.0], [2.0, 8.0]]


def test_a_function_that_keeps_the_shape_can_be_left_out() -> None:
    rounds = replace(make_layer("round", "Lambda", (3,)), input_shape=(3,))
    model = RemoveLayer("round").apply(make_recipe((STACK[0], STACK[1], rounds, HEAD))).model
    assert model.layers[2].kind == "Identity"
    assert model.config["config"]["layers"][2]["class_name"] == "Identity"
    with pytest.raises(RemedyError):
        shaping = replace(rounds, input_shape=(4,))
        RemoveLayer("round").apply(make_recipe((STACK[0], STACK[1], shaping, HEAD)))


def test_leaky_units_take_the_place_of_those_that_lose_their_gradient() -> None:
    changed = LeakyRelu().apply(make_recipe()).model.layers
    assert [layer.activation for layer in changed[1:3]] == ["leaky_relu", "leaky_relu"]
    assert changed[3].activation == make_recipe().model.layers[3].activation


def test_changed_layers_start_afresh() -> None:
    model = Widen(32).apply(make_recipe()).model
    assert model.weights == ()
    assert model.layers[1].output_shape == (32,)


def test_layers_that_keep_their_shapes_keep_their_weights() -> None:
    for remedy, layers in [(DropoutRate(), DROPPED), (BatchNormMomentum(), NORMED)]:
        assert len(remedy.apply(make_recipe(layers)).model.weights) == 1
    warm = make_recipe(COLD)
    warm = replace(warm, model=replace(warm.model, warm=True))
    assert len(Unfreeze().apply(warm).model.weights) == 1


def test_a_layer_of_another_kind() -> None:
    model = LayerNorm().apply(make_recipe(NORMED)).model
    entry = model.config["config"]["layers"][2]
    assert entry["class_name"] == model.layers[2].kind == "LayerNormalization"
    assert entry["config"] == {"name": "norm", "axis": -1} == model.layers[2].config


def test_models_and_layers_in_frozen_models_are_trained() -> None:
    head = {"class_name": "Dense", "config": dict(COLD[-1].config)}
    frozen = {"name": "base", "trainable": False, "layers": [head]}
    config = {"config": {"layers": [{"class_name": "Functional", "config": frozen}]}}
    recipe = make_recipe(COLD)
    thawed = Unfreeze().apply(replace(recipe, model=replace(recipe.model, config=config)))
    inner = thawed.model.config["config"]["layers"][0]["config"]
    assert inner["trainable"] is inner["layers"][0]["config"]["trainable"] is True
    assert all(layer.trainable for layer in thawed.model.layers)


def test_both_directions_end_at_their_last_step() -> None:
    inner = {"class_name": "LSTM", "config": {"return_sequences": True, "units": 4}}
    both = make_layer("both", "Bidirectional", (7, 8), layer=inner, backward_layer=inner)
    model = LastStep().apply(make_recipe((both, STEPS[1]))).model
    config = model.config["config"]["layers"][0]["config"]
    for key in ("layer", "backward_layer"):
        assert config[key]["config"] == {"return_sequences": False, "units": 4}
    assert [layer.output_shape for layer in model.layers] == [(8,), (1,)]


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


def test_weights_that_were_not_drawn_stay() -> None:
    recipe = make_recipe()
    weights = (np.ones(3), np.full(2, 7.0))
    changed = Widen().apply(
        replace(recipe, model=replace(recipe.model, weights=weights, drawn=(0,)))
    )
    assert [w.tolist() for w in changed.model.weights] == [[], [7.0, 7.0]]


def test_weights_that_were_set_are_drawn() -> None:
    """As a whole, all but those of single layers and of adapted ones; or those of a layer."""
    whole = FreshWeights().apply(loaded()).model
    assert [w.size for w in whole.weights] == [1, 2, 0]
    assert (whole.warm, whole.given, whole.drawn) == (False, (1,), (2,))
    part = FreshWeights(("hidden",)).apply(loaded()).model
    assert [w.size for w in part.weights] == [1, 0, 3]
    assert (part.warm, part.given, part.drawn) == (True, (), (1, 2))


def test_layers_may_change_where_weights_are_drawn() -> None:
    with pytest.raises(RemedyError, match="carries loaded weights"):
        Widen().apply(loaded())
    assert not apply_all(loaded(), {Widen(), FreshWeights()}).model.warm


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


def test_period_features_fit_the_network() -> None:
    changed = PeriodFeatures(7, BITS).apply(make_recipe())
    width = changed.model.layers[0].config["batch_shape"][1]
    assert changed.trained_inputs()[0].shape == (40, width)


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


def test_flat_matrices_are_drawn_and_others_stay() -> None:
    first, last = DrawWeights(("own",)).apply(flat()).model.weights
    assert len(np.unique(first)) == first.size
    assert np.all(last == 1)


@given(st.integers(2, 100_000), st.data())
def test_scaled_ids_are_whole_again(factor: int, data: st.DataObject) -> None:
    ids = np.array(data.draw(st.lists(st.integers(0, factor - 1), min_size=1, max_size=40)))
    scaled = (ids / factor).astype(np.float32)[:, None]
    cured = UnscaleIds(factor).apply(make_recipe(READERS, data=Data((scaled,), (ids,))))
    np.testing.assert_array_equal(np.trunc(cured.trained_inputs()[0])[:, 0], ids)


LOOKUP = DropRescaling | MaskPadding | ResizeEmbedding | UnscaleIds | AdaptNormalization
ALONE = MatchShapes | SpreadSteps | OtherNetwork | LOOKUP | EqualWeights | BalanceClasses
ALONE |= RemoveLayer | SoftmaxAxis
OF_OTHER_LAYERS = (
    HiddenActivation | DropoutRate | BatchNormMomentum | LayerNorm | LastAxis | Unfreeze | LastStep
)
# These ask for a recipe that has what they take away.
ALONE |= (
    DefaultInitializers
    | FreshWeights
    | DrawWeights
    | RemovePenalties
    | RemoveWeightDecay
    | RemoveClipping
)
ALONE |= OptimizerDefaults | SetBatchSize | RemoveCallback | FillMissing
COMBINED: list[Remedy] = [r for r in APPLIES if not isinstance(r, ALONE | OF_OTHER_LAYERS)]


@given(st.sets(st.sampled_from(COMBINED), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_a_set_does_not_matter(chosen: set[Remedy], shuffle: random.Random) -> None:
    by_slot = list({remedy.slot: remedy for remedy in chosen}.values())
    first = apply_all(make_recipe(y=COLUMN[:, None]), by_slot)
    shuffle.shuffle(by_slot)
    assert _differing(first, apply_all(make_recipe(y=COLUMN[:, None]), by_slot)) == set()


def test_apply_all_passes_a_refusal_on() -> None:
    with pytest.raises(RemedyError):
        apply_all(make_recipe(), [Widen(), SpreadSteps()])
