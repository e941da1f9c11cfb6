"""too-few-updates: still improving when it ends, or ended before it began."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, trace
from unstuck.checks._task import is_cut
from unstuck.checks._updates import HARDLY_ANY, at_all
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import TrainLonger
from unstuck.trace import Trace

STILL = 0.05  # of the loss, fallen in the last third of the steps
GAINED = 0.05  # of the measure's scale, which a training should at least gain
FEW = 10_000  # updates; remainders and parities leave chance after tens of thousands
ALIVE = 1e-6
# Adam moves a weight by its rate at most, 0.001 by default, and weights begin at about 0.1: fewer
# than a hundred updates cannot move one by its own size.
WELL = 0.9  # a score that says that so few were enough


class TooFewUpdates(Check):
    name = "too-few-updates"
    needs_trace = True
    summary = "The training ends while it still improves, or before it has improved at all."
    why = "Updates, not epochs, do the learning: few rows in large batches make few of them."
    instead = "More epochs or smaller batches; hard functions need tens of thousands of updates."
    false_alarms = "A training that is good enough when it ends; the trials then refute it."
    sources = ("keras-team/keras#112", "Barak et al. 2022, hidden progress (arXiv 2207.08799)")
    firing = (
        Case("still falling", regression, lambda: trace([1.0, 0.9, 0.8, 0.7, 0.6])),
        Case(
            "a plateau from the start",
            regression,
            lambda: trace([2.0, 1.95, 1.95, 1.95], score=[0.1, 0.1, 0.1, 0.1], planned=2000),
        ),
        Case(
            "hardly any",
            lambda: regression(epochs=4, batch=400),
            lambda: trace([1.0, 0.8, 0.79, 0.78], score=[0.0, 0.2, 0.2, 0.2], planned=4),
        ),
    )
    silent = (
        Case(
            "few, and enough",
            lambda: regression(epochs=60, batch=400),
            lambda: trace([1.0, 0.1, 0.1, 0.1], planned=60),
        ),
        Case("levelled off", regression, lambda: trace([1.0, 0.2, 0.1, 0.1, 0.1])),
        Case("dead", regression, lambda: trace([1.0, 1.0, 1.0], score=[0, 0, 0], gradient=0.0)),
        Case(
            "a long plateau",
            regression,
            lambda: trace([1.0, 1.0, 1.0], score=[0, 0, 0], planned=500_000),
        ),
        Case(
            "cut off on its way",
            lambda: regression(epochs=1000),
            lambda: trace([1.0, 0.9, 0.8, 0.7, 0.6]),
        ),
        Case("diverged", regression, lambda: trace([1.0, 5.0, np.inf])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None or trace.loss.shape[1] < 3 or not np.isfinite(trace.loss).all():
            return
        if is_cut(recipe, trace):
            return
        loss = np.median(trace.loss, axis=0)
        fallen = _fallen(trace.steps, loss)
        alive = float(np.median(trace.gradient[:, -1].max(axis=-1, initial=0.0))) > ALIVE
        gained = float(np.median(trace.score[:, -1] - trace.score[:, 0]))
        flat = alive and gained < GAINED and trace.planned < FEW and loss[-1] <= loss[0]
        hardly = trace.planned < HARDLY_ANY and float(np.median(trace.score[:, -1])) < WELL
        if fallen < STILL and not flat and not (hardly and alive):
            return
        reason = (
            f"the loss was still falling, by {fallen:.0%} in the last third"
            if fallen >= STILL
            else f"{trace.planned:,} updates have not lifted it from where it began"
            if flat
            else f"it has {trace.planned:,} updates only"
        )
        longer = at_all(trace.planned) if hardly else TrainLonger()
        yield self.found(
            f"the training ends early: {reason}",
            {"updates": trace.planned, "fallen": fallen, "gained": gained},
            recipe.fit.place,
            (longer,),
        )


def _fallen(steps: Array, loss: Array) -> float:
    """The share of the loss that the last third of the steps has taken off."""
    before = float(np.interp(steps[-1] * 2 / 3, steps, loss))
    return (before - float(loss[-1])) / before if before > 0 else 0.0
