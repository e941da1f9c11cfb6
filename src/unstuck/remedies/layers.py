"""Remedies of single layers: activations, dropout, normalisation, what is trained, time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Layer, Recipe
from unstuck.remedies._edit import KIND, Changes, with_layers
from unstuck.remedies.graph import merged_linear
from unstuck.remedy import Reach, Remedy

DROPOUT = frozenset(
    {"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}
    | {"AlphaDropout", "GaussianDropout"}
)
ADAPTED = frozenset({"Normalization", "Discretization"})  # with weights that no training changes


@dataclass(frozen=True)
class HiddenActivation(Remedy):
    """An activation on the hidden linear layers that are one linear map with the next layer."""

    activation: str = "relu"
    name = "hidden-activation"
    slot = "hidden-activation"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        names = {layer.name for layer, _ in merged_linear(recipe.model)}
        if not names:
            raise RemedyError("no two linear layers follow each other")
        change: Changes = {"activation": self.activation}
        return with_layers(recipe, lambda layer: change if layer.name in names else {})

    def describe(self) -> str:
        return f"give the hidden linear layers the activation {self.activation}"


@dataclass(frozen=True)
class DropoutRate(Remedy):
    """Dropout of at most ``rate``, of units and of a recurrent layer's steps; 0 is none."""

    rate: float = 0.2
    name = "dropout-rate"
    slot = "dropout"
    reach = Reach.SETTING

    @property
    def label(self) -> str:
        return f"{self.name} {self.rate:g}"

    def apply(self, recipe: Recipe) -> Recipe:
        return with_layers(recipe, self._change, keep=True)

    def _change(self, layer: Layer) -> Changes:
        return {key: self.rate for key, rate in dropout_rates(layer).items() if rate > self.rate}

    def describe(self) -> str:
        return f"drop at most {self.rate:.0%} of the units" if self.rate else "drop no units"


def dropout_rates(layer: Layer) -> dict[str, float]:
    """The settings of a layer that are rates of dropout."""
    keys = ("rate",) if layer.kind in DROPOUT else ("dropout", "recurrent_dropout")
    found = {key: layer.config.get(key) for key in keys}
    return {k: float(v) for k, v in found.items() if isinstance(v, int | float)}


@dataclass(frozen=True)
class BatchNormMomentum(Remedy):
    """Moving statistics of batch normalisation that forget faster."""

    momentum: float = 0.9
    name = "batch-norm-momentum"
    slot = "batch-norm"
    reach = Reach.SETTING

    def apply(self, recipe: Recipe) -> Recipe:
        change: Changes = {"momentum": self.momentum}
        return with_layers(recipe, lambda x: change if self._is_slower(x) else {}, keep=True)

    def _is_slower(self, layer: Layer) -> bool:
        slow = float(layer.config.get("momentum") or 0.0) > self.momentum
        return layer.kind == "BatchNormalization" and slow

    def describe(self) -> str:
        return f"give batch normalisation a momentum of {self.momentum:g}"


@dataclass(frozen=True)
class LayerNorm(Remedy):
    """Layer normalisation in place of batch normalisation: each row by itself."""

    name = "layer-norm"
    slot = "batch-norm"
    reach = Reach.STRUCTURE

    def apply(self, recipe: Recipe) -> Recipe:
        return with_layers(recipe, self._change)

    def _change(self, layer: Layer) -> Changes:
        if layer.kind != "BatchNormalization":
            return {}
        kept = {k: layer.config[k] for k in ("name", "trainable", "dtype") if k in layer.config}
        return {KIND: "LayerNormalization", **kept, "axis": -1}

    def describe(self) -> str:
        return "use layer normalisation in place of batch normalisation"


@dataclass(frozen=True)
class LastAxis(Remedy):
    """Batch normalisation of the last axis, which holds the features."""

    name = "last-axis"
    slot = "axis"
    reach = Reach.CORRECTION
    order = -1

    def apply(self, recipe: Recipe) -> Recipe:
        def change(layer: Layer) -> Changes:
            last = layer.config.get("axis") in (None, -1, len(layer.input_shape))
            return {} if layer.kind != "BatchNormalization" or last else {"axis": -1}

        return with_layers(recipe, change)

    def describe(self) -> str:
        return "normalise the last axis, which holds the features"


@dataclass(frozen=True)
class Unfreeze(Remedy):
    """Every layer is trained."""

    name = "unfreeze-layers"
    slot = "trainable"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        def change(layer: Layer) -> Changes:
            frozen = layer.parameters and not layer.trainable and layer.kind not in ADAPTED
            return {"trainable": True} if frozen else {}

        changed = with_layers(recipe, change, keep=True)
        config = _thawed(changed.model.config)
        return replace(changed, model=replace(changed.model, config=config))

    def describe(self) -> str:
        return "train every layer: set trainable to True before compile"


def _thawed(value: Any) -> Any:
    """A configuration in which models, and layers in layers, are trained too."""
    if isinstance(value, list):
        return [_thawed(v) for v in value]
    if not isinstance(value, Mapping) or value.get("class_name") in ADAPTED:
        return value
    return {k: True if k == "trainable" and v is False else _thawed(v) for k, v in value.items()}


@dataclass(frozen=True)
class LastStep(Remedy):
    """The last recurrent layer gives its last step only, in place of all steps."""

    name = "last-step"
    slot = "sequence-end"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        layers = recipe.model.layers
        places = [i for i, layer in enumerate(layers) if returns_sequences(layer)]
        if not places:
            raise RemedyError("no recurrent layer returns its whole sequence")
        last = layers[places[-1]]
        changed = with_layers(recipe, lambda x: _without_steps(x) if x.name == last.name else {})
        shorter = (
            replace(x, output_shape=x.output_shape[1:]) if i >= places[-1] else x
            for i, x in enumerate(changed.model.layers)
        )
        return replace(changed, model=replace(changed.model, layers=tuple(shorter)))

    def describe(self) -> str:
        return "let the last recurrent layer give its last step only (return_sequences=False)"


def returns_sequences(layer: Layer) -> bool:
    """Whether a recurrent layer, or the one in a ``Bidirectional``, gives every step."""
    return bool(_recurrent(layer.config).get("return_sequences"))


def _recurrent(config: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = config.get("layer")
    return inner.get("config", {}) if isinstance(inner, Mapping) else config


def _without_steps(layer: Layer) -> Changes:
    found: Changes = {}
    for key in ("layer", "backward_layer"):
        inner = layer.config.get(key)
        if isinstance(inner, Mapping):
            found[key] = {**inner, "config": {**inner["config"], "return_sequences": False}}
    return found or {"return_sequences": False}
