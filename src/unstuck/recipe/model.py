"""The network: its layers, its configuration, its initial weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from unstuck.recipe.data import Array
from unstuck.recipe.place import Place

Config = Mapping[str, Any]
OPERATION = "ops."  # begins the kind of a function that a model calls, which is no layer
_ACTIVATIONS = frozenset(
    {
        "relu", "relu6", "leaky_relu", "elu", "celu", "selu",
        "gelu", "silu", "sigmoid", "hard_sigmoid", "hard_silu", "softplus",
        "softsign", "tanh", "hard_tanh", "softmax", "log_softmax", "log_sigmoid",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One layer of the model, in the order of computation; shapes are without the batch axis.
    ``owns`` are the places of its weights in those of the model; ``keeps_mask`` is false where a
    mask of padding ends at it. A function of the framework that stands between layers is one too,
    of a kind such as ``ops.squeeze``."""

    name: str
    kind: str
    config: Config
    input_shape: tuple[int | None, ...] = ()
    output_shape: tuple[int | None, ...] = ()
    parameters: int = 0
    trainable: bool = True
    place: Place | None = None
    owns: tuple[int, ...] = ()
    keeps_mask: bool = True

    @property
    def is_operation(self) -> bool:
        """Whether it is a function, which has no settings to change."""
        return self.kind.startswith(OPERATION)

    @property
    def activation(self) -> str:
        """The name of the activation: of ``activation=``, or of an activation layer."""
        if self.is_operation:
            name = self.kind.removeprefix(OPERATION)
            return name if name in _ACTIVATIONS else "linear"
        if self.kind in ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"):
            return {"LeakyReLU": "leaky_relu", "PReLU": "leaky_relu"}.get(
                self.kind, self.kind.lower()
            )
        given = self.config.get("activation")
        if isinstance(given, Mapping):
            given = given.get("config") if isinstance(given.get("config"), str) else "custom"
        return str(given) if given else "linear"

    @property
    def units(self) -> int | None:
        """Output units or filters, where the layer has them."""
        found = self.config.get("units", self.config.get("filters"))
        return int(found) if found is not None else None


@dataclass(frozen=True)
class Loose:
    """Layers on one side only of a model of the user's own class: ``anew`` are made, with fresh
    weights, in each call; ``unregistered`` are called and are no part of the model, so that nothing
    trains them; ``unused`` are part of it and lead to no output; ``repeated`` are called more than
    once."""

    anew: tuple[Layer, ...] = ()
    unregistered: tuple[Layer, ...] = ()
    unused: tuple[Layer, ...] = ()
    repeated: tuple[Layer, ...] = ()


class ModelKind(StrEnum):
    SEQUENTIAL = "sequential"
    FUNCTIONAL = "functional"
    SUBCLASSED = "subclassed"


@dataclass(frozen=True)
class Model:
    """The network: its configuration as the framework serialises it, and its initial weights.

    ``custom`` is a pickled dictionary of the user's own classes and functions, by the names
    under which ``config`` refers to them. ``weights`` stand in the framework's order.
    ``warm`` tells that the weights were loaded or trained before, so fresh ones would be
    another program; ``given`` are the places of single weights that the program set itself, such
    as a pretrained embedding, and ``drawn`` of those that it drew at random for training.
    ``sample_output`` is the captured model's own answer, in inference mode, to the first rows of
    the data: the engine must reproduce it; there is none where the model answers otherwise when
    asked again, by ``unsteady`` of its largest answer. ``untouched`` are the places of weights
    that nothing has changed since they were made; None where nobody looked.
    """

    kind: ModelKind
    config: Config
    layers: tuple[Layer, ...]
    weights: tuple[Array, ...] = ()
    custom: bytes = b""
    warm: bool = False
    sample_output: tuple[Array, ...] = ()
    unsteady: float = 0.0
    place: Place | None = None
    given: tuple[int, ...] = ()
    drawn: tuple[int, ...] = ()
    untouched: tuple[int, ...] | None = None
    loose: Loose = Loose()

    @property
    def output_layer(self) -> Layer:
        return self.layers[-1]

    @property
    def learned_layers(self) -> tuple[Layer, ...]:
        """Layers that own weights, in the order of computation."""
        return tuple(layer for layer in self.layers if layer.parameters)
