"""over-clipped-gradients: clipping far below the usual norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import optimizer, regression, trace
from unstuck.checks._clipping import FAR, excess, is_scale_free
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import RemoveClipping
from unstuck.trace import Trace

MOST = 0.5  # of the looks


def _clipped(name: str = "SGD", **clipping: float) -> Recipe:
    made = optimizer(name, 0.01)
    config: dict[str, Any] = {**made.config, "config": {"learning_rate": 0.01, **clipping}}
    return regression(by=replace(made, config=config))


class OverClippedGradients(Check):
    name = "over-clipped-gradients"
    needs_trace = True
    summary = "Gradients clipped to a small part of their usual size, at most steps."
    why = (
        "Clipping is for rare peaks. Where it cuts every gradient to a small part, steps are as "
        "much shorter, and all of one length: the training stands almost still."
    )
    instead = "Clip to about the size that most gradients have, or not at all."
    false_alarms = (
        "Adam and its like divide by the size of the gradient, so clipping hardly slows them: it "
        "is then a note."
    )
    sources = (
        "Google tuning playbook: a threshold at the 90th percentile of the norms",
        "Pascanu et al. 2013 (arXiv 1211.5063): half to ten times the average norm",
    )
    firing = (
        Case("to a thousandth", lambda: _clipped(clipnorm=1e-3), lambda: trace([1, 1], gradient=1)),
        Case(
            "all together",
            lambda: _clipped(global_clipnorm=1e-3),
            lambda: trace([1, 1], gradient=1),
        ),
        Case("each number", lambda: _clipped(clipvalue=1e-6), lambda: trace([1, 1], gradient=0.1)),
        Case(
            "under Adam",
            lambda: _clipped("Adam", clipnorm=1e-6),
            lambda: trace([1, 1], gradient=0.1),
        ),
    )
    silent = (
        Case("not clipped", regression, lambda: trace([1, 1], gradient=100)),
        Case("peaks", lambda: _clipped(clipnorm=1.0), lambda: trace([1, 1], gradient=0.5)),
        Case("to the half", lambda: _clipped(clipnorm=1.0), lambda: trace([1, 1], gradient=2)),
        Case("each number, generously", lambda: _clipped(clipvalue=0.5), lambda: trace([1, 1])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        over = np.zeros(0) if trace is None else excess(recipe, trace)
        if not len(over) or float((over > FAR).mean()) <= MOST:
            return
        usual, share = float(np.median(over)), float((over > 1).mean())
        yield self.found(
            f"gradients are clipped at {share:.0%} of the looks, and usually to one part in "
            f"{usual:.3g} of their size",
            {"excess": usual, "clipped": share},
            recipe.optimizer.place,
            (RemoveClipping(),),
            severity=Severity.NOTE if is_scale_free(recipe) else None,
        )
