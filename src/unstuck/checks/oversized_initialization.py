"""oversized-initialization: initial weights so large that outputs saturate or explode."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, initializer, layer, normal, recipe, regression
from unstuck.checks._initial import Start, normalised, redrawn, scale_of_inputs, starts
from unstuck.finding import Finding
from unstuck.recipe import Layer, Recipe
from unstuck.remedy import Remedy
from unstuck.trace import Trace

# Normal sums of spread s lie where tanh is beyond 0.99 (2.65) more often than not from s = 3.9 on,
# and where a sigmoid is beyond 0.01 and 0.99 (4.6) from s = 6.8 on.
PINNING = {"tanh": 3.9, "softsign": 3.9, "sigmoid": 6.8, "hard_sigmoid": 6.8}
LARGE = 10.0  # for others: the loss begins a hundred times too large
USUAL = sqrt(2)  # He et al. 2015, for a ReLU
PILED = 100.0  # times what they should give, all layers together


def _stack(spread: float, *layers: Layer, activation: str = "relu", inputs: int = 64) -> Recipe:
    drawn = initializer("RandomNormal", stddev=spread)
    stack = [dense(64, activation, kernel_initializer=drawn), *layers]
    return recipe(normal(99, inputs), normal(99), [*stack, dense(1, kernel_initializer=drawn)])


class OversizedInitialization(Check):
    name = "oversized-initialization"
    summary = "Initial weights far larger than the number of inputs allows."
    why = (
        "A unit sums as many products as it has inputs. With weights of a spread near one the sums "
        "are large: bounded activations sit at their ends, where their gradient is nearly zero, "
        "and rectified layers hand on numbers that grow from layer to layer."
    )
    instead = "Glorot's or He's initializers, which divide by the number of inputs (the default)."
    false_alarms = (
        "Batch or layer normalisation brings any scale back, and weights that the program loads or "
        "sets may be large because they were learned; neither is reported."
    )
    sources = ("Glorot & Bengio 2010", "He et al. 2015 (arXiv 1502.01852)")
    firing = (
        Case("a spread of ten", lambda: _stack(10.0)),
        Case("tanh at a spread of one", lambda: _stack(1.0, activation="tanh")),
        Case(
            "growing through depth",
            lambda: _stack(
                1.0,
                dense(64, "relu", kernel_initializer=initializer("RandomNormal", stddev=1.0)),
                dense(64, "relu", kernel_initializer=initializer("RandomNormal", stddev=1.0)),
            ),
        ),
    )
    silent = (
        Case("the default", regression),
        Case("a spread of one for two inputs", lambda: _stack(0.7, inputs=2)),
        Case("Keras's RandomNormal", lambda: _stack(0.05)),
        Case(
            "normalised at once",
            lambda: recipe(
                normal(99, 9),
                normal(99),
                [
                    dense(64, kernel_initializer=initializer("RandomNormal", stddev=9.0)),
                    layer("BatchNormalization", (64,)),
                    dense(1),
                ],
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        known = [s for s in starts(recipe) if not normalised(recipe, s.layer)]
        if not known:
            return
        inputs = min(1.0, scale_of_inputs(recipe))
        gains = [s.gain * (inputs if not i else 1.0) for i, s in enumerate(known)]
        pairs = list(zip(known, gains, strict=True))
        large = [s for s, gain in pairs if gain > PINNING.get(s.layer.activation, LARGE)]
        piled = prod(max(1.0, gain / USUAL) for gain in gains)
        if not large and piled > PILED:
            large = [s for s, gain in pairs if gain > 2 * USUAL]
        remedies = redrawn(recipe, [s.layer for s in large])
        if large and remedies:
            yield self._about(large, max(g for s, g in pairs if s in large), piled, remedies)

    def _about(
        self, large: list[Start], gain: float, piled: float, remedies: tuple[Remedy, ...]
    ) -> Finding:
        worst = max(large, key=lambda s: s.gain)
        return self.found(
            f"the first weights of {worst.layer.name} have a root mean square of {worst.rms:.3g} "
            f"over {worst.fan_in} inputs, so that its sums begin {gain:.3g} times as large as "
            "what goes in",
            {"rms": worst.rms, "inputs": worst.fan_in, "gain": gain, "all_layers": piled},
            worst.layer.place,
            remedies,
            layer=worst.layer,
        )
