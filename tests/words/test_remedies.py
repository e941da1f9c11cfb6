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

from unstuck import remedies
from unstuck.errors import RemedyError
from unstuck.recipe import (
    Array,
    Data,
    Feed,
    Fit,
    Layer,
    Loss,
    Model,
    ModelKind,
    Optimizer,
    Recipe,
)
from unstuck.remedies import (
    BalanceClasses,
    BatchNormMomentum,
    ClassTargets,
    ClipGradients,
    ConstantRate,
    CopyBatches,
    DefaultInitializers,
    DropoutRate,
    DropRescaling,
    EqualWeights,
    FillMissing,
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
    UseAdam,
    UseLoss,
    Widen,
)
from unstuck.remedy import Remedy, apply_all

BITS = (1.0, 2.0, 4.0, 8.0)
SCHEDULE = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}}


def _layer(name: str, kind: str, shape: tuple[int, ...], **config: Any) -> Layer:
    parameters = 1 if kind in ("Dense", "LSTM") else 0
    return Layer(name, kind, {"name": name, **config}, (), shape, parameters)


HEAD = _layer("head", "Dense", (1,), units=1, activation="relu")
STACK = (
    _layer("input", "InputLayer", (4,), batch_shape=[None, 4]),
    _layer("hidden", "Dense", (3,), units=3, activation="relu"),
    _layer("wide", "Dense", (64,), units=64, activation="tanh"),
    HEAD,
)


def _model(layers: tuple[Layer, ...]) -> Model:
    entries = [
        {"class_name": layer.kind, "config": dict(layer.config), "build_config": {}}
        for layer in layers
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": entries}}
    return Model(ModelKind.SEQUENTIAL, config, layers, weights=(np.ones(3),))


HOLED = Data((np.array([[1.0, np.nan], [3.0, 4.0], [np.inf, 8.0]]),), (np.ones(3),))


def _recipe(layers: tuple[Layer, ...] = STACK, y: Array | None = None, **more: Any) -> Recipe:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, (40, 4)).astype(float)
    targets = rng.uniform(0, 1000, (40, 1)) if y is None else y
    drawn = Data((x + 1,), (targets + 1,), feed=Feed.BATCHES)
    config = {"class_name": "SGD", "config": {"learning_rate": SCHEDULE, "momentum": 0.9}}
    return replace(
        Recipe(
            model=_model(layers),
            data=Data((x,), (targets,), feed=Feed.BATCHES, shared_memory=True, drawn=drawn),
            loss=Loss("mean_squared_error"),
            optimizer=Optimizer("SGD", config, 0.1, SCHEDULE),
            fit=Fit(epochs=5, batch_size=8, steps_per_epoch=5),
            source="model.fit(x, y)",
        ),
        **more,
    )


def _weighed() -> Recipe:
    recipe = _recipe()
    return replace(recipe, data=replace(recipe.data, weights=np.ones(40)))


RECURRENT = (
    _layer("reshape", "Reshape", (1, 4), target_shape=(1, -1)),
    _layer("lstm", "LSTM", (8,), units=8, activation="tanh"),
    HEAD,
)
STRAIGHT = (STACK[0], _layer("flat", "Dense", (8,), units=8, activation="linear"), *STACK[2:])
DROPPED = (*STACK[:2], _layer("drop", "Dropout", (3,), rate=0.8), HEAD)
NORM = _layer("norm", "BatchNormalization", (3,), axis=1, momentum=0.99)
NORMED = (*STACK[:2], replace(NORM, input_shape=(5, 3)), HEAD)
COLD = (*STACK[:3], replace(HEAD, trainable=False, config={**HEAD.config, "trainable": False}))
STEPS = (
    _layer("lstm", "LSTM", (7, 8), units=8, return_sequences=True),
    _layer("head", "Dense", (7, 1), units=1, activation="linear"),
)
READERS = (
    _layer("scaling", "Rescaling", (4,), scale=1 / 255, offset=0.0),
    _layer("ids", "Embedding", (4, 2), input_dim=2, output_dim=2, mask_zero=False),
    HEAD,
)
AT_END = (*STACK, _layer("drop", "Dropout", (1,), rate=0.5))
SOFTMAX = (*STACK, _layer("soft", "Softmax", (1,), axis=0))
COLUMN = np.arange(40.0) % 5
L2 = {"class_name": "L2", "config": {"l2": 0.5}}
ONES = {"class_name": "Ones", "config": {}}
PENALISED = (*STACK[:3], _layer("head", "Dense", (1,), units=1, kernel_regularizer=L2))
CONSTANT = (*STACK[:3], _layer("head", "Dense", (1,), units=1, kernel_initializer=ONES))


