"""Edits of the configurations of models and optimizers that several remedies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.errors import RemedyError
from unstuck.recipe import Array, Layer, Model, ModelKind, Optimizer, Recipe
from unstuck.transform import Transform

Changes = dict[str, Any]
Chains = tuple[tuple[Transform, ...], ...]
KIND = "class_name"  # among the changes: the layer becomes one of another kind


def with_layers(
    recipe: Recipe, change: Callable[[Layer], Changes], *, keep: bool = False
) -> Recipe:
    """The recipe with each layer's settings updated by what ``change`` returns for it.

    The initial weights that were drawn are dropped, since trials draw fresh ones; others, such
    as the statistics of an adapted ``Normalization``, stay where their shapes still fit. With
    ``keep`` all stay; the settings must be such that they fit.

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
    functions = [x.name for x in recipe.model.layers if x.is_operation and x.name in changes]
    if functions:
        raise RemedyError(f"{functions[0]} is a function that the model calls, and no layer")
    model = replace(_changed(recipe.model, changes), sample_output=())
    return replace(recipe, model=model if keep else replace(model, weights=_left(model)))


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
        within = entry["config"].get("layer")
        if update and kind is None and entry.get("class_name") == "TimeDistributed":
            within.pop("build_config", None)
            within["config"].update(update)
            update = {k: v for k, v in update.items() if k in entry["config"]}
        if kind is not None:
            entry["class_name"], entry["config"] = kind, {}
            for node in entry.get("inbound_nodes", ()):
                node["kwargs"] = {}  # of the call; another layer takes others
        entry["config"].update(update)
        entry.pop("build_config", None)


def _left(model: Model) -> tuple[Array, ...]:
    """The weights without those that were drawn, in whose places stand empty ones."""
    drawn = frozenset(model.drawn)
    if not drawn:
        return ()
    return tuple(np.zeros(0) if i in drawn else w for i, w in enumerate(model.weights))


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


def with_settings(optimizer: Optimizer, changes: Changes) -> Optimizer:
    """The optimizer with other settings; one inside another (for scaled losses) is meant
    itself."""
    config = deepcopy(dict(optimizer.config))
    inner = config["config"].get("inner_optimizer")
    (inner or config)["config"].update(changes)
    return replace(optimizer, config=config)


def extended(chains: Chains, added: Sequence[Transform | None]) -> Chains:
    """Each chain with one more step; None adds none."""
    padded = chains + ((),) * (len(added) - len(chains))
    return tuple(
        chain if step is None else (*chain, step) for chain, step in zip(padded, added, strict=True)
    )
