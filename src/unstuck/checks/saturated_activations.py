"""saturated-activations: sigmoid or tanh units pinned to their ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, trace, uniform
from unstuck.checks._initial import redrawn, scale_of_inputs, start, starts
from unstuck.checks._task import looks_up, normalises_inputs
from unstuck.finding import Finding
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import LeakyRelu, StandardizeInputs
from unstuck.remedy import Remedy
from unstuck.trace import Floats, Trace

PINNED = 0.5  # of all numbers that a layer gives when training begins
STUCK = 0.9  # of them when it ends without having learned
GAINED = 0.05
LARGE = 3.0  # root mean square of inputs, above which they are what pins the first layer
USUAL = 2.0  # times the gain of default weights, above which the weights are


def _pinned(begin: float, end: float) -> dict[str, Floats]:
    return {"dense_0": np.tile(np.array([[begin], [end]])[None], (8, 1, 4))}


def _bounded(kind: str = "tanh", scale: float = 1.0) -> Recipe:
    return recipe(normal(99, 3) * scale, uniform(0, 1, 99), [dense(4, kind), dense(1)])


class SaturatedActivations(Check):
    name = "saturated-activations"
    needs_trace = True
    summary = "Sigmoid or tanh units that sit at the ends of their range."
    why = (
        "There the curve is flat: the unit gives the same whatever its input does, and what comes "
        "back through it is next to nothing, so layers before it do not learn."
    )
    instead = "Inputs of unit scale, default initializers, ReLU in hidden layers."
    false_alarms = (
        "A unit that has learned to say yes or no sits at its ends too; at the end of a training "
        "that has learned something it is not reported, nor at the output."
    )
    sources = ("Glorot & Bengio 2010", "CS231n, on activations")
    firing = (
        Case(
            "by unscaled inputs",
            lambda: _bounded(scale=500.0),
            lambda: trace([1.0, 1.0], pinned=_pinned(0.98, 0.98)),
        ),
        Case(
            "since it has been trained",
            lambda: _bounded("sigmoid"),
            lambda: trace([1.0, 1.0], score=[0, 0], pinned=_pinned(0.0, 1.0)),
        ),
    )
    silent = (
        Case("a few", _bounded, lambda: trace([1.0, 0.5], pinned=_pinned(0.1, 0.3))),
        Case("decided", _bounded, lambda: trace([1.0, 0.1], pinned=_pinned(0.0, 0.95))),
        Case("none watched", _bounded, lambda: trace([1.0, 1.0])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None:
            return
        gained = float(np.median(trace.score[:, -1] - trace.score[:, 0]))
        for layer in recipe.model.layers[:-1]:
            if layer.name not in trace.pinned or layer.name == recipe.model.output_layer.name:
                continue
            begin, end = (float(s) for s in trace.pinned[layer.name].mean(axis=(0, 2)))
            if begin < PINNED and not (end > STUCK and gained < GAINED):
                continue
            yield self.found(
                f"{layer.name}: {begin:.0%} of what its units give is at an end of "
                f"{layer.activation} when training begins, and {end:.0%} when it ends",
                {"begin": begin, "end": end},
                layer.place,
                _remedies(recipe, layer),
                layer=layer,
            )
            return  # what comes behind it is pinned or starved for the same reason


def _remedies(recipe: Recipe, layer: Layer) -> tuple[Remedy, ...]:
    first = recipe.model.learned_layers[:1]
    known = start(recipe, layer)
    found: list[Remedy] = []
    raw = not normalises_inputs(recipe) and not looks_up(recipe)
    if raw and (layer in first or not layer.parameters) and scale_of_inputs(recipe) > LARGE:
        found.append(StandardizeInputs())
    if known is not None and known.share > USUAL:
        found += redrawn(recipe, [s.layer for s in starts(recipe) if s.share > USUAL])
    return (*found, LeakyRelu())
