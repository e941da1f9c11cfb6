"""opaque-encoding: the representation hides the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.checks._periods import PERIODS, distinct, linear, nearest, rules
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import PeriodFeatures
from unstuck.trace import Trace

ROWS = 20_000
PLAIN = 0.9  # of the way to right that a plain reading of the raw input may go


def _remainder(divisor: int, bits: int) -> Recipe:
    rows = integers(0, 2, 4000, bits)
    y = (rows @ 2 ** np.arange(bits)) % divisor
    layers = [dense(16, "relu"), dense(divisor, "softmax")]
    return recipe(rows, y, layers, "sparse_categorical_crossentropy")


def _scalar() -> Recipe:
    n = integers(0, 10_000, 4000, 1)
    return recipe(n, n[:, 0] % 5, [dense(5, "softmax")], "sparse_categorical_crossentropy")


def _random() -> Recipe:
    rows = integers(0, 2, 4000, 12)
    layers = [dense(16, "relu"), dense(7, "softmax")]
    return recipe(rows, integers(0, 7, 4000), layers, "sparse_categorical_crossentropy")


def _one_bit() -> Recipe:
    rows = integers(0, 2, 4000, 12)
    return recipe(rows, rows[:, 0], [dense(1, "sigmoid")], "binary_crossentropy")


def _threshold() -> Recipe:
    n = integers(0, 50, 4000, 1)
    return recipe(n, (n[:, 0] > 24).astype(int), [dense(1, "sigmoid")], "binary_crossentropy")


def _of_a_number(rule: Callable[[Array], Array], top: int) -> Recipe:
    n = integers(0, top, 4000, 1)
    layers = [dense(16, "relu"), dense(2, "softmax")]
    return recipe(n, rule(n[:, 0]).astype(int), layers, "sparse_categorical_crossentropy")


class OpaqueEncoding(Check):
    name = "opaque-encoding"
    summary = "Numbers or bits as inputs where the target depends on a remainder of them."
    why = (
        "Near numbers have unlike remainders, so nothing that a network sees in the input "
        "changes smoothly with the target. It can learn such a rule only from very many rows "
        "and steps, by which time it has usually memorised the rows instead."
    )
    instead = "Sines and cosines of 2 pi k n / P, in which a remainder by P is a linear function."
    false_alarms = "Reported only where the rule holds on rows that were not used to find it."
    sources = ("stats.stackexchange.com/q/161189: odd and even, 53 %", "measured: 13 % to 100 %")
    firing = (
        Case("remainder by 7 of bits", lambda: _remainder(7, 12)),
        Case("remainder by 5 of a number", _scalar),
        Case("odd or even, of a number", lambda: _of_a_number(lambda n: n % 2, 1000)),
    )
    silent = (
        Case("random labels", _random),
        Case("the lowest bit", _one_bit),
        Case("a threshold", _threshold),
        Case("a band", lambda: _of_a_number(lambda n: (n > 15) & (n < 30), 50)),
        Case("long stretches", lambda: _of_a_number(lambda n: n // 50 % 2, 5000)),
        Case("a rare class", lambda: _of_a_number(lambda n: n > 990, 1000)),
        Case("remainder by 8: three bits", lambda: _remainder(8, 12)),
        Case("real inputs", lambda: recipe(normal(400, 3), normal(400), [dense(1)])),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        rows, classes = _numbers(recipe), _classes(recipe)
        if rows is None or classes is None or classes.max() < 1:
            return
        rows, classes = distinct(rows, classes)
        rule = next(rules(rows, classes), None)
        if rule is None:
            return
        plain = max(linear(rows, classes), nearest(rows, classes))
        if plain > rule.usual + PLAIN * (1 - rule.usual):
            return
        yield self.found(
            f"the target is a function of the number within a period of {rule.period} (right on "
            f"{rule.right:.1%} of numbers held out, against {rule.usual:.1%} by the commonest "
            f"answer and {plain:.1%} by a plain reading), which the inputs as given hide",
            {
                "period": rule.period,
                "right": rule.right,
                "commonest": rule.usual,
                "plain_reading": plain,
            },
            recipe.fit.place,
            (PeriodFeatures(rule.period, rule.places),),
        )


def _numbers(recipe: Recipe) -> Array | None:
    """Rows of bits, or one whole number a row; None for anything else."""
    if len(recipe.data.inputs) != 1 or not is_numeric(recipe.data.inputs[0]):
        return None
    x = recipe.data.inputs[0][:ROWS]
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or not np.isfinite(x).all() or np.any(np.mod(x, 1)) or x.min() < 0:
        return None
    bits = x.max() <= 1 and 3 <= x.shape[1] <= 52
    return x.astype(np.float64) if bits or (x.shape[1] == 1 and x.max() > 3) else None


def _classes(recipe: Recipe) -> Array | None:
    """The target rows as class ids, where they are few."""
    if len(recipe.data.targets) != 1:
        return None
    y = recipe.data.targets[0][:ROWS]
    if not is_numeric(y) or not np.isfinite(y).all() or np.any(np.mod(y, 1)):
        return None
    table, ids = np.unique(y.reshape(len(y), -1), axis=0, return_inverse=True)
    return ids.ravel() if len(table) <= max(PERIODS) else None
