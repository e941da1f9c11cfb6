"""learning-rate-too-high: it diverges or oscillates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, trace
from unstuck.checks._schedules import usual_rate
from unstuck.checks._task import is_finite
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import SetRate
from unstuck.trace import Trace

SEEDS = 0.25  # of the seeds on which it must show
RISE = 2.0  # over the first loss
BOUNCE = 10.0  # over the lowest loss it had reached


class LearningRateTooHigh(Check):
    name = "learning-rate-too-high"
    severity = Severity.ERROR
    needs_trace = True
    summary = "The loss diverges, ends above its start, or bounces far above its lowest."
    why = (
        "Steps overshoot the valley they aim for: the loss grows until numbers overflow, or units "
        "are thrown to where they give no gradient any more."
    )
    instead = (
        "A tenth or a hundredth of the rate, or the optimizer's usual one; clip gradients where "
        "they have rare peaks."
    )
    false_alarms = "A loss at its floor of rounding error can bounce by large factors."
    sources = ("Google tuning playbook, on instability",)
    firing = (
        Case("to infinity", regression, lambda: trace([1.0, 50.0, np.inf])),
        Case("above its start", regression, lambda: trace([1.0, 0.8, 3.0, 4.0])),
        Case("bounces", regression, lambda: trace([1.0, 0.01, 0.5, 0.9])),
    )
    silent = (
        Case("falls", regression, lambda: trace([1.0, 0.5, 0.1])),
        Case("noise at its floor", regression, lambda: trace([1.0, 1e-6, 3e-6, 2e-5])),
        Case("stays", regression, lambda: trace([0.69, 0.7, 0.69])),
        Case("broken before the first update", regression, lambda: trace([np.nan, np.nan])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None or trace.loss.shape[1] < 2 or not is_finite(recipe):
            return  # data that are not finite diverge at any rate
        first, last = trace.loss[:, 0], trace.loss[:, -1]
        broken = np.isfinite(first) & ~np.isfinite(last)  # what begins broken is no rate's doing
        risen = last > RISE * first
        low = np.nanmin(np.where(np.isfinite(trace.loss), trace.loss, np.inf), axis=1)
        bounced = (last > BOUNCE * low) & (last > 0.1 * first)
        share = float((broken | risen | bounced).mean())
        if share < SEEDS:
            return
        rate = recipe.optimizer.learning_rate
        how = "diverges" if broken.any() else "rises" if risen.any() else "bounces"
        yield self.found(
            f"on {share:.0%} of seeds the loss {how} at a learning rate of {rate:.3g}",
            {"share": share, "rate": rate},
            recipe.optimizer.place,
            tuple(map(SetRate, _lower(rate, usual_rate(recipe)))),
        )


def _lower(rate: float, usual: float) -> list[float]:
    """A tenth, a hundredth, and the usual rate: first where this one is far beyond it."""
    steps = [r for r in (rate / 10, rate / 100) if r != usual]
    if usual > rate / 2:
        return steps
    return [usual, *steps] if usual < rate / 50 else [*steps, usual]
