"""Edits of a model's configuration that several remedies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Layer, Model, ModelKind, Recipe

Changes = dict[str, Any]


def with_layers(recipe: Recipe, change: Callable[[Layer], Changes]) -> Recipe:
    """The recipe with each layer's settings updated by what ``change`` returns for it.

    The initial weights are dropped, since their shapes may no longer fit: trials draw
    fresh ones.

    Raises:
        RemedyError: nothing changes, the model is not made of configured layers, or it
            carries weights that were loaded or trained before.
    """
    if recipe.model.kind is ModelKind.SUBCLASSED:
        raise RemedyError("the layers of a subclassed model cannot be changed from outside")
    if recipe.model.warm:
        raise RemedyError("the model carries loaded weights that a changed layer would lose")
    changes = {layer.name: found for layer in recipe.model.layers if (found := change(layer))}
    if not changes:
        raise RemedyError("no layer of this model is of the kind to change")
    return replace(recipe, model=_changed(recipe.model, changes))


def _changed(model: Model, changes: Mapping[str, Changes]) -> Model:
    config = deepcopy(dict(model.config))
    for entry in config["config"]["layers"]:
        update = changes.get(entry["config"].get("name"))
        if update:
            entry["config"].update(update)
        entry.pop("build_config", None)
    config.pop("build_config", None)
    config["config"].pop("build_input_shape", None)
    layers = tuple(_updated(layer, changes.get(layer.name, {})) for layer in model.layers)
    return replace(model, config=config, layers=layers, weights=(), sample_output=())


def _updated(layer: Layer, update: Changes) -> Layer:
    if not update:
        return layer
    shape = layer.output_shape
    if "units" in update:
        shape = (*shape[:-1], update["units"])
    return replace(layer, config={**layer.config, **update}, output_shape=shape)
