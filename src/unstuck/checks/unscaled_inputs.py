"""unscaled-inputs: features far from unit scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression, uniform
from unstuck.checks._task import flat, is_numeric, looks_up, may_be_ids, normalises_inputs
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import StandardizeInputs
from unstuck.trace import Trace

# Initializers keep the variance of a signal of unit scale (Glorot & Bengio 2010, He et al.
# 2015), so the first layer's pre-activations have about the root mean square of the inputs.
LARGE = 10.0
HUGE = 1000.0  # of most features: then no weights of usual size bring the sum back to scale
SMALL = 0.01
# Ranges and not spreads are compared, and the lowest twentieth is left out: a pixel that is
# rarely lit and a rare class as a bit vary little, yet stand on the scale of the others.
UNLIKE = 100.0


def _rarely_lit() -> Recipe:
    pixels = uniform(0, 1, 2000, 64)
    pixels[1:, ::2] = 0
    return recipe(pixels, normal(2000), [dense(1)])


def _own_layer() -> Recipe:
    made = recipe(
        integers(0, 900, 300, 4), normal(300), [layer("Tokens", (4, 8), units=8), dense(1)]
    )
    return replace(made, model=replace(made.model, custom=b"..."))


class UnscaledInputs(Check):
    name = "unscaled-inputs"
    summary = "Features far from unit scale, or of very unlike scales, that nothing normalises."
    why = (
        "The first layer's outputs grow with its inputs: activations saturate, gradients of "
        "large features drown those of small ones, and no single learning rate suits both."
    )
    instead = (
        "Scale the inputs with the mean and standard deviation of the training rows, best by a "
        "Normalization layer inside the model, so that predictions are scaled alike."
    )
    false_alarms = "Adam often copes with features of some tens; the trials then refute it."
    sources = ("Glorot & Bengio 2010", "keras-team/keras#3753")
    firing = (
        Case(
            "integers up to 499", lambda: recipe(integers(0, 500, 300, 2), normal(300), [dense(1)])
        ),
        Case(
            "pixels 0 to 255", lambda: recipe(uniform(0, 255, 50, 8, 8, 1), normal(50), [dense(1)])
        ),
        Case(
            "one feature a thousand times another",
            lambda: recipe(normal(300, 2) * [1, 0.001], normal(300), [dense(1)]),
        ),
    )
    silent = (
        Case("unit scale", regression),
        Case("mean 1, spread 2", lambda: recipe(normal(300, 2) * 2 + 1, normal(300), [dense(1)])),
        Case("bits", lambda: recipe(integers(0, 2, 300, 5), normal(300), [dense(1)])),
        Case(
            "a Normalization layer first",
            lambda: recipe(
                integers(0, 500, 300, 2), normal(300), [layer("Normalization", (2,)), dense(1)]
            ),
        ),
        Case(
            "ids for an embedding",
            lambda: recipe(
                integers(0, 900, 300, 4), normal(300), [layer("Embedding", (4, 8)), dense(1)]
            ),
        ),
        Case("ids for a layer of one's own", _own_layer),
        Case("rarely lit pixels", _rarely_lit),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if looks_up(recipe) or normalises_inputs(recipe):
            return
        for number, x in enumerate(recipe.data.inputs):
            if is_numeric(x) and x.size and not may_be_ids(recipe, x):
                yield from self._of(recipe, number, flat(x))

    def _of(self, recipe: Recipe, number: int, x: np.ndarray) -> Iterator[Finding]:
        size = np.sqrt((x**2).mean(axis=0))
        reach = np.ptp(x, axis=0)
        varied = reach[reach > 0]
        small = np.percentile(varied, 5, method="lower") if len(varied) else 1.0
        ratio = float(varied.max() / small) if len(varied) else 1.0
        largest = float(size.max())
        if not np.isfinite(largest) or largest == 0:
            return
        if SMALL <= largest <= LARGE and ratio <= UNLIKE:
            return
        which = f"input {number}" if len(recipe.data.inputs) > 1 else "the inputs"
        unlike = f", and their ranges differ by a factor of {ratio:.3g}" if ratio > UNLIKE else ""
        yield self.found(
            f"{which} have a root mean square of up to {largest:.4g}{unlike}, "
            "and nothing in the model scales them",
            {"rms": largest, "range_ratio": ratio, "features": x.shape[1]},
            recipe.fit.place,
            (StandardizeInputs(),),
            severity=Severity.ERROR if np.median(size) > HUGE else Severity.WARNING,
        )
