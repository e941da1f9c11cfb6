"""train-mode-evaluation: the model is scored with dropout or noise on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, layer, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

NOISY = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianNoise")
MUCH = 0.05  # of the largest answer


def _unsteady(by: float) -> Recipe:
    layers = [dense(16, "relu"), layer("Dropout", (16,), rate=0.5), dense(1)]
    made = recipe(normal(99, 3), normal(99), layers)
    return replace(made, model=replace(made.model, unsteady=by))


class TrainModeEvaluation(Check):
    name = "train-mode-evaluation"
    severity = Severity.WARNING
    summary = "The model answers the same rows otherwise each time, as only training should."
    why = (
        "Dropout and noise are for training. With training=True written into call they stay on "
        "when the model is scored and used: what it has learned is told with half of it missing, "
        "and each answer is another."
    )
    instead = "Hand the argument on: self.drop(h, training=training)."
    false_alarms = (
        "Dropout may be kept on to tell how sure an answer is. What differs by less than a "
        "twentieth is a note; answers that a layer of the program's own draws, as in a variational "
        "autoencoder, are not reported."
    )
    sources = (
        "causes P08",
        "measured: Keras 3.15.1 keeps dropout on in predict where it is called with training=True",
    )
    firing = (
        Case("dropout is on", lambda: _unsteady(0.6)),
        Case("a little noise, a note", lambda: _unsteady(0.01)),
    )
    silent = (
        Case("the same answers", lambda: _unsteady(0.0)),
        Case("a regression", regression),
        Case("a classifier", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        by = recipe.model.unsteady
        if not by:
            return
        suspect = next((x for x in recipe.model.layers if x.kind in NOISY), None)
        yield self.found(
            "asked twice for the same rows, in inference mode, the model's answers differ by up to "
            f"{by:.0%} of the largest",
            {"differ": by},
            suspect.place if suspect else recipe.model.place,
            layer=suspect,
            severity=None if by >= MUCH else Severity.NOTE,
        )
