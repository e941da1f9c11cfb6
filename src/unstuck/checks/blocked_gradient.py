"""blocked-gradient: an operation without a gradient between the loss and the weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression, tried
from unstuck.checks._task import is_function
from unstuck.experiments import Flags
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import RemoveLayer
from unstuck.trace import Trace

WEIGHTS = ("dense_0/kernel", "dense_0/bias", "dense_1/kernel", "dense_1/bias")


def _tried(led: str, used: str = "1111") -> Trace:
    """By a digit for each weight."""
    flags = [np.array([c == "1" for c in digits]) for digits in (led, used)]
    return tried(variables=WEIGHTS, led=flags[0], used=flags[1])


def _rounded() -> Recipe:
    layers = [dense(16, "relu"), layer("Lambda", (16,)), dense(1)]
    return recipe(normal(64, 4), normal(64), layers)


class BlockedGradient(Check):
    name = "blocked-gradient"
    severity = Severity.WARNING
    needs_trace = True
    summary = "An operation without a gradient stands between the loss and trainable weights."
    why = (
        "argmax, round, floor, sign, a comparison, a cast to integers and stop_gradient have the "
        "derivative zero, for all numbers. What stands before them gets no gradient and stays as "
        "it was drawn. On JAX nothing says so."
    )
    instead = (
        "Train on the soft value (softmax for argmax, sigmoid for a comparison) and round only "
        "what is reported; or let the gradient through: x + stop_gradient(round(x) - x)."
    )
    false_alarms = (
        "Parts kept as they are on purpose: a target network, a pretrained part behind "
        "stop_gradient. It follows the chain of derivatives itself, so dead units, saturated ones "
        "and layers that begin at zero are not reported."
    )
    sources = (
        "keras-team/keras#11157",
        "tensorflow/tensorflow#8625",
        "tensorflow/tensorflow#15278",
        "measured: round in a Lambda on Keras 3.15.1 and JAX trains in silence, weights unmoved",
    )
    firing = (
        Case("in the loss", regression, lambda: _tried("0000")),
        Case("between two layers", regression, lambda: _tried("0011")),
        Case("by a function that could be left out", _rounded, lambda: _tried("0011")),
        Case("before a loss that only a penalty reaches", regression, lambda: _tried("0001")),
    )
    silent = (
        Case("all led to", regression, lambda: _tried("1111")),
        Case("weights of no use at all", regression, lambda: _tried("1100", used="1100")),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        if found is None or not found.led.size:
            return
        blocked = found.used & ~found.led
        if not blocked.any():
            return
        every = not found.led.any()
        layers = _names(found.variables, blocked)
        named = ", ".join(layers[:4]) + (", ..." if len(layers) > 4 else "")
        following = _following(recipe, layers[-1])
        cutting = next((x for x in following if not x.parameters), None)
        there = recipe.model.place if following else recipe.loss.place
        which = "any trainable weight" if every else f"the weights of {named}"
        yield self.found(
            f"no chain of derivatives leads from the loss to {which}: an operation without a "
            f"gradient cuts off {int(blocked.sum())} of {len(blocked)} variables",
            {"blocked": int(blocked.sum()), "variables": len(blocked), "last": layers[-1]},
            (cutting.place if cutting else None) or there,
            (RemoveLayer(cutting.name),) if cutting and is_function(cutting) else (),
            severity=Severity.ERROR if every else None,
        )


def _names(variables: tuple[str, ...], blocked: Flags) -> list[str]:
    """The layers that own blocked variables, in order."""
    paths = [v.split("/") for v, cut in zip(variables, blocked, strict=True) if cut]
    return list(dict.fromkeys(path[-2] if len(path) > 1 else path[0] for path in paths))


def _following(recipe: Recipe, last: str) -> tuple[Layer, ...]:
    """The layers after the last that is cut off."""
    names = [x.name for x in recipe.model.layers]
    return recipe.model.layers[names.index(last) + 1 :] if last in names else ()
