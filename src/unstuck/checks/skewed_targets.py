"""skewed-targets: targets that a logarithm suits and a linear scale does not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression, uniform
from unstuck.checks._task import flat, is_finite, is_numeric, is_regression
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import LogTargets
from unstuck.trace import Trace

SPAN = 1000.0  # 99th over 5th percentile of 1 + y; an exponential distribution has 90
FIT = 0.98  # r2 of a linear fit in logarithms that counts as a product
GAIN = 5.0  # how much more error the linear fit of the plain values must leave
ROWS = 5000


def _multiplied() -> Recipe:
    x = integers(0, 500, 2000, 2)
    return recipe(x, x[:, 0] * x[:, 1], [dense(8, "relu"), dense(1)])


def _summed() -> Recipe:
    x = integers(0, 500, 2000, 2)
    return recipe(x, x[:, 0] + x[:, 1], [dense(8, "relu"), dense(1)])


class SkewedTargets(Check):
    name = "skewed-targets"
    summary = "Targets of at least 0 that span orders of magnitude or are products of the inputs."
    why = (
        "A squared error sees only the largest targets; the small ones, which may be most of "
        "them, can be wrong by many times their size at no cost. A product is a sum of "
        "logarithms, which one linear layer computes; of plain values it is no such thing."
    )
    instead = "Train on log(1 + y), standardised, and turn predictions back with exp(p) - 1."
    false_alarms = "Where only the largest targets matter, the plain scale is the right one."
    sources = ("stats.stackexchange.com/q/161189", "keras-team/keras#2399")
    firing = (
        Case("products of integers", _multiplied),
        Case(
            "incomes over five orders",
            lambda: recipe(normal(2000, 2), np.exp(normal(2000) * 2.5 + 6), [dense(1)]),
        ),
    )
    silent = (
        Case("sums of integers", _summed),
        Case("uniform", lambda: recipe(normal(2000, 2), uniform(0, 1, 2000), [dense(1)])),
        Case(
            "exponential", lambda: recipe(normal(2000, 2), -np.log(uniform(0, 1, 2000)), [dense(1)])
        ),
        Case(
            "squares of unit scale", lambda: recipe(normal(2000, 2), normal(2000) ** 2, [dense(1)])
        ),
        Case("signed", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        targets = recipe.data.targets
        if not is_regression(recipe) or len(targets) != 1 or not is_finite(recipe):
            return
        if np.min(targets[0]) < 0:
            return
        y = flat(targets[0])[:ROWS]
        if not np.isfinite(y).all():
            return
        low, high = np.percentile(y, (5, 99))
        span = float((1 + high) / (1 + low))
        plain, logs = self._fits(recipe, y)
        product = logs >= FIT and (1 - plain) > GAIN * (1 - logs)
        if span < SPAN and not product:
            return
        reason = (
            f"logarithms of the inputs give their logarithm linearly (r2 {logs:.3f}), "
            f"plain inputs do not give the plain targets (r2 {plain:.3f})"
            if product
            else f"plus 1 they span a factor of {span:.3g} from the 5th to the 99th percentile"
        )
        yield self.found(
            f"the targets suit a logarithm: {reason}",
            {"span": span, "r2_linear": plain, "r2_log": logs},
            recipe.fit.place,
            (LogTargets(),),
        )

    @staticmethod
    def _fits(recipe: Recipe, y: Array) -> tuple[float, float]:
        """r2 of linear fits of y on x, and of log y on log x (0 where x has no logarithm)."""
        if len(recipe.data.inputs) != 1 or not is_numeric(recipe.data.inputs[0]):
            return 0.0, 0.0
        x = recipe.data.inputs[0].reshape(recipe.data.rows, -1)[: len(y)].astype(np.float64)
        usable = x.shape[1] <= 64 and len(x) == len(y) and np.isfinite(x).all()
        if not usable or x.min() < 0:
            return 0.0, 0.0
        some = y.min(axis=1) > 0  # a product of zero says nothing of its factors
        if not some.any():
            return 0.0, 0.0
        return _r2(x[some], y[some]), _r2(np.log1p(x[some]), np.log1p(y[some]))


def _r2(x: Array, y: Array) -> float:
    design = np.column_stack([x, np.ones(len(x))])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    spread = float(((y - y.mean(axis=0)) ** 2).sum())
    return 1.0 - float((residual**2).sum()) / spread if spread else 0.0
