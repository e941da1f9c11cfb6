"""batch-norm-single-sample: batch normalisation over batches of one row."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, layer, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import LayerNorm
from unstuck.trace import Trace


def _normalised(batch: int) -> Recipe:
    x = normal(64, 4)
    layers = [dense(16, "relu"), layer("BatchNormalization", (16,)), dense(1)]
    return recipe(x, x[:, 0], layers, batch=batch)


def _images(batch: int) -> Recipe:
    layers = [
        layer("Conv2D", (6, 6, 8), filters=8, activation="relu"),
        layer("BatchNormalization", (6, 6, 8)),
        layer("GlobalAveragePooling2D", (8,)),
        dense(3, "softmax"),
    ]
    classes = integers(0, 3, 60)
    return recipe(
        normal(60, 8, 8, 1), classes, layers, "sparse_categorical_crossentropy", batch=batch
    )


class BatchNormSingleSample(Check):
    name = "batch-norm-single-sample"
    severity = Severity.ERROR
    summary = "Batch normalisation while the batches have one row."
    why = (
        "Of a single row the mean is the row itself and the variance 0: what leaves the layer in "
        "training is its bias, the same for every row, and no gradient passes. Of a single image "
        "the statistics are the image's own, which inference does not use."
    )
    instead = "Batches of 16 or more, or LayerNormalization (GroupNormalization for images)."
    false_alarms = (
        "A frozen layer normalises by its moving statistics. Single images are normalised each by "
        "itself, which can train: a warning."
    )
    sources = ("keras-team/keras#8837", "measured: a loss of 11.4 in training, 307 after")
    firing = (
        Case("one row", lambda: _normalised(1)),
        Case("one image", lambda: _images(1)),
    )
    silent = (
        Case("32 rows", lambda: _normalised(32)),
        Case("eight images", lambda: _images(8)),
        Case("one row, no batch normalisation", lambda: regression(batch=1)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.fit.batch_size != 1:
            return
        norms = [x for x in recipe.model.layers if x.kind == "BatchNormalization" and x.trainable]
        flat = [x for x in norms if len(x.input_shape) == 1]
        if not norms:
            return
        one = (flat or norms)[0]
        harm = (
            "it gives its bias and nothing of the row" if flat else "its statistics are each row's"
        )
        yield self.found(
            f"{one.name} normalises batches of one row: in training {harm}",
            {"batch_size": 1, "layers": len(norms)},
            one.place,
            (LayerNorm(),),
            layer=one,
            severity=Severity.ERROR if flat else Severity.WARNING,
        )