def _steered() -> Recipe:
    stops = {"EarlyStopping": {"patience": 0}, "EarlyStopping 2": {"patience": 9}}
    names = ("EarlyStopping", "CSVLogger", "EarlyStopping")
    return _recipe(fit=Fit(5, 8, 5, callbacks=names, callback_configs=stops))


def _set(**settings: Any) -> Recipe:
    config = {"class_name": "Adam", "config": {"learning_rate": 0.1, **settings}}
    return _recipe(optimizer=Optimizer("Adam", config, 0.1))


ROWS = Data((np.ones((40, 4)),), (np.ones((40, 1)),))
OTHER = replace(_recipe(), model=_model((HEAD,)), loss=Loss("mae"), fit=Fit(1, 2, 3))
APPLIES: dict[Remedy, tuple[Callable[[], Recipe], set[str]]] = {
    StandardizeInputs(): (_recipe, {"before"}),
    FillMissing(): (lambda: _recipe(data=HOLED), {"before"}),
    StandardizeTargets(): (_recipe, {"after"}),
    LogTargets(): (_recipe, {"after"}),
    ClassTargets(): (lambda: _recipe(y=COLUMN[:, None]), {"model", "loss", "after"}),
    MatchShapes(): (lambda: _recipe(y=COLUMN), {"after"}),
    CopyBatches(): (_recipe, {"data"}),
    PeriodFeatures(5, BITS): (_recipe, {"model", "before"}),
    LinearOutput(): (_recipe, {"model"}),
    ProbabilityOutput("sigmoid"): (_recipe, {"model"}),
    OutputUnits(3): (_recipe, {"model"}),
    LeakyRelu(): (_recipe, {"model"}),
    RemoveLayer("drop"): (lambda: _recipe(AT_END), {"model"}),
    SoftmaxAxis("soft"): (lambda: _recipe(SOFTMAX), {"model"}),
    UseLoss("binary_crossentropy", "sigmoid"): (_recipe, {"model", "loss"}),
    Widen(): (_recipe, {"model"}),
    SpreadSteps(): (lambda: _recipe(RECURRENT), {"model"}),
    HiddenActivation(): (lambda: _recipe(STRAIGHT), {"model"}),
    DropoutRate(): (lambda: _recipe(DROPPED), {"model"}),
    BatchNormMomentum(): (lambda: _recipe(NORMED), {"model"}),
    LayerNorm(): (lambda: _recipe(NORMED), {"model"}),
    LastAxis(): (lambda: _recipe(NORMED), {"model"}),
    Unfreeze(): (lambda: _recipe(COLD), {"model"}),
    LastStep(): (lambda: _recipe(STEPS), {"model"}),
    ConstantRate(): (_recipe, {"optimizer"}),
    SetRate(0.5): (_recipe, {"optimizer"}),
    UseAdam(): (_recipe, {"optimizer"}),
    TrainLonger(): (_recipe, {"fit"}),
    TrainAtAll(50): (_recipe, {"fit"}),
    DefaultInitializers(("head",)): (lambda: _recipe(CONSTANT), {"model"}),
    RemovePenalties(): (lambda: _recipe(PENALISED), {"model"}),
    RemoveWeightDecay(): (lambda: _set(weight_decay=0.5), {"optimizer"}),
    RemoveClipping(): (lambda: _set(clipnorm=0.5), {"optimizer"}),
    ClipGradients(): (_set, {"optimizer"}),
    OptimizerDefaults(("epsilon",)): (lambda: _set(epsilon=1.0), {"optimizer"}),
    SetBatchSize(16): (lambda: _recipe(data=ROWS), {"fit"}),
    RemoveCallback("EarlyStopping"): (_steered, {"fit"}),
    DropRescaling("scaling"): (lambda: _recipe(READERS), {"model"}),
    MaskPadding("ids"): (lambda: _recipe(READERS), {"model"}),
    ResizeEmbedding("ids", 90): (lambda: _recipe(READERS), {"model"}),
    ShuffleRows(): (lambda: _recipe(fit=replace(OTHER.fit, shuffle=False)), {"data", "fit"}),
    EqualWeights(): (_weighed, {"data"}),
    BalanceClasses((1.0, 2.0, 0.5, 1.0, 1.0)): (lambda: _recipe(y=COLUMN), {"data"}),
    OtherNetwork("other", "one layer", OTHER): (_recipe, {"model", "loss", "fit"}),
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
        (StandardizeInputs(), lambda: _recipe((_layer("e", "Embedding", (4, 2)), HEAD))),
        (LogTargets(), lambda: _recipe(y=-COLUMN)),
        (ClassTargets(), lambda: _recipe((HEAD, _layer("end", "Flatten", (1,))))),
        (MatchShapes(), _recipe),
        (MatchShapes(), lambda: _recipe(y=np.zeros((40, 2)))),
        (FillMissing(), _recipe),
        (CopyBatches(), lambda: _recipe(data=Data((np.ones((4, 1)),), (np.ones(4),)))),
        (PeriodFeatures(5, (1.0, 2.0)), _recipe),
        (LinearOutput(), lambda: _recipe((replace(HEAD, config={"activation": "linear"}),))),
        (LinearOutput("other"), _recipe),
        (OutputUnits(1), _recipe),
        (OutputUnits(2), lambda: _recipe((HEAD, _layer("end", "Flatten", (1,))))),
        (RemoveLayer("hidden"), lambda: _recipe(AT_END)),
        (SoftmaxAxis("head"), lambda: _recipe(SOFTMAX)),
        (UseLoss("mean_squared_error"), _recipe),
        (UseLoss("huber", "linear"), lambda: _recipe(AT_END)),
        (UseLoss("huber"), lambda: _recipe(data=Data((COLUMN,), (COLUMN, COLUMN)))),
        (LeakyRelu(), lambda: _recipe((HEAD,))),
        (Widen(), lambda: _recipe((STACK[2], HEAD))),
        (SpreadSteps(), _recipe),
        (HiddenActivation(), _recipe),
        (DropoutRate(0.9), lambda: _recipe(DROPPED)),
        (BatchNormMomentum(0.99), lambda: _recipe(NORMED)),
        (LayerNorm(), _recipe),
        (LastAxis(), _recipe),
        (Unfreeze(), _recipe),
        (LastStep(), _recipe),
        (DropRescaling("scaling"), _recipe),
        (MaskPadding("inner"), lambda: _recipe(READERS)),
        (ShuffleRows(), lambda: _recipe(data=Data((np.ones((4, 1)),), (np.ones(4),)))),
        (EqualWeights(), _recipe),
        (BalanceClasses((1.0, 2.0)), lambda: _recipe(y=COLUMN)),
        (ConstantRate(), lambda: _recipe(optimizer=Optimizer("SGD", {"config": {}}, 0.1))),
        (DefaultInitializers(("head",)), _recipe),
        (DefaultInitializers(("hidden",)), lambda: _recipe(CONSTANT)),
        (RemovePenalties(), _recipe),
        (RemoveWeightDecay(), _set),
        (RemoveClipping(), _set),
        (ClipGradients(), lambda: _set(clipvalue=0.5)),
        (OptimizerDefaults(("epsilon",)), lambda: _set(epsilon=1e-7)),
        (SetBatchSize(16), _recipe),
        (SetBatchSize(8), lambda: _recipe(data=ROWS)),
        (RemoveCallback("EarlyStopping"), _recipe),
        (UseAdam(), lambda: _recipe(optimizer=Optimizer("Adam", {"config": {}}, 0.1))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_refuses_what_it_cannot_change(remedy: Remedy, make: Callable[[], Recipe]) -> None:
    with pytest.raises(RemedyError):
        remedy.apply(make())


@pytest.mark.parametrize("change", [{"kind": ModelKind.SUBCLASSED}, {"warm": True}])
def test_layers_out_of_reach_are_left(change: dict[str, Any]) -> None:
    recipe = _recipe()
    with pytest.raises(RemedyError):
        Widen().apply(replace(recipe, model=replace(recipe.model, **change)))


def _configs(recipe: Recipe) -> dict[str, Any]:
    """Settings by layer, the same in the description and in the framework's configuration."""
    entries = [entry["config"] for entry in recipe.model.config["config"]["layers"]]
    assert entries == [dict(layer.config) for layer in recipe.model.layers]
    return {config["name"]: config for config in entries}


def test_layer_remedies_reach_the_layers_they_mean() -> None:
    as_written = _configs(_recipe())
    for remedy, layer, update in [
        (LinearOutput(), "head", {"activation": "linear"}),
        (LinearOutput("wide"), "wide", {"activation": "linear"}),
        (OutputUnits(3), "head", {"units": 3}),
        (UseLoss("huber", "tanh"), "head", {"activation": "tanh"}),
        (Widen(32), "hidden", {"units": 32}),
        (PeriodFeatures(5, BITS), "input", {"batch_shape": [None, 4]}),
    ]:
        expected = {**as_written, layer: {**as_written[layer], **update}}
        assert _configs(remedy.apply(_recipe())) == expected


def test_what_is_missing_becomes_the_median_of_its_feature() -> None:
    (filled,) = FillMissing().apply(_recipe(data=HOLED)).trained_inputs()
    assert filled.tolist() == [[1.0, 6.0], [3.0, 4.0], [2.0, 8.0]]


def test_a_function_that_keeps_the_shape_can_be_left_out() -> None:
    rounds = replace(_layer("round", "Lambda", (3,)), input_shape=(3,))
    model = RemoveLayer("round").apply(_recipe((STACK[0], STACK[1], rounds, HEAD))).model
    assert model.layers[2].kind == "Identity"
    assert model.config["config"]["layers"][2]["class_name"] == "Identity"
    with pytest.raises(RemedyError):
        shaping = replace(rounds, input_shape=(4,))
        RemoveLayer("round").apply(_recipe((STACK[0], STACK[1], shaping, HEAD)))


def test_leaky_units_take_the_place_of_those_that_lose_their_gradient() -> None:
    changed = LeakyRelu().apply(_recipe()).model.layers
    assert [layer.activation for layer in changed[1:3]] == ["leaky_relu", "leaky_relu"]
    assert changed[3].activation == _recipe().model.layers[3].activation


def test_changed_layers_start_afresh() -> None:
    model = Widen(32).apply(_recipe()).model
    assert model.weights == ()
    assert model.layers[1].output_shape == (32,)


def test_layers_that_keep_their_shapes_keep_their_weights() -> None:
    for remedy, layers in [(DropoutRate(), DROPPED), (BatchNormMomentum(), NORMED)]:
        assert len(remedy.apply(_recipe(layers)).model.weights) == 1
    warm = _recipe(COLD)
    warm = replace(warm, model=replace(warm.model, warm=True))
    assert len(Unfreeze().apply(warm).model.weights) == 1


def test_a_layer_of_another_kind() -> None:
    model = LayerNorm().apply(_recipe(NORMED)).model
    entry = model.config["config"]["layers"][2]
    assert entry["class_name"] == model.layers[2].kind == "LayerNormalization"
    assert entry["config"] == {"name": "norm", "axis": -1} == model.layers[2].config


def test_models_and_layers_in_frozen_models_are_trained() -> None:
    frozen = {"name": "base", "trainable": False, "layers": [{"config": dict(COLD[-1].config)}]}
    config = {"config": {"layers": [{"class_name": "Functional", "config": frozen}]}}
    recipe = _recipe(COLD)
    thawed = Unfreeze().apply(replace(recipe, model=replace(recipe.model, config=config)))
    inner = thawed.model.config["config"]["layers"][0]["config"]
    assert inner["trainable"] is inner["layers"][0]["config"]["trainable"] is True
    assert all(layer.trainable for layer in thawed.model.layers)


def test_both_directions_end_at_their_last_step() -> None:
    inner = {"class_name": "LSTM", "config": {"return_sequences": True, "units": 4}}
    both = _layer("both", "Bidirectional", (7, 8), layer=inner, backward_layer=inner)
    model = LastStep().apply(_recipe((both, STEPS[1]))).model
    config = model.config["config"]["layers"][0]["config"]
    for key in ("layer", "backward_layer"):
        assert config[key]["config"] == {"return_sequences": False, "units": 4}
    assert [layer.output_shape for layer in model.layers] == [(8,), (1,)]


def test_rates() -> None:
    kept = ConstantRate().apply(_recipe()).optimizer
    assert (kept.learning_rate, kept.schedule) == (0.1, None)
    assert kept.config["config"] == {"learning_rate": 0.1, "momentum": 0.9}
    assert SetRate(0.5).apply(_recipe()).optimizer.config["config"]["learning_rate"] == 0.5
    adam = UseAdam().apply(_recipe()).optimizer
    assert (adam.name, adam.config["class_name"], adam.schedule) == ("Adam", "Adam", None)


def test_settings_change_where_they_stand() -> None:
    inner = {"class_name": "Adam", "config": {"clipnorm": 0.5, "epsilon": 1.0}}
    config = {"class_name": "LossScaleOptimizer", "config": {"inner_optimizer": inner}}
    recipe = _recipe(optimizer=Optimizer("LossScaleOptimizer", config, 0.1))
    cured = RemoveClipping().apply(recipe).optimizer
    assert cured.settings == {"clipnorm": None, "epsilon": 1.0}
    assert recipe.optimizer.settings["clipnorm"] == 0.5
    decayed = _set(weight_decay=0.5)
    adamw = replace(decayed, optimizer=replace(decayed.optimizer, name="AdamW"))
    assert RemoveWeightDecay().apply(adamw).optimizer.settings["weight_decay"] == 0.004


def test_batches_of_another_size_make_as_many_epochs() -> None:
    fit = SetBatchSize(16).apply(_recipe(data=ROWS)).fit
    assert (fit.batch_size, fit.steps_per_epoch, fit.epochs) == (16, 3, 5)


def test_only_callbacks_of_one_class_are_removed() -> None:
    fit = RemoveCallback("EarlyStopping").apply(_steered()).fit
    assert (fit.callbacks, fit.callback_configs) == (("CSVLogger",), {})


def test_weights_that_were_not_drawn_stay() -> None:
    recipe = _recipe()
    weights = (np.ones(3), np.full(2, 7.0))
    changed = Widen().apply(
        replace(recipe, model=replace(recipe.model, weights=weights, drawn=(0,)))
    )
    assert [w.tolist() for w in changed.model.weights] == [[], [7.0, 7.0]]


def test_train_longer_multiplies_the_epochs() -> None:
    assert TrainLonger(4).apply(_recipe()).fit.steps == 4 * _recipe().fit.steps


def test_copied_batches_are_those_drawn() -> None:
    recipe = _recipe()
    data = CopyBatches().apply(recipe).data
    assert not data.shared_memory
    np.testing.assert_array_equal(data.inputs[0], recipe.data.inputs[0] + 1)


def _split_off(rows: int, known: int = 0) -> Recipe:
    """Sorted rows with the last split off, ``known`` of them in the training set too."""
    x = np.arange(400.0)[:, None]
    data, held = Data((x[:-rows],), (x[:-rows, 0],)), Data((x[-rows:],), (x[-rows:, 0],))
    if known:
        held.inputs[0][1 : 2 * known : 2] = x[:known]
    return _recipe(data=data, validation=held, fit=Fit(5, 8, 5, validation_split=rows / 400))


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


@pytest.mark.parametrize(("rows", "known"), [(40, 0), (100, 20)])
def test_rows_are_not_mixed_where_training_rows_judge(rows: int, known: int) -> None:
    with pytest.raises(RemedyError):
        ShuffleRows().apply(_split_off(rows, known))


def test_period_features_fit_the_network() -> None:
    changed = PeriodFeatures(7, BITS).apply(_recipe())
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
    recipe = apply_all(_recipe(y=COLUMN if flat else COLUMN[:, None]), chosen)
    back = recipe.answers(recipe.trained_targets())[0]
    assert back.shape == recipe.data.targets[0].shape
    np.testing.assert_allclose(back, recipe.data.targets[0], atol=1e-5)


LOOKUP = DropRescaling | MaskPadding | ResizeEmbedding
ALONE = MatchShapes | SpreadSteps | OtherNetwork | LOOKUP | EqualWeights | BalanceClasses
ALONE |= RemoveLayer | SoftmaxAxis
OF_OTHER_LAYERS = (
    HiddenActivation | DropoutRate | BatchNormMomentum | LayerNorm | LastAxis | Unfreeze | LastStep
)
# These ask for a recipe that has what they take away.
ALONE |= DefaultInitializers | RemovePenalties | RemoveWeightDecay | RemoveClipping
ALONE |= OptimizerDefaults | SetBatchSize | RemoveCallback | FillMissing
COMBINED: list[Remedy] = [r for r in APPLIES if not isinstance(r, ALONE | OF_OTHER_LAYERS)]


@given(st.sets(st.sampled_from(COMBINED), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_a_set_does_not_matter(chosen: set[Remedy], shuffle: random.Random) -> None:
    by_slot = list({remedy.slot: remedy for remedy in chosen}.values())
    first = apply_all(_recipe(y=COLUMN[:, None]), by_slot)
    shuffle.shuffle(by_slot)
    assert _differing(first, apply_all(_recipe(y=COLUMN[:, None]), by_slot)) == set()


def test_apply_all_passes_a_refusal_on() -> None:
    with pytest.raises(RemedyError):
        apply_all(_recipe(), [Widen(), SpreadSteps()])
