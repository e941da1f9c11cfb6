"""Edits of a model's configuration that several remedies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Layer, Model, ModelKind, Recipe

Changes = dict[str, Any]
KIND = "class_name"  # among the changes: the layer becomes one of another kind


def with_layers(
    recipe: Recipe, change: Callable[[Layer], Changes], *, keep: bool = False
) -> Recipe:
    """The recipe with each layer's settings updated by what ``change`` returns for it.

    The initial weights are dropped, since their shapes may no longer fit: trials draw
    fresh ones. With ``keep`` they stay; the settings must be such that they fit.

    Raises:
        RemedyError: nothing changes, the model is not made of configured layers, or it
            carries weights that were loaded or trained before.
    """
    if recipe.model.kind is ModelKind.SUBCLASSED:
        raise RemedyError("the layers of a subclassed model cannot be changed from outside")
    if recipe.model.warm and not keep:
        raise RemedyError("the model carries loaded weights that a changed layer would lose")
    changes = {layer.name: found for layer in recipe.model.layers if (found := change(layer))}
    if not changes:
        raise RemedyError("no layer of this model is of the kind to change")
    model = replace(_changed(recipe.model, changes), sample_output=())
    return replace(recipe, model=model if keep else replace(model, weights=()))


def _changed(model: Model, changes: Mapping[str, Changes]) -> Model:
    config = deepcopy(dict(model.config))
    _update(config, changes)
    layers = tuple(_updated(layer, changes.get(layer.name, {})) for layer in model.layers)
    return replace(model, config=config, layers=layers)


def _update(config: dict[str, Any], changes: Mapping[str, Changes]) -> None:
    """Update the layers of a model's configuration, those of models within it too."""
    config.pop("build_config", None)
    config["config"].pop("build_input_shape", None)
    for entry in config["config"]["layers"]:
        if isinstance(entry["config"].get("layers"), list):
            _update(entry, changes)
            continue
        update = dict(changes.get(entry["config"].get("name"), {}))
        kind = update.pop(KIND, None)
        if kind is not None:
            entry["class_name"], entry["config"] = kind, {}
        entry["config"].update(update)
        entry.pop("build_config", None)


def _updated(layer: Layer, update: Changes) -> Layer:
    if not update:
        return layer
    shape, update = layer.output_shape, dict(update)
    if "units" in update:
        shape = (*shape[:-1], update["units"])
    kind = update.pop(KIND, None)
    config = {**({} if kind else layer.config), **update}
    kept = bool(config.get("trainable", layer.trainable))
    return replace(
        layer, kind=kind or layer.kind, config=config, output_shape=shape, trainable=kept
    )
