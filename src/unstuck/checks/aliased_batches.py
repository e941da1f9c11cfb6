"""aliased-batches: batches that share one buffer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression
from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Array, Data, Feed, Recipe
from unstuck.remedies import CopyBatches
from unstuck.trace import Trace

BITES = 0.01  # of the rows that reach the training changed; a first batch drawn ahead is fewer


def _batches(delivered: Array, drawn: Array, *, shared: bool) -> Recipe:
    y = normal(len(drawn))
    own = Data((drawn,), (y,), feed=Feed.BATCHES)
    data = Data((delivered,), (y,), None, Feed.BATCHES, True, shared, own if shared else None)
    return recipe(drawn, y, [dense(1)], data=data)


def _overwritten() -> Recipe:
    return _batches(normal(320, 2), normal(320, 2), shared=True)


def _intact() -> Recipe:
    x = normal(320, 2)
    return _batches(x, x.copy(), shared=True)


def _separate() -> Recipe:
    x = normal(320, 2)
    return _batches(x, x, shared=False)


class AliasedBatches(Check):
    name = "aliased-batches"
    severity = Severity.ERROR
    summary = "A generator or data set that refills one buffer and hands it over as each batch."
    why = (
        "A batch that waits in a queue changes when a later one is written over it: inputs and "
        "targets no longer belong together."
    )
    instead = "Hand over a copy: yield x.copy(), y."
    false_alarms = (
        "Keras 3 copies a plain generator's batch as it is drawn, so there it is harmless (a "
        "note); Keras 2 queued them, and a PyDataset with several workers queues them still."
    )
    sources = ("tensorflow/tensorflow#34099", "Stack Overflow: the mean of two numbers")
    firing = (
        Case("rows overwritten in a queue", _overwritten),
        Case("shared, but intact here: a note", _intact),
    )
    silent = (Case("batches of their own", _separate), Case("arrays", regression))

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        data = recipe.data
        if not data.shared_memory or data.drawn is None:
            return
        changed = _changed(data, data.drawn)
        evidence = {"changed_rows": changed, "rows": data.rows}
        if changed > BITES:
            message = (
                f"batches share one buffer, and {changed:.0%} of the rows that reach the training "
                "are no longer those that were made"
            )
            yield self.found(message, evidence, recipe.fit.place, (CopyBatches(),))
            return
        kit = f"{recipe.framework.name.capitalize()} {recipe.framework.version}".strip()
        message = (
            f"batches share one buffer; harmless here, since {kit} copies each as it is drawn, "
            "but they would be overwritten where batches wait in a queue (Keras 2, or a "
            "PyDataset with several workers)"
        )
        found = self.found(message, evidence, recipe.fit.place, severity=Severity.NOTE)
        yield replace(found, status=Status.PLAIN)


def _changed(delivered: Data, drawn: Data) -> float:
    """The share of rows in which what was delivered is not what was drawn."""
    rows = min(delivered.rows, drawn.rows)
    pairs = zip(
        (*delivered.inputs, *delivered.targets), (*drawn.inputs, *drawn.targets), strict=True
    )
    differ = [(a[:rows] != b[:rows]).reshape(rows, -1).any(axis=1) for a, b in pairs]
    return float(np.any(differ, axis=0).mean())
