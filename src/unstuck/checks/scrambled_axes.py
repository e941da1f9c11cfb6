"""scrambled-axes: a reshape where a transposition is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._axes import renamed, said
from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe
from unstuck.finding import Finding, Severity
from unstuck.recipe import Place, Recipe, Reshape
from unstuck.remedies import MoveAxes
from unstuck.trace import Trace


def _reshaped(*given: int, made: tuple[int, ...] = (99, 64, 2)) -> Recipe:
    layers = [layer("Flatten", (128,)), dense(8, "relu"), dense(1)]
    built = recipe(normal(99, 64, 2), normal(99), layers)
    reshape = Reshape(given, made, Place("train.py", 4))
    return replace(built, data=replace(built.data, reshapes=(reshape,)))


class ScrambledAxes(Check):
    name = "scrambled-axes"
    severity = Severity.WARNING
    summary = "A reshape gives axes other names and leaves the numbers where they are."
    why = (
        "reshape reads the numbers in the order of memory. Where it is asked for the same axes in "
        "another order, each row of the result is made of pieces of several: steps of a series, "
        "channels and pixels trade places, and what lay side by side does no longer."
    )
    instead = "np.transpose or np.moveaxis to change the order of axes; reshape to split and join."
    false_alarms = (
        "Numbers drawn at random, where any order will do, or an array that another reshape had "
        "scrambled before, and that this one puts right."
    )
    sources = (
        "zhouhaoyi/Informer2020#59",
        "zamanzadeh/CARLA#16",
        "vitrioil/Speech-Separation#4",
    )
    firing = (
        Case("channels last", lambda: _reshaped(99, 2, 64)),
        Case("with an axis of one dropped", lambda: _reshaped(99, 2, 1, 64)),
    )
    silent = (
        Case("columns into steps", lambda: _reshaped(99, 128)),
        Case("an axis of one is added", lambda: _reshaped(99, 64, 2, made=(99, 64, 2, 1))),
        Case("of no input", lambda: _reshaped(99, 2, 32, made=(99, 32, 2))),
        Case("of rows: mixed-samples tells it", lambda: _reshaped(64, 2, 99)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        for reshape in renamed(recipe, mixes_rows=False):
            yield self.found(
                f"{said(reshape)}: what lies side by side in a row came from other places",
                {"given": str(reshape.given), "made": str(reshape.made)},
                reshape.place,
                (MoveAxes(),),
            )
