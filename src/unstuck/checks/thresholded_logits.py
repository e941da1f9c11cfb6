"""thresholded-logits: a score that takes raw outputs for 0 or 1 at a threshold of 0.5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe
from unstuck.checks._objective import BINARY, one_target
from unstuck.checks._task import head, output_width
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Config, Loss, Recipe
from unstuck.trace import Trace

HINGES = frozenset({"hinge", "squared_hinge"})
HALF = 0.5  # the threshold of Keras where none is given
BY_SHAPE = frozenset({"accuracy", "acc"})  # of one unit, the binary accuracy
NAMED = frozenset({"binary_accuracy", "BinaryAccuracy"})
CLASSES = frozenset({"BinaryAccuracy", "Precision", "Recall", "AUC"})
_LOGITS = Loss("binary_crossentropy", from_logits=True)


def _recipe(y: Array, loss: str | Loss, *metrics: str, activation: str = "linear") -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[1] if y.ndim > 1 else 1, activation)]
    return recipe(normal(len(y), 4), y, layers, loss, metrics=metrics)


def _with(settings: Config, name: str) -> Recipe:
    made = _recipe(integers(0, 2, 200), _LOGITS, name)
    return replace(made, compiled=replace(made.compiled, measured=(settings,)))


class ThresholdedLogits(Check):
    name = "thresholded-logits"
    summary = "A score that compares raw outputs with 0.5, as though they were probabilities."
    why = (
        "The logit of one half is 0: every output between 0 and 0.5, a probability of up to 0.62, "
        "is counted on the wrong side. And labels of -1 are never equal to the 0 that a threshold "
        "gives, so that every one of them counts as wrong."
    )
    instead = (
        "keras.metrics.BinaryAccuracy(threshold=0.0); for labels of -1 and 1 a score of your own."
    )
    false_alarms = (
        "Training itself is not touched by it. A threshold other than 0.5 is not reported."
    )
    sources = (
        "tensorflow/tensorflow#41413",
        "tensorflow/tensorflow#42182",
        "measured on Keras 3.15.1, JAX: 0.69 reported where 0.72 are right; under the hinge with "
        "labels of -1 and 1, 0.58 where all are right",
    )
    firing = (
        Case("accuracy of logits", lambda: _recipe(integers(0, 2, 200), _LOGITS, "accuracy")),
        Case(
            "of several labels",
            lambda: _recipe(integers(0, 2, 200, 4), _LOGITS, "binary_accuracy"),
        ),
        Case(
            "precision with its own threshold",
            lambda: _with({"class_name": "Precision", "thresholds": None}, "precision"),
        ),
        Case(
            "signs under the hinge",
            lambda: _recipe(2 * integers(0, 2, 200) - 1, "hinge", "accuracy", activation="tanh"),
        ),
    )
    silent = (
        Case(
            "probabilities",
            lambda: _recipe(
                integers(0, 2, 200), "binary_crossentropy", "accuracy", activation="sigmoid"
            ),
        ),
        Case(
            "a threshold of 0",
            lambda: _with({"class_name": "BinaryAccuracy", "threshold": 0.0}, "binary_accuracy"),
        ),
        Case("a metric of one's own", lambda: _with({"class_name": "mine.Accuracy"}, "accuracy")),
        Case(
            "likeliest of several logits",
            lambda: _recipe(integers(0, 2, 200, 4), _LOGITS, "accuracy"),
        ),
        Case("signs without accuracy", lambda: _recipe(2 * integers(0, 2, 200) - 1, "hinge")),
        Case("classes", lambda: classifier(metrics=("accuracy",))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        y, loss = one_target(recipe), recipe.loss
        used = [m for m, settings in _metrics(recipe) if _halves(m, settings, output_width(recipe))]
        if y is None or not used or loss.custom:
            return
        if loss.name in BINARY and loss.from_logits and head(recipe).activation == "linear":
            yield self._raw(recipe, used[0])
        elif loss.name in HINGES and np.isin(y, (-1, 1)).all() and (y == -1).any():
            yield self._signs(recipe, used[0], y)

    def _raw(self, recipe: Recipe, metric: str) -> Finding:
        return self.found(
            f"{metric!r} compares outputs with 0.5, and they are logits, of which 0 is the middle",
            {"metric": metric, "threshold": HALF, "probability": 1 / (1 + float(np.exp(-HALF)))},
            recipe.loss.place,
        )

    def _signs(self, recipe: Recipe, metric: str, y: Array) -> Finding:
        negative = float((y == -1).mean())
        return self.found(
            f"{metric!r} turns outputs into 0 and 1, and {negative:.0%} of the labels are -1: none "
            "of those is ever counted as right",
            {"metric": metric, "negative": negative},
            recipe.loss.place,
            severity=Severity.ERROR,
        )


def _metrics(recipe: Recipe) -> list[tuple[str, Config]]:
    """Metrics by name with their settings, empty where those are not known."""
    known = recipe.compiled.measured
    settings = known if len(known) == len(recipe.metrics) else ({},) * len(recipe.metrics)
    return list(zip(recipe.metrics, settings, strict=True))


def _halves(metric: str, settings: Config, units: int | None) -> bool:
    """Whether a metric takes outputs for probabilities and compares them with one half."""
    if not settings:
        return metric in NAMED | CLASSES or (metric.lower() in BY_SHAPE and units == 1)
    if settings.get("class_name") not in CLASSES or settings.get("from_logits"):
        return False
    given = settings.get("threshold", settings.get("thresholds"))
    return given in (None, HALF, [HALF])
