"""What the weights of layers begin as: from the captured ones, else from the initializers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np

from unstuck.checks._task import is_numeric
from unstuck.recipe import OPERATION, Array, Layer, Recipe
from unstuck.remedies import DefaultInitializers, FreshWeights
from unstuck.remedies.weights import WELL_SCALED, class_of
from unstuck.remedy import Remedy

DENSE = ("Dense", "Conv1D", "Conv2D", "Conv3D")
GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
NORMALISERS = frozenset({"BatchNormalization", "LayerNormalization", "GroupNormalization"})
MERGING = frozenset({"Add", "Multiply", "Concatenate", "Average", "Subtract", "Maximum", "Dot"})
MERGING |= {f"{OPERATION}{name}" for name in ("add", "subtract", "multiply", "maximum", "stack")}
MERGING |= {f"{OPERATION}{name}" for name in ("concatenate", "matmul", "einsum", "where")}
CUT = 0.88  # the spread of a normal distribution cut at two deviations
ROWS = 2000


@dataclass(frozen=True)
class Start:
    """The first weights of a layer. ``rms`` is of its kernel, ``constant`` whether all its units
    begin with equal weights, ``even`` whether it treats all its inputs alike."""

    layer: Layer
    fan_in: int
    fan_out: int
    rms: float
    constant: bool
    even: bool
    unbiased: bool

    @property
    def gain(self) -> float:
        """The spread that inputs of unit spread get (Glorot & Bengio 2010, He et al. 2015)."""
        return self.rms * sqrt(self.fan_in)

    @property
    def share(self) -> float:
        """How large it is beside Glorot's."""
        return self.rms / sqrt(2 / (self.fan_in + self.fan_out))


def starts(recipe: Recipe) -> list[Start]:
    """The layers with kernels, as far as their beginning is known, in order."""
    return [s for x in recipe.model.layers if (s := start(recipe, x)) is not None]


def start(recipe: Recipe, layer: Layer) -> Start | None:
    """How a dense, convolutional or recurrent layer begins; None where that is not known."""
    units, inputs = layer.units, _fan_in(layer)
    if layer.kind not in (*DENSE, *GATES) or not units or not inputs:
        return None
    own = _own(recipe, layer)
    if own:
        return _seen(layer, own, units)
    return None if recipe.model.warm else _configured(layer, inputs, units)


def redrawn(recipe: Recipe, layers: list[Layer]) -> tuple[DefaultInitializers, ...]:
    """The remedy for those layers whose initializers are at fault; none if that cannot help."""
    names = tuple(x.name for x in layers if not _well_scaled(x))
    told = any(place in recipe.model.given for x in layers for place in x.owns)
    return () if recipe.model.warm or told or not names else (DefaultInitializers(names),)


def begun_anew(recipe: Recipe, layers: list[Layer]) -> tuple[Remedy, ...]:
    """As ``redrawn``, and for weights that the program set or loaded too: where they are what no
    training comes to, so that nothing learned is lost."""
    given = {*recipe.model.given}
    told = tuple(x.name for x in layers if given & {*x.owns})
    if recipe.optimizer.state or not (told or recipe.model.warm):
        return redrawn(recipe, layers)
    return (FreshWeights(told),)


def scale_of_inputs(recipe: Recipe) -> float:
    """The root mean square of what the first layer is given; 1 where that says nothing."""
    x = recipe.data.inputs[0]
    layers = [layer.kind for layer in recipe.model.layers]
    if not is_numeric(x) or not x.size or "Embedding" in layers or "Normalization" in layers:
        return 1.0
    found = float(np.sqrt(np.mean(np.square(np.asarray(x[:ROWS], dtype=np.float64)))))
    return found if np.isfinite(found) and found > 0 else 1.0


