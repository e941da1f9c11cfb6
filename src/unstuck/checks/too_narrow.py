"""too-narrow: a layer with too few units for the function, or for the chance of a good start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression
from unstuck.checks._task import hidden
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.remedies import Widen
from unstuck.trace import Trace

# With ReLU each unit is dead for a given row with probability one half at the start, so a layer
# of three gives nothing at all for one row in eight, and of a stack of them few are alive.
FEW = 3


def _autoencoder() -> Recipe:
    x = normal(99, 8)
    return recipe(x, x, [dense(2, "relu"), dense(8)])


class TooNarrow(Check):
    name = "too-narrow"
    summary = "Hidden layers of three units or fewer."
    why = (
        "A function of several pieces needs several units. And few units leave much to the "
        "draw of the first weights: an unlucky one leaves no path on which to learn."
    )
    instead = "At least 16 or 32 units in a hidden layer; they cost nothing at this size."
    false_alarms = "A bottleneck on purpose, as in an autoencoder, which is not reported."
    sources = (
        "keras-team/keras#112",
        "keras-team/keras#14213: exclusive or learns on 2 of 10 seeds",
    )
    firing = (
        Case("two units", lambda: recipe(normal(99, 2), normal(99), [dense(2, "relu"), dense(1)])),
        Case(
            "a narrow layer among wide ones",
            lambda: recipe(normal(99, 4), normal(99), [dense(32, "relu"), dense(3), dense(1)]),
        ),
    )
    silent = (
        Case("sixteen", regression),
        Case("a classifier", classifier),
        Case("no hidden layer", lambda: recipe(normal(99, 2), normal(99), [dense(1)])),
        Case("an autoencoder", _autoencoder),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        narrow = [x for x in hidden(recipe) if x.units is not None and x.units <= FEW]
        if not narrow or _reconstructs(recipe):
            return
        first = narrow[0]
        names = ", ".join(f"{x.name} has {x.units}" for x in narrow)
        yield self.found(
            f"hidden layers with very few units: {names}",
            {"units": min(x.units or 0 for x in narrow), "layers": len(narrow)},
            first.place,
            (Widen(),),
            layer=first,
        )


def _reconstructs(recipe: Recipe) -> bool:
    """Whether the targets are the inputs."""
    return any(
        x.shape == y.shape and np.array_equal(x, y)
        for x in recipe.data.inputs
        for y in recipe.data.targets
    )
