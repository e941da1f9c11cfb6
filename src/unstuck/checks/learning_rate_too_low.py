"""learning-rate-too-low: it moves, but not in the time given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import adam, optimizer, regression, trace
from unstuck.checks._clipping import slowed
from unstuck.checks._schedules import never_moves, spent_early, usual_rate
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.remedies import SetRate, UseAdam
from unstuck.remedy import Remedy
from unstuck.trace import Trace

# Updates of about a thousandth of the weights' size are usual (CS231n), so a training of ordinary
# length goes many times their size. One whose steps, laid end to end, are less than a tenth of it
# ends where it began.
NEAR = 0.1
LEFT = 0.5  # of the loss that must still be there
ALIVE = 1e-8
HALVING = {
    "class_name": "ExponentialDecay",
    "config": {"initial_learning_rate": 0.001, "decay_steps": 1, "decay_rate": 0.5},
}


class LearningRateTooLow(Check):
    name = "learning-rate-too-low"
    needs_trace = True
    summary = "Updates so small that the weights hardly leave their start."
    why = "Each step is right and far too short: the training ends long before it arrives."
    instead = "Ten or a hundred times the rate; Adadelta in Keras wants 1.0, not its default 0.001."
    false_alarms = "Fine-tuning a trained model at a small rate on purpose."
    sources = ("CS231n, ratio of weights to updates", "keras-team/keras#3889")
    firing = (
        Case("tiny steps", regression, lambda: trace([1.0, 0.99, 0.98, 0.97], update=1e-6)),
        Case(
            "Adadelta at its default",
            lambda: regression(by=optimizer("Adadelta", 0.001)),
            lambda: trace([1.0, 0.999, 0.998], update=5e-6),
        ),
        Case(
            "small steps, and not many of them",
            regression,
            lambda: trace([1.0, 0.98, 0.96], update=2e-4, planned=300),
        ),
    )
    silent = (
        Case("usual steps", regression, lambda: trace([1.0, 0.9, 0.8], update=1e-3)),
        Case(
            "small steps, and very many of them",
            regression,
            lambda: trace([1.0, 0.9, 0.8], update=5e-6, planned=100_000),
        ),
        Case(
            "cut off on its way",
            lambda: regression(epochs=1000),
            lambda: trace([1.0, 0.98, 0.96], update=2e-4, planned=300),
        ),
        Case(
            "a rate that a schedule takes away",
            lambda: regression(by=adam(0.001, HALVING)),
            lambda: trace([1.0, 0.99, 0.98, 0.97], update=1e-6),
        ),
        Case("small steps at the goal", regression, lambda: trace([1.0, 0.1, 0.01], update=1e-6)),
        Case(
            "no gradient at all",
            regression,
            lambda: trace([1.0, 1.0, 1.0], update=0.0, gradient=0.0),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None or not trace.steps[-1:].any() or not trace.update.size:
            return
        if slowed(recipe, trace) or spent_early(recipe) or never_moves(recipe):  # by other faults
            return
        lengths = np.median(trace.update[:, 1:], axis=0) * np.diff(trace.steps)[:, None]
        way = float(lengths.sum(axis=0).max())
        first, last = np.median(trace.loss[:, 0]), np.median(trace.loss[:, -1])
        alive = float(np.median(trace.gradient[:, -1])) > ALIVE
        whole = max(1.0, recipe.fit.steps / trace.steps[-1])  # where there was no time for all
        if not (way * whole < NEAR and alive and last > LEFT * first):
            return
        rate = recipe.optimizer.learning_rate
        usual = usual_rate(recipe)
        rates = [usual] if usual > 2 * rate else []
        rates += [r for r in (rate * 100, rate * 10) if r != usual]
        remedies: list[Remedy] = [SetRate(r) for r in rates]
        if recipe.optimizer.name not in ("Adam", "AdamW", "Nadam"):
            remedies.append(UseAdam())
        yield self.found(
            f"in {trace.steps[-1]:,} steps no layer moves by more than {way:.2g} of its size, and "
            f"the loss has gone from {first:.4g} to {last:.4g}",
            {"moved": way, "rate": rate, "loss_start": first, "loss_end": last},
            recipe.optimizer.place,
            tuple(remedies),
        )
