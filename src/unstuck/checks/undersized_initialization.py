"""undersized-initialization: initial weights so small that signal and gradient vanish."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, initializer, layer, normal, recipe, regression
from unstuck.checks._initial import begun_anew, normalised, scale_of_inputs, starts
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.trace import Trace

LEFT = 1e-3  # of the signal that default weights would hand to the last layer
SMALL = 0.3


def _stack(spread: float, hidden: int, between: str = "") -> Recipe:
    drawn = initializer("RandomNormal", stddev=spread)
    one = [dense(32, "relu", kernel_initializer=drawn)]
    one += [layer(between, (32,))] if between else []
    return recipe(normal(99, 8), normal(99), [*one * hidden, dense(1, kernel_initializer=drawn)])


class UndersizedInitialization(Check):
    name = "undersized-initialization"
    summary = "Initial weights so small that hardly anything of the inputs reaches the last layer."
    why = (
        "Each layer shrinks what it is given, and shrinks the gradient on its way back alike. "
        "Several such layers leave nothing to learn from but the bias of the output."
    )
    instead = "Glorot's or He's initializers, which keep the scale (the default)."
    false_alarms = (
        "One layer of small weights does no harm, and a last layer that begins near zero is good "
        "practice; neither is reported, nor what is normalised."
    )
    sources = ("Glorot & Bengio 2010", "He et al. 2015 (arXiv 1502.01852)")
    firing = (
        Case("a spread of 0.001, twice", lambda: _stack(0.001, 2)),
        Case("a spread of a millionth", lambda: _stack(1e-6, 1)),
        Case("a spread of 0.01, five times", lambda: _stack(0.01, 5)),
    )
    silent = (
        Case("the default", regression),
        Case("Keras's RandomNormal", lambda: _stack(0.05, 2)),
        Case("a spread of 0.01, once", lambda: _stack(0.01, 1)),
        Case("normalised at once", lambda: _stack(0.001, 2, "BatchNormalization")),
        Case(
            "a small last layer",
            lambda: recipe(
                normal(99, 8),
                normal(99),
                [
                    dense(32, "relu"),
                    dense(1, kernel_initializer=initializer("RandomNormal", stddev=1e-6)),
                ],
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if len(recipe.data.targets) != 1:
            return
        hidden = {layer.name for layer in recipe.model.learned_layers[:-1]}
        known = [
            s
            for s in starts(recipe)
            if s.layer.name in hidden and s.rms and not normalised(recipe, s.layer)
        ]
        left = prod(min(1.0, s.share) for s in known) * max(1.0, scale_of_inputs(recipe))
        small = [s for s in known if s.share < SMALL]
        remedies = begun_anew(recipe, [s.layer for s in small])
        if left > LEFT or not small or not remedies:
            return
        worst = min(small, key=lambda s: s.share)
        yield self.found(
            f"the first weights of {worst.layer.name} have a root mean square of {worst.rms:.2g}, "
            f"{worst.share:.2g} of the default: with all layers, {left:.2g} of the signal is left",
            {"rms": worst.rms, "share": worst.share, "left": left, "layers": len(small)},
            worst.layer.place,
            remedies,
            layer=worst.layer,
        )
