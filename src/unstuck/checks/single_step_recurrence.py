"""single-step-recurrence: a recurrent layer that is given a sequence of length one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression
from unstuck.checks._task import RECURRENT
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.remedies import SpreadSteps
from unstuck.trace import Trace


def _lstm(steps: int, **config: bool) -> Recipe:
    first = layer("LSTM", (8,), units=8, **config)
    made = recipe(normal(99, steps, 4), normal(99), [first, dense(1)])
    first = replace(made.model.layers[0], input_shape=(steps, 4))
    return replace(made, model=replace(made.model, layers=(first, *made.model.layers[1:])))


class SingleStepRecurrence(Check):
    name = "single-step-recurrence"
    summary = "A recurrent layer whose sequence has one step."
    why = "With one step there is nothing to carry: the layer is a gated dense one, and slower."
    instead = "Let the axis of time be the one along which the data are a sequence."
    false_alarms = (
        "Such a network can still learn, as a dense one can; the trials tell. A stateful layer "
        "carries its state from batch to batch and is not reported."
    )
    sources = ("Stack Overflow: remainder by seven, the accepted LSTM",)
    firing = (
        Case("one step", lambda: _lstm(1)),
        Case(
            "reshaped to one step",
            lambda: recipe(
                normal(99, 6), normal(99), [layer("Reshape", (1, 6)), layer("GRU", (8,), units=8)]
            ),
        ),
    )
    silent = (
        Case("ten steps", lambda: _lstm(10)),
        Case("two steps", lambda: _lstm(2)),
        Case("one step at a time, its state carried on", lambda: _lstm(1, stateful=True)),
        Case("no recurrence", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        layers = recipe.model.layers
        for index, one in enumerate(layers):
            shape = one.input_shape or (layers[index - 1].output_shape if index else ())
            if one.kind not in RECURRENT or len(shape) != 2 or shape[0] != 1:
                continue
            if one.config.get("stateful"):
                continue
            spreads = index > 0 and layers[index - 1].kind == "Reshape"
            yield self.found(
                f"{one.name} ({one.kind}) is given sequences of one step with {shape[1]} features",
                {"steps": 1, "features": shape[1] or 0},
                one.place,
                (SpreadSteps(),) if spreads else (),
                layer=one,
            )
