"""conflicting-labels: equal inputs with different labels put a floor under the loss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe, regression
from unstuck.checks._ids import looked_up
from unstuck.checks._labels import class_codes
from unstuck.checks._task import is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Feed, Recipe, row_keys
from unstuck.trace import Trace

WIDE = 4096  # numbers in a row above which rows are not compared
FLOOR = 0.01  # of the way from a constant answer to a perfect one that is out of reach
HALF = 0.5  # of that way: then chance decides more than the inputs do
FEW = 10

PAIRED = (
    "Look where the batches are made: inputs and targets that are drawn by indices of their own "
    "are paired by chance."
)


def _chance(share: float) -> Recipe:
    x = integers(0, 2, 2000, 4)
    flipped = integers(0, 1000, 2000) < 1000 * share
    y = (x.sum(axis=1) % 2) ^ flipped
    return recipe(x, y, [dense(8, "relu"), dense(1, "sigmoid")], "binary_crossentropy")


def _counts() -> Recipe:
    x = integers(0, 5, 900, 2)
    return recipe(x, x.sum(axis=1) + 3 * normal(900), [dense(8, "relu"), dense(1)])


def _next_words() -> Recipe:
    layers = [layer("Embedding", (2, 8), input_dim=9, output_dim=8), dense(9, "softmax")]
    loss = "sparse_categorical_crossentropy"
    return recipe(integers(0, 9, 900, 2), integers(0, 9, 900), layers, loss)


class ConflictingLabels(Check):
    name = "conflicting-labels"
    summary = "Equal inputs with different targets."
    why = (
        "A network gives equal inputs one answer, so it must be wrong on some of these rows: loss "
        "and score have a floor that no training can pass, and it is the best that can be hoped "
        "for."
    )
    instead = (
        "Look at such rows: are features missing that would tell them apart, were labels mixed "
        "up? If it is chance, expect the floor and no more."
    )
    false_alarms = (
        "Chance is part of many tasks (the next word, clicks, measurements), and a network that "
        "reaches the floor has learned everything. It is never an error by itself."
    )
    sources = ("docs.cleanlab.ai: label issues among near duplicates", "Devroye et al. 1996, 2.1")
    firing = (
        Case("labels of chance, mostly", lambda: _chance(0.4)),
        Case("one label in ten, a note", lambda: _chance(0.1)),
        Case("a regression on few distinct rows", _counts),
        Case("the next word, a note", _next_words),
    )
    silent = (
        Case("labels without chance", lambda: _chance(0.0)),
        Case("all rows differ", classifier),
        Case("a regression", regression),
        Case("one input for all rows", lambda: recipe(np.ones((99, 2)), normal(99), [dense(1)])),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        data = recipe.data.drawn or recipe.data
        groups = _groups(data)
        if groups is None or len(data.targets) != 1:
            return
        codes = class_codes(recipe, data)
        y = data.targets[0]
        if codes is None and not (is_numeric(y) and y.size and np.isfinite(y).all()):
            return
        conflicting = _conflicting(groups, y)
        found = _of_classes(groups, codes) if codes is not None else _of_numbers(groups, y)
        if not conflicting or found is None:
            return
        floor, best, evidence = found
        if floor < FLOOR:
            return
        bad = floor > HALF and not any(True for _ in looked_up(recipe))
        yield self.found(
            f"{conflicting:.0%} of the rows have the same inputs as rows with another target: "
            f"{best}",
            {"rows": conflicting, "floor": floor, **evidence},
            recipe.fit.place,
            severity=Severity.WARNING if bad else Severity.NOTE,
            advice=PAIRED if bad and data.feed is Feed.BATCHES else "",
        )


def _groups(data: Data) -> Array | None:
    """The number of the group of equal inputs that each row belongs to, where there are some."""
    few = data.rows < FEW or not data.inputs
    if few or not all(is_numeric(x) and x[0].size <= WIDE for x in data.inputs):
        return None
    numbers: dict[bytes, int] = {}
    found = np.array([numbers.setdefault(key, len(numbers)) for key in row_keys(data.inputs)])
    return found if 1 < len(numbers) < data.rows else None


def _conflicting(groups: Array, y: Array) -> float:
    """The share of rows that have the inputs of a row with another target."""
    rows = y.reshape(len(y), -1)
    first = np.zeros(groups.max() + 1, dtype=int)
    first[groups[::-1]] = np.arange(len(groups))[::-1]
    unlike = (rows != rows[first[groups]]).any(axis=1)
    return float(np.isin(groups, groups[unlike]).mean())


def _of_classes(groups: Array, codes: Array) -> tuple[float, str, dict[str, float]] | None:
    """How much of the way to a perfect accuracy is out of reach, and in words."""
    _, labels = np.unique(codes, return_inverse=True)
    count = int(labels.max()) + 1
    pairs, rows = np.unique(groups * count + labels, return_counts=True)
    most = np.zeros(groups.max() + 1, dtype=int)
    np.maximum.at(most, pairs // count, rows)
    best, constant = most.sum() / len(groups), np.bincount(labels).max() / len(groups)
    if constant == 1:
        return None
    text = f"no network can be right on more than {best:.1%} of all rows"
    evidence = {"best_accuracy": float(best), "constant_accuracy": float(constant)}
    return float((1 - best) / (1 - constant)), text, evidence


def _of_numbers(groups: Array, y: Array) -> tuple[float, str, dict[str, float]] | None:
    """The share of the variance that lies within groups of equal inputs, and in words."""
    rows = y.reshape(len(y), -1).astype(np.float64)
    sizes = np.bincount(groups)
    means = np.stack([np.bincount(groups, column) / sizes for column in rows.T], axis=1)
    floor = float(((rows - means[groups]) ** 2).mean())
    whole = float(rows.var(axis=0).mean())
    if not whole > 0:
        return None
    text = f"no network can bring the mean squared error below {floor:.4g}, R² above "
    evidence = {"least_mse": floor, "variance": whole}
    return floor / whole, f"{text}{1 - floor / whole:.3f}", evidence
