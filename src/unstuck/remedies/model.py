"""Remedies of the network: output, activations, width, the axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Layer, Recipe
from unstuck.remedies._edit import with_layers
from unstuck.remedy import Reach, Remedy

RECURRENT = ("LSTM", "GRU", "SimpleRNN")
BOUNDED = ("sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softsign")


class _OutputActivation(Remedy):
    """Another activation on the output, or on the ``layer`` that is named; one for each layer."""

    layer: str
    reach = Reach.CORRECTION

    @property
    def slot(self) -> str:  # type: ignore[override]
        return f"output-activation {self.layer}".strip()

    @property
    def label(self) -> str:
        return f"{self.name} {self.layer}".strip()

    def _name(self, recipe: Recipe) -> str:
        return self.layer or recipe.model.output_layer.name


@dataclass(frozen=True)
class LinearOutput(_OutputActivation):
    """No activation on the output layer, or on the ``layer`` whose logits another one squashes."""

    layer: str = ""
    name = "linear-output"

    def apply(self, recipe: Recipe) -> Recipe:
        name = self._name(recipe)
        found = [x for x in recipe.model.layers if x.name == name]
        if not found or found[0].config.get("activation") in (None, "linear"):
            raise RemedyError("the output layer has no activation to remove")
        return with_layers(
            recipe, lambda layer: {"activation": "linear"} if layer.name == name else {}
        )

    def describe(self) -> str:
        return f"leave {self.layer or 'the output layer'} without an activation"


@dataclass(frozen=True)
class ProbabilityOutput(_OutputActivation):
    """Softmax or sigmoid on the output layer, or on the ``layer`` of one of several outputs."""

    activation: str
    layer: str = ""
    name = "probability-output"

    def apply(self, recipe: Recipe) -> Recipe:
        name = self._name(recipe)
        kinds = [x.kind for x in recipe.model.layers if x.name == name and "activation" in x.config]
        if not kinds:
            raise RemedyError("the output layer takes no activation")
        change = {"activation": self.activation}
        return with_layers(recipe, lambda layer: change if layer.name == name else {})

    def describe(self) -> str:
        return f"end {self.layer or 'the output layer'} in {self.activation}"


@dataclass(frozen=True)
class OutputUnits(Remedy):
    """An output layer of ``units`` units, one for each value or class."""

    units: int
    name = "output-units"
    slot = "encoding"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        head = recipe.model.output_layer
        if head.kind != "Dense":
            raise RemedyError(f"the output layer is {head.kind}, not Dense")
        change = {"units": self.units} if head.units != self.units else {}
        return with_layers(recipe, lambda layer: change if layer.name == head.name else {})

    def describe(self) -> str:
        return f"give the output layer {self.units} {'unit' if self.units == 1 else 'units'}"


@dataclass(frozen=True)
class LeakyRelu(Remedy):
    """Leaky ReLU in the hidden layers, in place of ReLU and of bounded activations: a unit never
    loses its gradient, and deep stacks start well without an initializer made for them (a tenth
    of the seeds of ten layers of 16 ReLU units do not). Recurrent layers keep theirs."""

    name = "leaky-relu"
    slot = "activation"
    reach = Reach.STRUCTURE

    def apply(self, recipe: Recipe) -> Recipe:
        head = recipe.model.output_layer.name

        def change(layer: Layer) -> dict[str, Any]:
            losing = layer.activation == "relu" or layer.activation in BOUNDED
            hidden = losing and layer.name != head and layer.kind not in RECURRENT
            return {"activation": "leaky_relu"} if hidden else {}

        return with_layers(recipe, change)

    def describe(self) -> str:
        return "use leaky ReLU in the hidden layers"


@dataclass(frozen=True)
class Widen(Remedy):
    """Hidden dense layers of at least ``units`` units."""

    units: int = 32
    name = "widen-layers"
    slot = "width"
    reach = Reach.STRUCTURE

    def apply(self, recipe: Recipe) -> Recipe:
        head = recipe.model.output_layer.name

        def change(layer: Layer) -> dict[str, Any]:
            narrow = layer.kind == "Dense" and (layer.units or self.units) < self.units
            return {"units": self.units} if narrow and layer.name != head else {}

        return with_layers(recipe, change)

    def describe(self) -> str:
        return f"give each hidden layer at least {self.units} units"


@dataclass(frozen=True)
class SpreadSteps(Remedy):
    """One feature a time step for a recurrent layer that was given all of them at once."""

    name = "spread-steps"
    slot = "sequence"
    reach = Reach.STRUCTURE

    def apply(self, recipe: Recipe) -> Recipe:
        layers = recipe.model.layers
        before = {
            layer.name
            for layer, following in pairwise(layers)
            if layer.kind == "Reshape" and following.kind in RECURRENT
        }
        if not before:
            raise RemedyError("no Reshape stands before a recurrent layer")
        return with_layers(
            recipe, lambda layer: {"target_shape": (-1, 1)} if layer.name in before else {}
        )

    def describe(self) -> str:
        return "give the recurrent layer one feature a step"