def normalised(recipe: Recipe, layer: Layer) -> bool:
    """Whether what a layer gives is normalised before the next layer that learns."""
    layers = recipe.model.layers
    for after in layers[layers.index(layer) + 1 :]:
        if after.kind in NORMALISERS:
            return True
        if after.parameters:
            return False
    return False


def _own(recipe: Recipe, layer: Layer) -> list[Array]:
    weights = recipe.model.weights
    found = [np.asarray(weights[i]) for i in layer.owns if i < len(weights)]
    return found if found and all(w.size and is_numeric(w) for w in found) else []


def _fan_in(layer: Layer) -> int:
    """Numbers that go into one unit; 0 where the shapes are not known."""
    width = layer.input_shape[-1] if layer.input_shape else None
    size = layer.config.get("kernel_size", ())
    window = prod(size) if isinstance(size, list | tuple) else int(size)
    return int(width or 0) * window


def _seen(layer: Layer, own: list[Array], units: int) -> Start | None:
    kernel = own[0].astype(np.float64).reshape(-1, own[0].shape[-1])
    if kernel.shape[1] != units * GATES.get(layer.kind, 1) or not np.isfinite(kernel).all():
        return None
    matrices = [kernel, *(own[1:2] if layer.kind in GATES else [])]
    bias = own[-1] if layer.config.get("use_bias", True) and len(own) > 1 else np.zeros(1)
    equal = all(_constant(m) for m in matrices) if layer.kind in GATES else _equal(kernel, axis=1)
    return Start(
        layer,
        kernel.shape[0],
        units,
        float(np.sqrt(np.mean(kernel**2))),
        equal and (layer.kind in GATES or _constant(bias)),
        _equal(kernel, axis=0),
        not np.any(bias),
    )


def _constant(values: Array) -> bool:
    return bool(np.all(values == values.flat[0]))


def _equal(values: Array, axis: int) -> bool:
    return bool(np.all(values == np.take(values, [0], axis=axis)))


def _configured(layer: Layer, inputs: int, units: int) -> Start | None:
    rms = _spread(layer.config.get("kernel_initializer"), inputs, units)
    if rms is None:
        return None
    names = [class_of(layer.config.get("kernel_initializer"))]
    if layer.kind in GATES:
        names.append(class_of(layer.config.get("recurrent_initializer")))
    constant = all(name in ("Zeros", "Ones", "Constant") for name in names)
    bias = class_of(layer.config.get("bias_initializer")) or "Zeros"
    even = bias in ("Zeros", "Ones", "Constant")
    return Start(layer, inputs, units, rms, constant and even, constant, bias == "Zeros")


def _spread(entry: Any, inputs: int, units: int) -> float | None:
    """The root mean square of what an initializer of Keras draws; None for one not known."""
    kind = class_of(entry)
    given = entry.get("config", {}) if isinstance(entry, Mapping) else {}
    match kind:
        case "Zeros" | "Ones":
            return float(kind == "Ones")
        case "Constant":
            value = given.get("value", 0.0)
            return abs(float(value)) if isinstance(value, int | float) else None
        case "RandomNormal" | "TruncatedNormal":
            spread = float(given.get("stddev", 0.05)) * (CUT if kind[0] == "T" else 1)
            return sqrt(float(given.get("mean", 0.0)) ** 2 + spread**2)
        case "RandomUniform":
            low, high = float(given.get("minval", -0.05)), float(given.get("maxval", 0.05))
            return sqrt((low * low + low * high + high * high) / 3)
        case "VarianceScaling":
            fans = {"fan_in": inputs, "fan_out": units}
            fan = fans.get(str(given.get("mode", "fan_in")), (inputs + units) / 2)
            return sqrt(float(given.get("scale", 1.0)) / fan)
    return None


def _well_scaled(layer: Layer) -> bool:
    return all(
        class_of(layer.config.get(name)).startswith(WELL_SCALED) or not layer.config.get(name)
        for name in ("kernel_initializer", "recurrent_initializer")
    )
