"""leaked-target: a feature that is a copy of the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression
from unstuck.checks._ids import looked_up
from unstuck.checks._labels import class_codes
from unstuck.checks._task import distinct_rows, is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe
from unstuck.trace import Trace

ROWS = 30  # distinct ones: a bit agrees with a label by chance in one of 2^30 such tables
OTHERS = 2  # features beside it that vary: with fewer, the target may well be meant to be it
WIDE = 4096
SOME = 64  # rows that a feature is compared on at first


def _table(copied: Array | None, y: Array, loss: str = "mean_squared_error") -> Recipe:
    x = normal(300, 5)
    if copied is not None:
        x[:, 3] = copied
    head = dense(1, "sigmoid" if loss == "binary_crossentropy" else "linear")
    return recipe(x, y, [dense(16, "relu"), head], loss)


def _windows() -> Recipe:
    walk = normal(330).cumsum()
    x = np.stack([walk[i : i + 20] for i in range(300)])[..., None]
    layers = [layer("LSTM", (16,), units=16), dense(1)]
    return recipe(x, walk[19:319], layers)


def _translated(later: int) -> Recipe:
    given, wanted = integers(0, 9, 200, 6), integers(0, 9, 200, 7)
    made = recipe(given, wanted[:, later : later + 6], [dense(9, "softmax")])
    return replace(made, data=replace(made.data, inputs=(given, wanted[:, :6])))


class LeakedTarget(Check):
    name = "leaked-target"
    summary = "A feature that is the target itself, or the target in other units."
    why = (
        "The network learns to copy that feature, the score is perfect, and it means nothing: "
        "where the network is used, the target is not yet known."
    )
    instead = (
        "Leave the feature out; a window of past values must end before the value it predicts."
    )
    false_alarms = (
        "Where the target is meant to be one of the inputs (a demonstration, a copying task) there "
        "is nothing to mend. Tables of one or two features, autoencoders, token ids and truth "
        "tables are not looked at; a feature that only rises or falls with the target is a note."
    )
    sources = (
        "deepchecks: feature-label correlation",
        "Kaufman et al. 2012, Leakage in Data Mining",
    )
    firing = (
        Case("a copy of the target", lambda: _table(normal(300), normal(300))),
        Case("in other units, a note", lambda: _table(normal(300) * 9 + 4, normal(300))),
        Case(
            "the label as a feature",
            lambda: _table(integers(0, 2, 300), integers(0, 2, 300), "binary_crossentropy"),
        ),
        Case("windows that end in the target", _windows),
        Case("a decoder that is given its answers, a note", lambda: _translated(0)),
    )
    silent = (
        Case("a decoder that is given each answer a step later", lambda: _translated(1)),
        Case("a sum of features", regression),
        Case(
            "a copy with noise",
            lambda: _table(normal(300) + 0.1 * normal(300, 1)[:, 0], normal(300)),
        ),
        Case("one feature", lambda: recipe(normal(99, 1), normal(99, 1)[:, 0], [dense(1)])),
        Case("an autoencoder", lambda: recipe(normal(99, 4), normal(99, 4), [dense(4)])),
        Case(
            "a truth table",
            lambda: recipe(integers(0, 2, 400, 3), integers(0, 2, 400, 3)[:, 0], [dense(1)]),
        ),
        Case("a class that a threshold tells", lambda: _table(None, normal(300, 5)[:, 1] > 0)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        copied = _copied_ids(recipe)
        if copied is not None:
            yield self.found(
                f"input {copied} of {len(recipe.data.inputs)} is the target, id by id, in all "
                f"{recipe.data.rows:,} rows",
                {"input": copied},
                recipe.fit.place,
                severity=Severity.NOTE,
                advice="Right for an encoder whose input is to be repeated. A decoder that is "
                "given its own answers learns to copy them: give it each id a step later.",
            )
        y = _target(recipe)
        if y is None or any(True for _ in looked_up(recipe)):
            return
        classes = class_codes(recipe) is not None
        for number, x in enumerate(recipe.data.inputs):
            columns = _columns(x)
            if columns is None or _too_plain(columns):
                continue
            for place, column in enumerate(columns.T):
                how = _relation(column, y, classes=classes)
                if how:
                    yield self._found(recipe, number, x, place, how)
                    break

    def _found(self, recipe: Recipe, number: int, x: Array, place: int, how: str) -> Finding:
        of = f" of input {number}" if len(recipe.data.inputs) > 1 else ""
        which = f"the last step{of}" if x.ndim > 2 else f"feature {place}{of}"
        what = {
            "copy": "is the target itself",
            "code": "is the target, written otherwise",
            "order": "rises or falls exactly as the target does",
        }[how]
        return self.found(
            f"{which} {what}, in all {len(x):,} rows",
            {"feature": place, "input": number, "relation": how},
            recipe.fit.place,
            severity=Severity.NOTE if how == "order" else Severity.WARNING,
        )


def _copied_ids(recipe: Recipe) -> int | None:
    """The number of the input, of several, that holds the same sequences of ids as the target."""
    inputs, targets = recipe.data.inputs, recipe.data.targets
    if len(inputs) < 2 or len(targets) != 1 or targets[0].dtype.kind not in "iu":
        return None
    y = targets[0].reshape(len(targets[0]), -1)
    same = [x.ndim > 1 and x[0].size > 1 and np.array_equal(x, y) for x in inputs]
    return same.index(True) if any(same) else None


def _target(recipe: Recipe) -> Array | None:
    """The only target, one number a row, that varies."""
    targets = recipe.data.targets
    if len(targets) != 1 or not is_numeric(targets[0]) or not targets[0].size:
        return None
    codes, y = class_codes(recipe), targets[0]
    column = codes if codes is not None else y.reshape(-1) if y.size == len(y) else None
    if column is None or not np.isfinite(column).all() or not np.ptp(column.astype(float)):
        return None
    return np.asarray(column, dtype=np.float64)


def _columns(x: Array) -> Array | None:
    """The features of a table, or those of the last step of a sequence of real numbers."""
    if not is_numeric(x) or not x.size or x[0].size > WIDE or x.ndim not in (2, 3):
        return None
    whole = x.reshape(len(x), -1).astype(np.float64)
    varied = int((np.ptp(whole, axis=0) > 0).sum())
    if not np.isfinite(whole).all() or varied <= OTHERS:
        return None
    return whole if x.ndim == 2 else whole[:, -x.shape[-1] :]


def _too_plain(columns: Array) -> bool:
    return len(distinct_rows(columns)) < ROWS


def _relation(column: Array, y: Array, *, classes: bool) -> str:
    """How a feature tells the target all by itself, or nothing."""
    some = np.linspace(0, len(y) - 1, min(SOME, len(y))).astype(int)
    if not _one_to_one(column[some], y[some]):
        return ""
    if np.array_equal(column, y):
        return "copy"
    if not _one_to_one(column, y):
        return ""
    if classes:
        return "code"
    codes, ranks = (np.unique(v, return_inverse=True)[1] for v in (column, y))
    same = np.array_equal(codes, ranks) or np.array_equal(codes, codes.max() - ranks)
    return "order" if same else ""


def _one_to_one(column: Array, y: Array) -> bool:
    """Whether equal values of one go with equal values of the other, both ways."""
    values, codes = np.unique(column, return_inverse=True)
    labels, ranks = np.unique(y, return_inverse=True)
    if len(values) != len(labels):
        return False
    return len(np.unique(codes * len(labels) + ranks)) == len(values)
