"""too-narrow: a layer with too few units for the function, or for the chance of a good start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, normal, recipe, regression
from unstuck.checks._task import flat, head, hidden, is_finite, is_regression
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import Widen
from unstuck.trace import Trace

# With ReLU each unit is dead for a given row with probability one half at the start, so a layer
# of three gives nothing at all for one row in eight, and of a stack of them few are alive.
FEW = 3
ROWS = 5000
LOST = 0.1  # of the targets' variance


def _autoencoder() -> Recipe:
    x = normal(99, 8)
    return recipe(x, x, [dense(2, "relu"), dense(8)])


def _bottleneck() -> Recipe:
    return recipe(normal(99, 20), normal(99, 12), [dense(32, "relu"), dense(4, "relu"), dense(12)])


class TooNarrow(Check):
    name = "too-narrow"
    summary = "Hidden layers of three units or fewer, or fewer than the targets need."
    why = (
        "A function of several pieces needs several units. And few units leave much to the "
        "draw of the first weights: an unlucky one leaves no path on which to learn. What a linear "
        "output makes of k units varies in k directions only, however many numbers it gives."
    )
    instead = "At least 16 or 32 units in a hidden layer; they cost nothing at this size."
    false_alarms = "A bottleneck on purpose, as in an autoencoder, which is not reported."
    sources = (
        "keras-team/keras#112",
        "keras-team/keras#14213: exclusive or learns on 2 of 10 seeds",
    )
    firing = (
        Case("four units for twelve numbers", _bottleneck),
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
        if len(recipe.data.targets) != 1 or _reconstructs(recipe):
            return
        narrow = [x for x in hidden(recipe) if x.units is not None and x.units <= FEW]
        if narrow:
            names = ", ".join(f"{x.name} has {x.units}" for x in narrow)
            yield self.found(
                f"hidden layers with very few units: {names}",
                {"units": min(x.units or 0 for x in narrow), "layers": len(narrow)},
                narrow[0].place,
                (Widen(),),
                layer=narrow[0],
            )
        else:
            yield from self._bottleneck(recipe)

    def _bottleneck(self, recipe: Recipe) -> Iterator[Finding]:
        """The last hidden layer of a regression against the directions in which targets vary."""
        before, last = recipe.model.learned_layers[-2:-1], head(recipe)
        direct = last.kind == "Dense" and last.activation == "linear"
        if not before or before[0].kind != "Dense" or not direct or not is_regression(recipe):
            return
        units, targets = before[0].units or 0, flat(recipe.data.targets[0])[:ROWS]
        if units >= targets.shape[1] or not is_finite(recipe):
            return
        lost = _beyond(targets, units)
        if lost > LOST:
            yield self.found(
                f"{before[0].name} has {units} units for targets of {targets.shape[1]} numbers: "
                f"{lost:.0%} of their variance lies beyond what a linear output can make of them",
                {"units": units, "needed": targets.shape[1], "lost": lost},
                before[0].place,
                (Widen(max(Widen.units, targets.shape[1])),),
                layer=before[0],
            )


def _beyond(values: Array, directions: int) -> float:
    """The share of the variance that principal components beyond the first ones hold."""
    squares = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    return float(squares[directions:].sum() / max(squares.sum(), 1e-30))


def _reconstructs(recipe: Recipe) -> bool:
    """Whether the targets are of the inputs' own kind, so that a bottleneck is meant: an
    autoencoder, or one that takes noise away."""
    x, y = recipe.data.inputs[0], recipe.data.targets[0]
    return x.shape == y.shape and x.ndim > 1 and x.shape[-1] > 1
