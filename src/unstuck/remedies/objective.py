"""Remedies of the objective: the loss with its output, what stands after the output, its axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Layer, Recipe
from unstuck.remedies._edit import KIND, with_layers
from unstuck.remedy import Reach, Remedy

# Settings with which a layer passes on what it gets.
NEUTRAL: Mapping[str, Mapping[str, Any]] = {
    "Activation": {"activation": "linear"},
    "AlphaDropout": {"rate": 0.0},
    "Dropout": {"rate": 0.0},
    "GaussianDropout": {"rate": 0.0},
    "GaussianNoise": {"stddev": 0.0},
    "LeakyReLU": {"negative_slope": 1.0},
    "ReLU": {"max_value": None, "negative_slope": 1.0, "threshold": 0.0},
    "SpatialDropout1D": {"rate": 0.0},
    "SpatialDropout2D": {"rate": 0.0},
    "SpatialDropout3D": {"rate": 0.0},
}
# No setting has these pass on what they get.
REPLACED = (
    "GroupNormalization",
    "Lambda",
    "LayerNormalization",
    "RMSNormalization",
    "Softmax",
    "UnitNormalization",
)


@dataclass(frozen=True)
class UseLoss(Remedy):
    """Another loss of Keras, by its name, and the activation of the output that goes with it;
    an ``activation`` of "" leaves the output as it is."""

    loss: str
    activation: str = ""
    name = "use-loss"
    slot = "loss"
    reach = Reach.CORRECTION
    order = 1

    @property
    def label(self) -> str:
        return f"{self.name} {self.loss}"

    def apply(self, recipe: Recipe) -> Recipe:
        if len(recipe.data.targets) != 1:
            raise RemedyError("there is not one single loss to change")
        changed = self._activated(recipe)
        loss = replace(
            recipe.loss,
            name=self.loss,
            from_logits=False,
            pickled=b"",
            custom=False,
            aligns_shapes=True,
        )
        if changed is recipe and loss == recipe.loss:
            raise RemedyError(f"the loss is {self.loss} already")
        return replace(changed, loss=loss)

    def _activated(self, recipe: Recipe) -> Recipe:
        head = recipe.model.output_layer
        settable = "activation" in head.config
        same = head.activation == self.activation and (settable or self.activation != "linear")
        if not self.activation or same:
            return recipe
        if not settable:
            raise RemedyError(f"the output layer is {head.kind}, which takes no activation")
        change = {"activation": self.activation}
        return with_layers(recipe, lambda layer: change if layer.name == head.name else {})

    def describe(self) -> str:
        ends = "without an activation" if self.activation == "linear" else f"in {self.activation}"
        return f"train on {self.loss}" + (f", and end the output {ends}" if self.activation else "")


@dataclass(frozen=True)
class RemoveLayer(Remedy):
    """A layer left out: one that drops, adds noise, activates or normalises, or a function that
    keeps the shape."""

    layer: str
    name = "remove-layer"
    slot = "removed-layer"
    reach = Reach.CORRECTION

    @property
    def label(self) -> str:
        return f"{self.name} {self.layer}"

    def apply(self, recipe: Recipe) -> Recipe:
        def change(layer: Layer) -> dict[str, Any]:
            if layer.name != self.layer:
                return {}
            if layer.kind in REPLACED and layer.input_shape == layer.output_shape:
                return {KIND: "Identity", "name": layer.name}
            return dict(NEUTRAL.get(layer.kind, {}))

        return with_layers(recipe, change)

    def describe(self) -> str:
        return f"leave out the layer {self.layer}"


@dataclass(frozen=True)
class SoftmaxAxis(Remedy):
    """A Softmax layer over the last axis, that of the classes."""

    layer: str
    name = "softmax-axis"
    slot = "softmax-axis"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        def change(layer: Layer) -> dict[str, Any]:
            return {"axis": -1} if (layer.name, layer.kind) == (self.layer, "Softmax") else {}

        return with_layers(recipe, change)

    def describe(self) -> str:
        return "take softmax over the last axis"
