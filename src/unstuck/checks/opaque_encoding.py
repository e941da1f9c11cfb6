"""opaque-encoding: the representation hides the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, regression
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.remedies import PeriodFeatures
from unstuck.trace import Trace

PERIODS = range(3, 101)
ROWS = 20_000
EACH = 5  # known rows for each residue, at least
RIGHT = 0.98  # of the rows not used to read the table
LINEAR = 0.9  # of the way to right that a linear reading of the raw input may go


@dataclass(frozen=True)
class _Rule:
    """The target is a function of ``row @ places`` within ``period``."""

    period: int
    places: tuple[float, ...]
    right: float
    usual: float


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


class OpaqueEncoding(Check):
    name = "opaque-encoding"
    severity = Severity.ERROR
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
    )
    silent = (
        Case("random labels", _random),
        Case("the lowest bit", _one_bit),
        Case("a threshold", _threshold),
        Case("remainder by 8: three bits", lambda: _remainder(8, 12)),
        Case("real inputs", lambda: recipe(normal(400, 3), normal(400), [dense(1)])),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        rows, classes = _numbers(recipe), _classes(recipe)
        if rows is None or classes is None or classes.max() < 1:
            return
        rule = next(_rules(rows, classes), None)
        if rule is None or _linear(rows, classes) > rule.usual + LINEAR * (1 - rule.usual):
            return
        yield self.found(
            f"the target is a function of the number within a period of {rule.period} (right on "
            f"{rule.right:.1%} of rows held out, against {rule.usual:.1%} by the commonest "
            "answer), which the inputs as given hide",
            {"period": rule.period, "right": rule.right, "commonest": rule.usual},
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


def _rules(rows: Array, classes: Array) -> Iterator[_Rule]:
    """Periods that give the target, the smallest first. The table of a period is read from one
    half of the rows and tested on the other, so a table of chance is right no more often than
    the commonest answer."""
    half = len(rows) // 2
    usual = float(np.bincount(classes[half:]).max() / (len(rows) - half))
    width = rows.shape[1]
    orders = [2.0 ** np.arange(width)] + ([2.0 ** np.arange(width)[::-1]] if width > 1 else [])
    for period in PERIODS:
        if half < EACH * period or period & (period - 1) == 0:
            continue  # a power of two is the lowest bits themselves
        for places in orders:
            residues = np.mod(rows @ places, period).astype(np.int64)
            counts = np.zeros((period, classes.max() + 1))
            np.add.at(counts, (residues[:half], classes[:half]), 1)
            right = float((counts.argmax(axis=1)[residues[half:]] == classes[half:]).mean())
            if right >= RIGHT and usual < RIGHT - 0.1:
                yield _Rule(period, tuple(float(p) for p in places), right, usual)


def _linear(rows: Array, classes: Array) -> float:
    """How often a linear reading of the raw rows is right, on rows held out."""
    half = len(rows) // 2
    design = np.column_stack([rows / max(rows.max(), 1), np.ones(len(rows))])
    wanted = np.eye(classes.max() + 1)[classes]
    weights = np.linalg.lstsq(design[:half], wanted[:half], rcond=None)[0]
    return float(((design[half:] @ weights).argmax(axis=1) == classes[half:]).mean())
