"""dropout-on-output: dropout, or noise, after the last layer that learns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe, regression
from unstuck.checks._objective import after_the_last, one_target
from unstuck.checks._task import is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import RemoveLayer
from unstuck.trace import Trace

DROPPING = frozenset({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout"})
NOISY = DROPPING | {"GaussianDropout", "GaussianNoise"}
# Layers that give to each output what they got in its place; all others may mix or choose.
PASSING = NOISY | {"Activation", "Flatten", "Identity", "Permute", "ReLU", "Reshape", "Softmax"}
LOST = 0.1  # of the variance: the tenth by which a goal, where it is derived, falls short of all


def _dropped(rate: float, *, shift: float = 0.0) -> Recipe:
    layers = [dense(16, "relu"), dense(1), layer("Dropout", (1,), rate=rate)]
    return recipe(normal(200, 4), normal(200) + shift, layers)


def _classes(*end: Layer) -> Recipe:
    layers = [dense(16, "relu"), *end]
    return recipe(normal(200, 4), integers(0, 3, 200), layers, "sparse_categorical_crossentropy")


def _paired() -> Recipe:
    """An embedding with dropout, compared with another."""
    layers = [dense(16), layer("Dropout", (16,), rate=0.1), layer("Dot", (1,))]
    return recipe(normal(200, 4), normal(200), layers)


class DropoutOnOutput(Check):
    name = "dropout-on-output"
    summary = "Dropout or noise after the last layer that learns."
    why = (
        "It falls on the answers. An answer of a regression that is dropped is zero, and those "
        "that are kept are made larger for it, so the network learns answers that are too small by "
        "the rate. A dropped class has probability zero: the loss is infinite or not a number."
    )
    instead = "Dropout before the last dense layer, or none."
    false_alarms = (
        "Dropout on features that are then compared or pooled is not reported. Classes are learned "
        "in spite of it, only the loss and the score while training are not those of the network."
    )
    sources = (
        "measured on Keras 3.15.1, JAX: r2 of 0.99 without, 0.94 under a rate of 0.2, 0.67 under "
        "0.5; a classifier learns, with a loss of nan and an accuracy of 0.48 where 0.92 are right",
    )
    firing = (
        Case("a regression that loses half", lambda: _dropped(0.5)),
        Case("a small rate", lambda: _dropped(0.1)),
        Case(
            "probabilities", lambda: _classes(dense(3, "softmax"), layer("Dropout", (3,), rate=0.2))
        ),
        Case(
            "logits",
            lambda: _classes(dense(3), layer("Dropout", (3,), rate=0.5), layer("Softmax", (3,))),
        ),
        Case(
            "noise",
            lambda: _classes(dense(3, "softmax"), layer("GaussianNoise", (3,), stddev=0.3)),
        ),
    )
    silent = (
        Case("before the output", lambda: _classes(layer("Dropout", (16,), rate=0.5), dense(3))),
        Case("none", regression),
        Case("a rate of zero", lambda: _dropped(0.0)),
        Case("features that are compared", _paired),
        Case("a classifier", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        after = after_the_last(recipe)
        if one_target(recipe) is None or len(after) == len(recipe.model.layers):
            return
        for place, one in enumerate(after):
            amount = _amount(one)
            passed = all(x.kind in PASSING for x in after[place:])
            if amount and passed:
                yield self._found(recipe, one, amount)

    def _found(self, recipe: Recipe, layer: Layer, amount: float) -> Finding:
        lost = _lost(recipe, layer, amount)
        effect = (
            f"which makes every answer {amount:.0%} too small, {lost:.0%} of the variance"
            if lost
            else "on the answers themselves"
        )
        return self.found(
            f"{layer.name} ({layer.kind}, {amount:g}) stands after the last layer that learns, "
            + effect,
            {"amount": amount, "lost": lost},
            layer.place,
            (RemoveLayer(layer.name),),
            layer=layer,
            severity=Severity.ERROR if lost >= LOST else Severity.WARNING,
        )


def _amount(layer: Layer) -> float:
    """The rate or the spread of a layer that drops or adds noise; 0 where it does nothing."""
    if layer.kind not in NOISY:
        return 0.0
    given = layer.config.get("rate", layer.config.get("stddev", 0.0))
    return float(given) if isinstance(given, int | float) else 0.0


def _lost(recipe: Recipe, layer: Layer, rate: float) -> float:
    """The least share of the targets' variance that dropped answers leave under a squared error,
    ``rate**2 E[y**2] / Var[y]``: kept answers are divided by ``1 - rate``, and the mean over kept
    and dropped ones is least at ``(1 - rate) y``. 0 where a bias added later could make up for it.
    """
    last = recipe.model.output_layer
    plain = layer.kind == "Dropout" and last is layer and recipe.loss.name == "mean_squared_error"
    if not plain or not is_regression(recipe):
        return 0.0
    y = np.asarray(recipe.data.targets[0], dtype=np.float64)
    spread = float(y.var())
    return rate**2 * float((y**2).mean()) / spread if spread > 0 else 0.0
