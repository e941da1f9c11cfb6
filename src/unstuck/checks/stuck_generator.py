"""stuck-generator: a generator that yields the same batch for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, integers, normal, regression
from unstuck.checks._labels import class_codes
from unstuck.checks._task import output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Feed, Recipe
from unstuck.trace import Trace

REPEATS = 3  # equal batches in a row, at least


def _drawn(x: Array, y: Array, *, steps: int = 10, made: Recipe | None = None) -> Recipe:
    made = made or regression()
    data = Data((x,), (y,), feed=Feed.BATCHES, complete=False)
    return replace(made, data=data, fit=replace(made.fit, batch_size=32, steps_per_epoch=steps))


def _same(steps: int = 10) -> Recipe:
    return _drawn(np.tile(normal(32, 3), (10, 1)), np.tile(normal(32), 10), steps=steps)


def _few_classes() -> Recipe:
    y = np.tile(integers(0, 2, 32), 10)
    return _drawn(np.tile(normal(32, 4), (10, 1)), y, made=classifier())


class StuckGenerator(Check):
    name = "stuck-generator"
    summary = "A generator that yields the same batch over and over."
    why = (
        "Every update sees the same few rows, so the network learns them by heart and nothing of "
        "the others. The loss looks well all the while."
    )
    instead = (
        "Draw the rows of a batch inside the loop that yields it, and set an index to 0 before "
        "that loop, not in it."
    )
    false_alarms = (
        "All the data in one batch, yielded for ever, is a full-batch training: with one step an "
        "epoch it is not reported, with several it is a warning."
    )
    sources = ("keras-team/keras#3985: 72 % instead of 98 %", "keras-team/keras#4455, #6341")
    firing = (
        Case("one batch for ever", _same),
        Case("one batch, and not all classes in it", _few_classes),
    )
    silent = (
        Case("other rows each time", lambda: _drawn(normal(320, 3), normal(320))),
        Case("one full batch an epoch", lambda: _same(steps=1)),
        Case(
            "the same rows, drawn in another order",
            lambda: _drawn(normal(32, 3)[integers(0, 32, 320)], normal(32)[integers(0, 32, 320)]),
        ),
        Case("arrays", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        data = recipe.data.drawn or recipe.data
        size = recipe.fit.batch_size
        batches = data.rows // size if size > 0 else 0
        if data.feed is not Feed.BATCHES or batches < REPEATS or recipe.fit.steps_per_epoch < 2:
            return
        rest = data.rows % size
        arrays = (*data.inputs, *data.targets)
        if rest or not all(_repeats(values, size) for values in arrays):
            return
        codes, units = class_codes(recipe), output_width(recipe)
        seen = len(np.unique(codes)) if codes is not None else 0
        lacks = bool(seen and units and seen < units)
        some = f", which hold {seen} of {units} classes" if lacks else ""
        yield self.found(
            f"all {batches:,} batches that were drawn are one and the same: training sees "
            f"{size:,} rows and no others{some}",
            {"batches": batches, "rows": size, "classes": seen},
            recipe.fit.place,
            severity=Severity.ERROR if lacks else Severity.WARNING,
        )


def _repeats(values: Array, size: int) -> bool:
    """Whether every batch of ``size`` rows equals the first."""
    first = values[:size]
    others = range(size, len(values), size)
    return all(np.array_equal(values[i : i + size], first) for i in others)
