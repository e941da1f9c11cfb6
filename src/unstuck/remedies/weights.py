"""Remedies of the weights: what they begin as, and what pulls them to zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.errors import RemedyError
from unstuck.recipe import Array, Layer, Model, Recipe
from unstuck.remedies._edit import with_layers, with_settings
from unstuck.remedy import Reach, Remedy

# Keras's own defaults, after Glorot & Bengio 2010 and Saxe et al. 2014.
INITIALIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "kernel_initializer": ("GlorotUniform", {"seed": None}),
    "depthwise_initializer": ("GlorotUniform", {"seed": None}),
    "pointwise_initializer": ("GlorotUniform", {"seed": None}),
    "recurrent_initializer": ("Orthogonal", {"seed": None, "gain": 1.0}),
    "bias_initializer": ("Zeros", {}),
}
WELL_SCALED = ("Glorot", "He", "Lecun", "Orthogonal", "Identity")
ADAMW_DECAY = 0.004  # its default in Keras; it takes no None


def class_of(entry: Any) -> str:
    """The class of a configured object, such as an initializer; "" where there is none."""
    return str(entry.get("class_name", "")) if isinstance(entry, Mapping) else ""


@dataclass(frozen=True)
class DefaultInitializers(Remedy):
    """The framework's own initializers, in the layers named, where those are not well scaled."""

    layers: tuple[str, ...]
    name = "default-initializers"
    slot = "initializers"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        return with_layers(
            recipe, lambda layer: _initial(layer) if layer.name in self.layers else {}
        )

    def describe(self) -> str:
        return f"draw the first weights of {', '.join(self.layers)} by the default initializers"


def _initial(layer: Layer) -> dict[str, Any]:
    return {
        name: {
            "module": "keras.initializers",
            "class_name": kind,
            "config": dict(config),
            "registered_name": None,
        }
        for name, (kind, config) in INITIALIZERS.items()
        if (given := class_of(layer.config.get(name)))
        and not given.startswith((kind, *WELL_SCALED))
    }


@dataclass(frozen=True)
class FreshWeights(Remedy):
    """Weights drawn anew in place of those that the program set or loaded: in the layers named,
    or, where none are, in all but those that it gave to single layers."""

    layers: tuple[str, ...] = ()
    name = "fresh-weights"
    slot = "first-weights"
    reach = Reach.CORRECTION
    order = -1  # others drop drawn weights, and refuse to drop given ones

    def apply(self, recipe: Recipe) -> Recipe:
        model = recipe.model
        fresh = self._named(model) if self.layers else _loaded(model)
        if not fresh:
            raise RemedyError("the program has set none of the weights to be drawn")
        drawn = {*model.drawn, *(fresh & {*model.given})}
        changed = replace(
            model,
            weights=tuple(np.zeros(0) if i in fresh else w for i, w in enumerate(model.weights)),
            warm=model.warm and bool(self.layers),
            given=tuple(place for place in model.given if place not in fresh),
            drawn=tuple(sorted(drawn)),
            sample_output=(),
        )
        return replace(recipe, model=changed)

    def _named(self, model: Model) -> frozenset[int]:
        owned = _owned(x for x in model.layers if x.name in self.layers)
        return owned if model.warm else owned & {*model.given}

    def describe(self) -> str:
        of = f" of {', '.join(self.layers)}" if self.layers else ""
        return f"leave out what sets the weights{of}, so that training begins with fresh ones"


@dataclass(frozen=True)
class DrawWeights(Remedy):
    """Matrices of which all numbers begin equal, drawn at random instead (Glorot & Bengio 2010), in
    the layers named: those of the user's own, whose initializers are not among their settings."""

    layers: tuple[str, ...]
    name = "draw-weights"
    slot = "first-weights"
    reach = Reach.CORRECTION
    order = -1  # as for fresh weights

    def apply(self, recipe: Recipe) -> Recipe:
        model, random = recipe.model, np.random.default_rng(0)
        owned = _owned(x for x in model.layers if x.name in self.layers)
        equal = {i for i in owned & {*model.drawn} if is_flat(model.weights[i])}
        if not equal:
            raise RemedyError(f"no matrix of {', '.join(self.layers)} begins with equal numbers")
        weights = [
            _glorot(random, w.shape) if i in equal else w for i, w in enumerate(model.weights)
        ]
        changed = replace(
            model,
            weights=tuple(weights),
            given=tuple(sorted({*model.given} | equal)),
            drawn=tuple(i for i in model.drawn if i not in equal),
            sample_output=(),
        )
        return replace(recipe, model=changed)

    def describe(self) -> str:
        return (
            f"draw the first weights of {', '.join(self.layers)} at random "
            '(initializer="glorot_uniform" where they are added)'
        )


def is_flat(weights: Array) -> bool:
    """Whether it is a matrix of which all numbers are equal."""
    return weights.ndim > 1 and weights.size > 1 and bool(np.ptp(weights) == 0)


def _glorot(random: np.random.Generator, shape: tuple[int, ...]) -> Array:
    limit = np.sqrt(6 / (shape[-2] + shape[-1]))
    return random.uniform(-limit, limit, shape).astype(np.float32)


def _loaded(model: Model) -> frozenset[int]:
    """What was set as a whole; the statistics of an adapted layer are no such thing."""
    kept = _owned(x for x in model.layers if x.kind == "Normalization") | {*model.given}
    return frozenset(range(len(model.weights) if model.warm else 0)) - kept


def _owned(layers: Iterable[Layer]) -> frozenset[int]:
    return frozenset(place for layer in layers for place in layer.owns)


@dataclass(frozen=True)
class RemovePenalties(Remedy):
    """No penalties on weights or activities, in any layer."""

    name = "remove-penalties"
    slot = "penalties"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        return with_layers(recipe, penalties, keep=True)

    def describe(self) -> str:
        return "remove the regularizers of all layers"


def penalties(layer: Layer) -> dict[str, None]:
    """The settings of a layer that penalise something, each as nothing."""
    return {k: None for k, v in layer.config.items() if k.endswith("_regularizer") and v}


@dataclass(frozen=True)
class RemoveWeightDecay(Remedy):
    """No weight decay; for AdamW the little that is its default."""

    name = "remove-weight-decay"
    slot = "weight-decay"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        usual = ADAMW_DECAY if recipe.optimizer.name == "AdamW" else None
        decay = recipe.optimizer.settings.get("weight_decay")
        if not decay or (usual and decay <= usual):
            raise RemedyError("the optimizer has no weight decay beyond its default")
        return replace(recipe, optimizer=with_settings(recipe.optimizer, {"weight_decay": usual}))

    def describe(self) -> str:
        return "leave weight decay at the optimizer's default"
