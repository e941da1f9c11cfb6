"""lagging-batch-norm: moving statistics that have not arrived when the training ends."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression
from unstuck.checks._source import goes_on
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import BatchNormMomentum, TrainLonger
from unstuck.remedy import Remedy
from unstuck.trace import Trace

# What is left of the initial statistics (mean 0, variance 1) after the training. More than 1/e:
# fewer updates than the average's own time constant, 1 / (1 - momentum).
LAGGING = exp(-1)
NOTED = 0.1


_LOOP = "for epoch in range(99):\n    model.fit(x, y, epochs=1)\n"


def _normalised(rows: int, epochs: int, momentum: float = 0.99, source: str = "") -> Recipe:
    norm = layer("BatchNormalization", (16,), momentum=momentum)
    x = normal(rows, 4) * 5
    return recipe(x, x[:, 0], [dense(16), norm, dense(1)], epochs=epochs, source=source)


class LaggingBatchNorm(Check):
    name = "lagging-batch-norm"
    summary = "Batch normalisation with too few updates for its moving statistics to arrive."
    why = (
        "Training normalises by the batch, inference by moving averages that begin at mean 0 and "
        "variance 1 and go (1 - momentum) of the way at each update. Until they have arrived, "
        "the training loss falls while predictions are far off."
    )
    instead = "momentum=0.9 for short trainings, more updates, or LayerNormalization."
    false_alarms = (
        "Where activations have about mean 0 and variance 1 from the start, the first statistics "
        "are right already. A pretrained network brings its own."
    )
    sources = ("tensorflow/tensorflow#36446", "measured: a loss of 0.138 in training, 27.7 after")
    firing = (
        Case("twelve updates", lambda: _normalised(96, 4)),
        Case("a momentum of 0.9999", lambda: _normalised(320, 50, 0.9999)),
        Case("arrived but for a seventh: a note", lambda: _normalised(320, 20)),
    )
    silent = (
        Case("a thousand updates", lambda: _normalised(320, 100)),
        Case("forty updates at 0.9", lambda: _normalised(320, 4, 0.9)),
        Case("one epoch of many", lambda: _normalised(320, 1, source=_LOOP)),
        Case("no batch normalisation", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        learned = recipe.model.warm or recipe.model.given
        if learned or recipe.fit.steps <= 0 or goes_on(recipe):
            return
        lagging = [x for x in recipe.model.layers if _left(x, recipe.fit.steps) > NOTED]
        if not lagging:
            return
        worst = max(lagging, key=_momentum)
        left, steps = _left(worst, recipe.fit.steps), recipe.fit.steps
        quick = BatchNormMomentum()
        faster: tuple[Remedy, ...] = (quick,) if _momentum(worst) > quick.momentum else ()
        yield self.found(
            f"{worst.name} has a momentum of {_momentum(worst):g}: after the {steps:,} updates of "
            f"this training {left:.0%} of its moving statistics are still those it began with",
            {"momentum": _momentum(worst), "updates": steps, "left": left},
            worst.place,
            (*faster, TrainLonger()),
            layer=worst,
            severity=Severity.WARNING if left > LAGGING else Severity.NOTE,
        )


def _momentum(layer: Layer) -> float:
    given = layer.config.get("momentum", 0.99)
    return float(given) if isinstance(given, int | float) else 0.0


def _left(layer: Layer, steps: int) -> float:
    if layer.kind != "BatchNormalization" or not layer.trainable:
        return 0.0
    return float(min(max(_momentum(layer), 0.0), 1.0) ** steps)
