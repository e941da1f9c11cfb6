"""dead-relu: units that give zero for every row and get no gradient."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, trace
from unstuck.checks._task import head, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import LeakyRelu, LinearOutput, SetRate, Widen
from unstuck.remedy import Remedy
from unstuck.trace import Floats, Trace

SEEDS = 0.1  # of the seeds on which a whole layer must be dead
UNITS = 0.6  # of a layer's units, on the average; some silent units are usual


def _silent(dead: int, alive: int, seeds: int = 8) -> Floats:
    """Silence ``(seeds, 2, units)``: half of the rows at the start, then all for the dead."""
    start = np.full((seeds, 1, dead + alive), 0.5)
    end = np.array([1.0] * dead + [0.5] * alive)
    return np.concatenate([start, np.tile(end, (seeds, 1, 1))], axis=1)


def _dying_output() -> Recipe:
    return recipe(normal(99, 2), normal(99), [dense(4, "relu"), dense(1, "relu")])


class DeadRelu(Check):
    name = "dead-relu"
    needs_trace = True
    summary = "ReLU units that give zero for every row: a whole layer of them, or most of one."
    why = (
        "A unit that is negative for every row has gradient zero for every row and never comes "
        "back. Where a whole layer is dead, nothing before it learns any more."
    )
    instead = "Leaky ReLU, more units a layer, inputs of unit scale, a smaller learning rate."
    false_alarms = (
        "Wide layers lose some units and do well; most units must be dead to be reported."
    )
    sources = ("Lu et al. 2019 (arXiv 1903.06733)", "datascience.stackexchange.com/q/18810")
    firing = (
        Case(
            "a dead layer", regression, lambda: trace([1, 1, 1], silent={"dense_0": _silent(2, 0)})
        ),
        Case("most units", regression, lambda: trace([1, 1, 1], silent={"dense_0": _silent(7, 1)})),
        Case(
            "a dead output", _dying_output, lambda: trace([1, 1], silent={"dense_1": _silent(1, 0)})
        ),
    )
    silent = (
        Case("some units", regression, lambda: trace([1, 1, 1], silent={"dense_0": _silent(3, 5)})),
        Case("all alive", regression, lambda: trace([1, 1, 1], silent={"dense_0": _silent(0, 8)})),
        Case("no rectified layer", regression, lambda: trace([1.0, 0.5])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None:
            return
        for layer in recipe.model.layers:
            if layer.name not in trace.silent:
                continue
            dead = trace.silent[layer.name][:, -1] >= 1.0
            whole, units = float(dead.all(axis=1).mean()), float(dead.mean())
            if whole < SEEDS and units < UNITS:
                continue
            at_output = layer.name == head(recipe).name and is_regression(recipe)
            hidden: tuple[Remedy, ...] = (LeakyRelu(), Widen())
            began = float((trace.silent[layer.name][:, 0] >= 1.0).mean())
            if began < units / 2:  # thrown there by steps that were too large
                hidden = (*hidden, SetRate(recipe.optimizer.learning_rate / 10))
            yield self.found(
                f"{layer.name}: {units:.0%} of its units give zero for every row when training "
                f"ends, all of them on {whole:.0%} of seeds",
                {"dead_units": units, "dead_layer_seeds": whole, "units": dead.shape[1]},
                layer.place,
                (LinearOutput(),) if at_output else hidden,
                layer=layer,
                severity=Severity.ERROR if whole >= SEEDS else Severity.WARNING,
            )
