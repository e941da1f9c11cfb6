"""Remedies: each changes what it says and nothing else, or says why it cannot."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, fields, replace

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
    regrouped,
    reshaped,
    steered,
    weighed,
)

from unstuck import remedies
from unstuck.errors import RemedyError
from unstuck.recipe import (
    Data,
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
    KeepPairs,
    LabelsFromZero,
    LastAxis,
    LastStep,
    LayerNorm,
    LeakyRelu,
    LinearOutput,
    LogTargets,
    MaskPadding,
    MatchShapes,
    MoveAxes,
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
    KeepPairs(): (regrouped, {"data"}),
    LabelsFromZero(1): (lambda: make_recipe(y=COLUMN[:, None] % 2 + 1), {"after"}),
    MoveAxes(): (reshaped, {"before"}),
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
        (KeepPairs(), make_recipe),
        (LabelsFromZero(1), make_recipe),
        (MoveAxes(), make_recipe),
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


LOOKUP = DropRescaling | MaskPadding | ResizeEmbedding | UnscaleIds | AdaptNormalization


ALONE = (
    MatchShapes | KeepPairs | SpreadSteps | OtherNetwork | LOOKUP | EqualWeights | BalanceClasses
)


ALONE |= RemoveLayer | SoftmaxAxis | MoveAxes | LabelsFromZero


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
