"""symmetric-initialization: units that start equal stay equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, initializer, layer, normal, recipe, regression
from unstuck.checks._initial import DENSE, MERGING, NORMALISERS, Start, begun_anew, starts
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Layer, Model, Recipe
from unstuck.remedies import DrawWeights
from unstuck.remedies.weights import is_flat
from unstuck.trace import Trace

NOISE = frozenset({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout"})
NOISE |= {"GaussianNoise", "GaussianDropout"}
# Layers that pass on what they are given, unit by unit; of others it is not known.
PLAIN = NOISE | NORMALISERS | {"InputLayer", "Flatten", "Activation", "ReLU", "Identity"}
PLAIN |= {"GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}
PLAIN |= {"MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"}


def _stack(activation: str, first: str, last: str, *between: Layer, **value: float) -> Recipe:
    layers = [
        dense(8, activation, kernel_initializer=initializer(first, **value)),
        *between,
        dense(1, kernel_initializer=initializer(last, **value)),
    ]
    return recipe(normal(99, 3), normal(99), layers)


def _residual() -> Recipe:
    zero = dense(3, "relu", kernel_initializer=initializer("Zeros"))
    return recipe(normal(99, 3), normal(99), [zero, layer("Add", (3,)), dense(1)])


def _low_rank(first_factor: Array) -> Recipe:
    """A layer of the user's own, a product of two factors, of which the second begins at zero."""
    factors = first_factor, np.zeros((2, 8))
    made = recipe(normal(99, 3), normal(99), [layer("LowRank", (8,)), dense(1)])
    first, last = made.model.layers
    layers = replace(first, owns=(0, 1), parameters=22), last
    model = replace(made.model, layers=layers, weights=factors, drawn=(0, 1))
    return replace(made, model=model)


def _set_to_zero() -> Recipe:
    made = _stack("relu", "GlorotUniform", "GlorotUniform")
    first, last = made.model.layers
    weights = tuple(np.zeros(shape) for shape in ((3, 8), (8,), (8, 1), (1,)))
    layers = replace(first, owns=(0, 1)), replace(last, owns=(2, 3))
    return replace(made, model=replace(made.model, layers=layers, weights=weights, warm=True))


