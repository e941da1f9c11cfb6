"""vanishing-gradients: the first layers get orders of magnitude less than the last."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, trace
from unstuck.checks._depth import norms_by_depth
from unstuck.checks._initial import redrawn, starts
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.remedies import LeakyRelu
from unstuck.remedies.model import BOUNDED, RECURRENT
from unstuck.remedy import Remedy
from unstuck.trace import Trace

LESS = 1e-4  # of the last layer's
SMALL = 0.3  # of the size of default weights


def _deep(activation: str = "sigmoid", count: int = 8) -> Recipe:
    return recipe(normal(99, 3), normal(99), [dense(16, activation)] * count + [dense(1)])


def _falling(low: float, count: int = 9) -> Trace:
    return trace([1.0, 1.0], gradients=list(np.geomspace(low, 1.0, count)))


class VanishingGradients(Check):
    name = "vanishing-gradients"
    needs_trace = True
    summary = "The first layers get a gradient orders of magnitude smaller than the last."
    why = (
        "Each layer hands back a part of the gradient that it is given: a sigmoid a quarter at "
        "the most. After ten of them nothing is left, and the first layers stay as they were "
        "drawn, so the last has noise to learn from."
    )
    instead = "ReLU, He's initializer, residual connections or batch normalisation; fewer layers."
    false_alarms = "Embeddings of rare words get little by nature, and are left out."
    sources = ("Hochreiter 1991", "Glorot & Bengio 2010")
    firing = (
        Case("eight sigmoids", _deep, lambda: _falling(1e-6)),
        Case("four, far less", lambda: _deep(count=3), lambda: _falling(1e-5, 4)),
    )
    silent = (
        Case("a hundredth", _deep, lambda: _falling(1e-2)),
        Case("one layer", regression, lambda: trace([1.0, 0.5])),
        Case("none at all", _deep, lambda: trace([1.0], gradients=[0.0] * 8 + [1.0])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        known = norms_by_depth(recipe, trace)
        if known is None:
            return
        layers, norms = known
        ratio = float(norms[0] / norms[-1]) if norms[-1] > 0 else 1.0
        remedies = _remedies(recipe)
        if not 0 < ratio < LESS or not remedies:
            return
        yield self.found(
            f"{layers[0].name} gets a gradient of {norms[0]:.2g} when training begins, "
            f"{ratio:.2g} of what {layers[-1].name} gets",
            {"first": float(norms[0]), "last": float(norms[-1]), "ratio": ratio},
            layers[0].place,
            remedies,
            layer=layers[0],
        )


def _remedies(recipe: Recipe) -> tuple[Remedy, ...]:
    small = [s.layer for s in starts(recipe)[:-1] if 0 < s.share < SMALL]
    hidden = [x for x in recipe.model.layers[:-1] if x.kind not in RECURRENT]
    bounded = any(x.activation in BOUNDED for x in hidden)
    found: list[Remedy] = [*redrawn(recipe, small)] if small else []
    return (*found, LeakyRelu()) if bounded else tuple(found)
