"""bounded-output: an output activation whose range cannot reach the targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import (
    classifier,
    dense,
    layer,
    normal,
    recipe,
    regression,
    uniform,
)
from unstuck.checks._task import (
    RANGES,
    ceiling,
    head,
    is_regression,
    off_distribution,
    output_width,
)
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import LinearOutput
from unstuck.trace import Trace

SHARE = 0.01  # of the targets that must lie outside


class BoundedOutput(Check):
    name = "bounded-output"
    of_output = True
    severity = Severity.ERROR
    summary = "An output activation whose range does not reach the targets of a regression."
    why = (
        "What lies outside the range can only be approached by driving the activation into "
        "saturation, where its gradient vanishes."
    )
    instead = "Leave the output layer linear, or scale the targets into the activation's range."
    false_alarms = "Targets that touch the ends of the range, such as 0 and 1, are not reported."
    sources = ("keras-team/keras#108: tanh, and a loss flat at 16771",)
    firing = (
        Case(
            "tanh for tens", lambda: recipe(normal(99, 2), uniform(0, 50, 99), [dense(1, "tanh")])
        ),
        Case(
            "sigmoid for signed", lambda: recipe(normal(99, 2), normal(99), [dense(1, "sigmoid")])
        ),
        Case(
            "softmax for shares of no whole",
            lambda: recipe(normal(99, 2), uniform(0, 1, 99, 3), [dense(3, "softmax")]),
        ),
    )
    silent = (
        Case("linear", regression),
        Case(
            "tanh, then scaled",
            lambda: recipe(
                normal(99, 2), uniform(0, 50, 99), [dense(1, "tanh"), layer("Lambda", (1,))]
            ),
        ),
        Case(
            "sigmoid for shares",
            lambda: recipe(normal(99, 2), uniform(0, 1, 99), [dense(1, "sigmoid")]),
        ),
        Case("a classifier", classifier),
        Case(
            "ReLU has its own check", lambda: recipe(normal(99, 2), normal(99), [dense(1, "relu")])
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        last = head(recipe)
        if not is_regression(recipe) or last.activation == "relu" or last.activation not in RANGES:
            return
        if len(recipe.data.targets) != 1:  # which of them is this layer's?
            return
        if last.activation == "softmax" and output_width(recipe) == 1:  # single-unit-softmax
            return
        y = np.asarray(recipe.data.targets[0], dtype=np.float64)
        low, high = RANGES[last.activation]
        outside, reach = float(((y < low) | (y > high)).mean()), f"numbers from {low:g} to {high:g}"
        if last.activation == "softmax":
            rows = y.reshape(len(y), -1) if y.ndim < 2 else y
            outside, reach = float(off_distribution(rows).mean()), "rows that sum to one"
        if outside < SHARE:
            return
        best = None if last.activation == "softmax" else ceiling(y, low, high)
        most = "" if best is None else f", so no weights bring R² above {best:.2g}"
        yield self.found(
            f"{last.activation} gives {reach}, and {outside:.0%} of the targets, "
            f"{y.min():.4g} to {y.max():.4g}, are not such{most}",
            {"outside": outside, "target_min": float(y.min()), "target_max": float(y.max())},
            last.place,
            (LinearOutput(),),
            layer=last,
        )