class SymmetricInitialization(Check):
    name = "symmetric-initialization"
    severity = Severity.ERROR
    summary = "Units of a hidden layer that begin with equal weights, or with none at all."
    why = (
        "Units that begin equal get equal gradients, so they stay equal: the layer is worth a "
        "single unit. Where rectified units begin at zero, no gradient passes them at all."
    )
    instead = (
        "Leave kernels to the layer's default initializer; zeros are for biases. A common start "
        "for several trainings is one drawn set of weights, not one of zeros."
    )
    false_alarms = (
        "A last layer, or the last of a residual branch, that begins at zero is good practice and "
        "not reported; neither is a model without hidden layers."
    )
    sources = (
        "Goodfellow, Bengio & Courville 2016, section 8.4",
        "measured: Keras 3.15.1 on JAX passes no gradient through a ReLU at zero",
    )
    firing = (
        Case("all zero", lambda: _stack("relu", "Zeros", "Zeros")),
        Case("rectified zeros before random weights", lambda: _stack("relu", "Zeros", "HeNormal")),
        Case("set to zero by the program", _set_to_zero),
        Case(
            "both factors of a layer of one's own, a warning", lambda: _low_rank(np.zeros((3, 2)))
        ),
        Case("all the same", lambda: _stack("tanh", "Constant", "Constant", value=0.5)),
        Case("equal units, told apart by the last layer", lambda: _stack("relu", "Ones", "He")),
    )
    silent = (
        Case("drawn", regression),
        Case("a last layer of zeros", lambda: _stack("relu", "GlorotUniform", "Zeros")),
        Case(
            "no hidden layer",
            lambda: recipe(
                normal(99, 3), normal(99), [dense(1, kernel_initializer=initializer("Zeros"))]
            ),
        ),
        Case("a residual branch of zeros", _residual),
        Case("one factor of an adapter", lambda: _low_rank(normal(3, 2))),
        Case(
            "biases of zeros",
            lambda: recipe(
                normal(99, 3),
                normal(99),
                [dense(8, "relu", bias_initializer=initializer("Zeros")), dense(1)],
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        yield from self._of_own_layers(recipe)
        kinds = {layer.kind for layer in recipe.model.layers}
        if kinds & MERGING or len(recipe.data.targets) != 1:
            return
        found = {s.layer.name: s for s in starts(recipe)}
        for before, after in pairwise(recipe.model.learned_layers):
            one, other = found.get(before.name), _beside(recipe, before, after, found)
            finding = self._of(recipe, one, other) if one and one.layer.trainable else None
            if finding is not None:
                yield finding  # its remedy is of all layers, so the first will do
                return

    def _of_own_layers(self, recipe: Recipe) -> Iterator[Finding]:
        """Layers of the user's own of which every matrix begins flat; one that does beside others
        that are drawn is how an adapter begins (Hu et al. 2021)."""
        model = recipe.model
        flat = [x for x in model.layers if x.trainable and _is_flat(model, x)]
        if flat and not model.warm:
            named = ", ".join(x.name for x in flat)
            yield self.found(
                f"all matrices of {named} begin with all their numbers equal",
                {"layers": len(flat)},
                flat[0].place,
                (DrawWeights(tuple(x.name for x in flat)),),
                layer=flat[0],
                severity=Severity.WARNING,
            )

    def _of(self, recipe: Recipe, one: Start, other: Start | None) -> Finding | None:
        kinds = {layer.kind for layer in recipe.model.layers}
        known = kinds <= PLAIN | {*DENSE}
        dead = _is_dead(recipe, one)
        stays = dead or (other is not None and other.even and not kinds & NOISE)
        if not one.constant or not (dead or one.layer.units != 1):
            return None
        remedies = begun_anew(recipe, [x.layer for x in starts(recipe) if x.constant])
        if not remedies and not stays:
            return None
        if dead:
            text = "begin at zero, where a ReLU passes no gradient to them nor to what is before"
        elif stays:
            text = f"begin equal, as do their weights into {other.layer.name if other else ''}"
        else:
            text = "begin equal, so that only the weights behind them tell them apart"
        return self.found(
            f"all {one.layer.units} units of {one.layer.name} {text}",
            {"units": one.layer.units or 0, "rms": one.rms, "stay_equal": int(stays)},
            one.layer.place,
            remedies,
            layer=one.layer,
            severity=Severity.ERROR if stays and known else Severity.WARNING,
        )


def _beside(recipe: Recipe, before: Layer, after: Layer, found: dict[str, Start]) -> Start | None:
    """The next layer that mixes units, where what ``before`` gives goes into it."""
    layers = recipe.model.layers
    following = layers[layers.index(before) + 1 :]
    learned = [x for x in following if x.parameters and x.kind not in NORMALISERS]
    other = found.get(learned[0].name) if learned else None
    width = other.layer.input_shape[-1] if other and other.layer.input_shape else 0
    return other if width and before.units and width % before.units == 0 else None


def _is_dead(recipe: Recipe, one: Start) -> bool:
    layers = recipe.model.layers
    after = layers[layers.index(one.layer) + 1]
    kinds = ("Activation", "ReLU", *NORMALISERS)
    passed = after if one.layer.activation == "linear" and after.kind in kinds else one.layer
    return passed.activation == "relu" and one.rms == 0 and one.unbiased and one.constant


def _is_flat(model: Model, layer: Layer) -> bool:
    """Whether all matrices are, of a layer whose initializers are not among its settings."""
    if any(name.endswith("_initializer") for name in layer.config):
        return False
    drawn = [i for i in layer.owns if i in model.drawn and i < len(model.weights)]
    matrices = [model.weights[i] for i in drawn if model.weights[i].ndim > 1]
    return bool(matrices) and all(map(is_flat, matrices))
