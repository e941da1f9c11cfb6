"""Remedies of layers and weights: which they reach, and what stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_recipes import (
    BITS,
    COLD,
    DROPPED,
    HEAD,
    NORMED,
    STACK,
    STEPS,
    flat,
    loaded,
    make_layer,
    make_recipe,
)

from unstuck.errors import RemedyError
from unstuck.recipe import (
    ModelKind,
    Recipe,
)
from unstuck.remedies import (
    BatchNormMomentum,
    DrawWeights,
    DropoutRate,
    FreshWeights,
    LastStep,
    LayerNorm,
    LeakyRelu,
    LinearOutput,
    OutputUnits,
    PeriodFeatures,
    ProbabilityOutput,
    RemoveLayer,
    Unfreeze,
    UseLoss,
    Widen,
)
from unstuck.remedy import apply_all


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


def test_period_features_fit_the_network() -> None:
    changed = PeriodFeatures(7, BITS).apply(make_recipe())
    width = changed.model.layers[0].config["batch_shape"][1]
    assert changed.trained_inputs()[0].shape == (40, width)


def test_flat_matrices_are_drawn_and_others_stay() -> None:
    first, last = DrawWeights(("own",)).apply(flat()).model.weights
    assert len(np.unique(first)) == first.size
    assert np.all(last == 1)
