"""unsuitable-batch-size: so large that few updates remain, or so small that noise dominates."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe
from unstuck.finding import Finding, Severity
from unstuck.recipe import Feed, Recipe
from unstuck.remedies import SetBatchSize
from unstuck.trace import Trace

USUAL = 32  # Keras's default; Masters & Luschi 2018 find the best ones between 2 and 32
# At Adam's default rate of 0.001 a weight comes by at most 0.1 in so many updates, which is about
# the size that weights begin with.
FEW = 100
TIMES = 4  # as many updates at least, if batches were of the usual size
STATISTICS = 4  # rows; fewer give a mean and a spread that are mostly chance


def _sized(rows: int, batch: int, epochs: int = 10, *, normalised: bool = False) -> Recipe:
    x = normal(rows, 3)
    between = [layer("BatchNormalization", (8,))] if normalised else []
    layers = [dense(8, "relu"), *between, dense(1)]
    return recipe(x, x.sum(axis=1), layers, batch=batch, epochs=epochs)


class UnsuitableBatchSize(Check):
    name = "unsuitable-batch-size"
    summary = "Batches so large that few updates remain, or so small that noise dominates."
    why = (
        "Each batch is one update. Where all rows are in one, an epoch is a single step, and a "
        "few dozen of those are not a training. Batches of two or three rows give batch "
        "normalisation nothing to take a mean of."
    )
    instead = "Batches of 32 to 256 rows."
    false_alarms = "Full batches over thousands of epochs are as many updates, and not reported."
    sources = (
        "Masters & Luschi 2018 (arXiv 1804.07612)",
        "keras-team/keras#8837, on batch normalisation",
    )
    firing = (
        Case("all rows in one batch", lambda: _sized(2000, 2000)),
        Case("a batch of half the rows", lambda: _sized(2000, 1000, 20)),
        Case("normalised over two rows", lambda: _sized(200, 2, normalised=True)),
        Case("one row at a time", lambda: _sized(200, 1)),
    )
    silent = (
        Case("32 rows", lambda: _sized(2000, 32)),
        Case("few rows in one batch, many epochs", lambda: _sized(200, 200, 2000)),
        Case("four rows in all", lambda: _sized(4, 32)),
        Case("normalised over 16", lambda: _sized(200, 16, normalised=True)),
        Case("few updates in small batches", lambda: _sized(64, 32, 2)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        rows, fit = recipe.data.rows, recipe.fit
        if recipe.data.feed is Feed.BATCHES or not recipe.data.complete or rows <= USUAL:
            return
        more = -(-rows // USUAL) * fit.epochs
        if fit.batch_size > USUAL and fit.steps < FEW and more >= TIMES * fit.steps:
            text = f"{fit.batch_size} rows a batch make {fit.steps} updates in the whole training"
            yield self._found(recipe, f"{text}; {USUAL} would make {more:,}", Severity.WARNING)
        kinds = {layer.kind for layer in recipe.model.layers}
        if 1 < fit.batch_size < STATISTICS and "BatchNormalization" in kinds:
            text = f"batch normalisation takes its statistics from {fit.batch_size} rows"
            yield self._found(recipe, text, Severity.WARNING)
        elif fit.batch_size == 1 and "BatchNormalization" not in kinds:
            text = "each update is made for a single row, and follows its noise"
            yield self._found(recipe, text, Severity.NOTE)

    def _found(self, recipe: Recipe, text: str, severity: Severity) -> Finding:
        evidence = {"batch_size": recipe.fit.batch_size, "updates": recipe.fit.steps}
        rows = {"rows": recipe.data.rows}
        remedies = (SetBatchSize(USUAL),)
        place = recipe.fit.place
        return self.found(text, evidence | rows, place, remedies, severity=severity)
