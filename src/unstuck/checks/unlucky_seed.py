"""unlucky-seed: the same program learns on some seeds and not on others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression, trace
from unstuck.checks._task import is_cut
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.trace import Trace

NEAR = 0.95  # a score with which the best seeds have plainly learned
WAY = 0.75  # of the way from the start to the best: who made it has learned, if not as well.
# The plateau below the answer of exclusive or lies at half of the way.
SPAN = 0.1  # between the start and the best, below which nothing can be told
FEW = 0.05  # of the seeds


def _ending(*scores: float) -> Trace:
    """A trace of as many seeds, which all begin at 0.5 and end at ``scores``."""
    seen = trace([1.0, 0.5, 0.1], seeds=len(scores))
    ends = np.array(scores)
    return replace(seen, score=np.stack([np.full(len(ends), 0.5), ends, ends], axis=1))


def _long() -> Recipe:
    """A training that has more updates than were seen."""
    return regression(epochs=1000)


class UnluckySeed(Check):
    name = "unlucky-seed"
    needs_trace = True
    summary = "The same program learns on some seeds and not on others."
    why = (
        "The first weights are a draw. Where few units or a narrow path make most draws bad, "
        "running the program again changes the result more than any setting does."
    )
    instead = "More units, a better start or scale: what makes every seed learn, not a lucky one."
    false_alarms = "A score that jumps between two values on few rows to judge by."
    sources = ("keras-team/keras#14213", "measured: exclusive or with 2 ReLU units, 2 of 10 seeds")
    firing = (
        Case(
            "a quarter learns", regression, lambda: _ending(1.0, 1.0, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5)
        ),
        Case("one does not", regression, lambda: _ending(0.5, *[0.99] * 9)),
    )
    silent = (
        Case("all learn", regression, lambda: _ending(*[0.99] * 8)),
        Case("none learns", regression, lambda: _ending(0.5, 0.6, 0.7, 0.8)),
        Case("all nearly alike", regression, lambda: _ending(0.99, 0.98, 0.97, 0.96)),
        Case("all arrive, some not so well", regression, lambda: _ending(0.97, 0.96, 0.9, 0.9)),
        Case("cut off on its way", _long, lambda: _ending(1.0, 0.5, 0.5, 0.5)),
        Case("undefined scores", regression, lambda: _ending(np.nan, -np.inf, 0.5, 0.6)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None or not trace.score.size or is_cut(recipe, trace):
            return
        ends = np.nan_to_num(trace.score[:, -1], nan=-1.0, neginf=-1.0)
        best, start = float(ends.max()), float(np.median(np.nan_to_num(trace.score[:, 0])))
        arrived = ends >= start + WAY * (best - start)
        learned, seeds = int(arrived.sum()), len(ends)
        if best < NEAR or best - start < SPAN or min(learned, seeds - learned) < FEW * seeds:
            return
        yield self.found(
            f"trained over {seeds} seeds, it reaches {best:.3g} or nearly so on {learned} of them "
            f"and stays below on the others, down to {ends.min():.3g}",
            {"learned": learned, "seeds": seeds, "best": best},
            recipe.fit.place,
        )
