"""argmax-for-multilabel: an accuracy of the likeliest class over independent labels."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, one_hot, recipe
from unstuck.checks._objective import many_or_none, one_target
from unstuck.checks._task import output_width
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.trace import Trace

# Keras takes "accuracy" for that of the likeliest class where the output has several units.
BY_SHAPE = frozenset({"accuracy", "acc"})
LIKELIEST = frozenset({"categorical_accuracy", "CategoricalAccuracy"})

SHARE = 0.01  # of the rows, as targets-not-distributions has it


def _labelled(y: Array, *metrics: str) -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[1] if y.ndim > 1 else 1, "sigmoid")]
    return recipe(normal(len(y), 4), y, layers, "binary_crossentropy", metrics=metrics)


class ArgmaxForMultilabel(Check):
    name = "argmax-for-multilabel"
    summary = "Accuracy that asks for the one likeliest class, over labels that are independent."
    why = (
        'Keras takes "accuracy" for that of the likeliest class wherever the output has several '
        "units. It asks whether the unit that is largest is the first label that a row has: of two "
        "labels that are both right it counts one as wrong, and a row without any has to be the "
        "first of them."
    )
    instead = 'metrics=["binary_accuracy"] or keras.metrics.F1Score(threshold=0.5).'
    false_alarms = "Labels of which nearly every row has exactly one are scored well enough by it."
    sources = (
        "keras-team/keras-io PR 1133",
        "measured on Keras 3.15.1, JAX, five labels: accuracy 0.49 where 0.99 of them are right, "
        "and 0.46 where 0.69 are",
    )
    firing = (
        Case("accuracy", lambda: _labelled(integers(0, 2, 200, 5), "accuracy")),
        Case(
            "categorical accuracy",
            lambda: _labelled(integers(0, 2, 200, 5), "categorical_accuracy"),
        ),
    )
    silent = (
        Case("binary accuracy", lambda: _labelled(integers(0, 2, 200, 5), "binary_accuracy")),
        Case("one-hot", lambda: _labelled(one_hot(integers(0, 5, 200), 5), "accuracy")),
        Case("one label", lambda: _labelled(integers(0, 2, 200, 1), "accuracy")),
        Case("classes", lambda: classifier(metrics=("accuracy",))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        y, units = one_target(recipe), output_width(recipe)
        used = [m for m in recipe.metrics if m.lower() in BY_SHAPE or m in LIKELIEST]
        if y is None or not used or y.ndim != 2 or y.shape[-1] != units:
            return
        if recipe.loss.name.startswith("sparse") or _objects(recipe, used[0]):
            return
        off = many_or_none(y)
        if off >= SHARE:
            yield self.found(
                f"{used[0]!r} asks which of {units} labels is the likeliest, and {off:.0%} of the "
                "rows have several or none",
                {"metric": used[0], "several_or_none": off, "labels": y.shape[-1]},
                recipe.loss.place,
            )


def _objects(recipe: Recipe, metric: str) -> bool:
    """Whether the metric is an object of another class that goes by this name."""
    settings = dict(zip(recipe.metrics, recipe.compiled.measured, strict=False)).get(metric, {})
    return str(settings.get("class_name", "CategoricalAccuracy")) not in LIKELIEST
