"""mismatched-decoding: predictions read back otherwise than the targets were written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe, regression
from unstuck.checks._decoding import decodings
from unstuck.checks._task import head, is_numeric, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Place, Recipe
from unstuck.trace import Trace

ROUNDING = frozenset({"round", "rint", "around"})
TRUNCATING = frozenset({"int", "floor", "trunc", "fix"})
COARSE = 10.0  # standard deviation of real targets below which a whole number is too coarse
_ROUNDED = "p = model.predict(x)\nprint(np.round(p))\n"
_MAPPED = "def read(n):\n    p = model.predict(n)\n    return tuple(map(round, p[0]))\n"
_TAKEN = "p = model.predict(x)\nprint(p.argmax(axis=1), round(3.7))\n"
_LOOP = "for n, p in zip(x, model.predict(x)):\n    print(n, [round(v) for v in p])\n"
_RETURNED = "def ask(n):\n    return model.predict(n)[0]\nprint(np.rint(ask(x)))\n"
_OTHER_SCOPE = "def f():\n    p = model.predict(x)\ndef g(p):\n    return round(p)\n"


def _bits(source: str) -> Recipe:
    layers = [dense(16, "relu"), dense(5, "softmax")]
    y = integers(0, 2, 200, 5)
    return recipe(normal(200, 4), y, layers, "categorical_crossentropy", source=source)


def _one_hot(source: str) -> Recipe:
    layers = [dense(16, "relu"), dense(5, "softmax")]
    y = one_hot(integers(0, 5, 200), 5)
    return recipe(normal(200, 4), y, layers, "categorical_crossentropy", source=source)


def _whole(source: str) -> Recipe:
    x = integers(0, 50, 300, 2)
    return recipe(x, x.sum(axis=1), [dense(1)], source=source)


class _Harm(NamedTuple):
    """Functions that spoil a recipe's predictions, and why."""

    functions: frozenset[str]
    reason: str
    severity: Severity


class MismatchedDecoding(Check):
    name = "mismatched-decoding"
    severity = Severity.ERROR
    summary = "Predictions rounded or truncated where that cannot give the targets back."
    why = (
        "The network may have learned and its answers be spoiled afterwards. A softmax row sums "
        "to one, so at most one entry rounds to 1: targets with several ones can never be read "
        "back. A probability truncated is 0, and a number loses up to 1."
    )
    instead = (
        "The likeliest class, argmax(axis=-1), for softmax; a threshold, p > 0.5, for sigmoid; "
        "np.rint for whole numbers, and nothing for real ones."
    )
    false_alarms = (
        "Rounding the output of a sigmoid is right, and so are one-hot rows rounded. Rounding to "
        "some digits, of a score or of a difference, is for print and not reported."
    )
    sources = ("keras-team/keras#500", "Stack Overflow: remainder by seven, rounded")
    firing = (
        Case("softmax rounded to bits", lambda: _bits(_ROUNDED)),
        Case("round mapped over a row, in a function", lambda: _bits(_MAPPED)),
        Case("rounded in a loop over rows", lambda: _bits(_LOOP)),
        Case("returned by a function, then rounded", lambda: _bits(_RETURNED)),
        Case("probabilities as integers", lambda: _one_hot("y = model.predict(x).astype(int)\n")),
        Case(
            "a regression truncated",
            lambda: regression(source="print(int(model.predict(x)[0, 0]))\n"),
        ),
        Case("whole numbers truncated", lambda: _whole("print(int(model.predict(x)[0][0]))\n")),
    )
    silent = (
        Case("the likeliest class", lambda: _bits(_TAKEN)),
        Case("one-hot, rounded", lambda: _one_hot(_ROUNDED)),
        Case(
            "whole numbers rounded", lambda: _whole("print(int(round(model.predict(x)[0][0])))\n")
        ),
        Case("a score rounded", lambda: _bits("s = score(y, model.predict(x))\nprint(round(s))\n")),
        Case("rounded for print", lambda: _bits("print(model.predict(x).round(2))\n")),
        Case("a threshold", lambda: _one_hot("y = (model.predict(x) > 0.5).astype(int)\n")),
        Case("another name's number", lambda: _bits(_OTHER_SCOPE)),
        Case("a classifier", lambda: classifier(source=_TAKEN)),
        Case("no source", regression),
        Case("no Python", lambda: _bits("p = model.predict(x\nround(p)")),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        harm = _harm(recipe)
        if harm is None:
            return
        for call, name in decodings(recipe.source, harm.functions):
            yield self.found(
                f"predictions are passed through {name}: {harm.reason}",
                {"by": name},
                Place(recipe.script, call.lineno, call.col_offset),
                severity=harm.severity,
            )
            return


def _harm(recipe: Recipe) -> _Harm | None:
    if len(recipe.data.targets) != 1 or not recipe.source or not is_numeric(recipe.data.targets[0]):
        return None
    y, activation = recipe.data.targets[0], head(recipe).activation
    if is_regression(recipe):
        return _harm_of_numbers(y)
    one_hot_loss = recipe.loss.name == "categorical_crossentropy"
    if activation == "softmax" and one_hot_loss and y.ndim > 1 and (y.sum(axis=-1) > 1.5).any():
        reason = "a softmax row has at most one entry over one half, and the targets have more ones"
        return _Harm(ROUNDING | TRUNCATING, reason, Severity.ERROR)
    if activation in ("softmax", "sigmoid"):
        return _Harm(TRUNCATING, "a probability below 1 becomes 0", Severity.ERROR)
    return None


def _harm_of_numbers(y: Array) -> _Harm | None:
    if np.all(np.mod(y, 1) == 0):
        reason = "the targets are whole numbers, and 6.97 becomes 6"
        return _Harm(TRUNCATING, reason, Severity.WARNING)
    spread = float(np.std(y))
    if spread >= COARSE:
        return None
    reason = f"the targets are real numbers with a standard deviation of {spread:.3g}"
    return _Harm(TRUNCATING | ROUNDING, reason, Severity.WARNING)
