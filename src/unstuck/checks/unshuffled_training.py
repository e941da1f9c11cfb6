"""unshuffled-training: rows in order that are never shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe
from unstuck.checks._labels import class_codes, entropy
from unstuck.checks._order import is_ordered, is_window
from unstuck.checks._task import is_regression
from unstuck.finding import Finding
from unstuck.recipe import Array, Data, Feed, Recipe
from unstuck.remedies import ShuffleRows
from unstuck.trace import Trace

BATCHES = 4  # fewer say little of an order
HALF = 0.5  # of the entropy of all labels; shuffled batches have nearly all of it
LEAST = 8  # rows looked at together where batches are smaller


def _ordered(made: Recipe, *, shuffle: bool = False, feed: Feed = Feed.ARRAYS) -> Recipe:
    fit = replace(made.fit, shuffle=shuffle)
    return replace(made, fit=fit, data=replace(made.data, feed=feed))


def _classes(y: Array, **more: bool | Feed) -> Recipe:
    made = classifier()
    return _ordered(replace(made, data=Data((normal(len(y), 4),), (y,))), **more)  # type: ignore[arg-type]


def _numbers(x: Array, y: Array) -> Recipe:
    return _ordered(recipe(x, y, [dense(16, "relu"), dense(1)]))


def _series() -> Recipe:
    rise = np.arange(430) / 9
    return _numbers(np.stack([rise[i : i + 20] for i in range(400)]), rise[20:420])


def _sine() -> Recipe:
    wave = np.sin(np.arange(430) / 9)
    return _numbers(np.stack([wave[i : i + 20] for i in range(400)]), wave[20:420])


class UnshuffledTraining(Check):
    name = "unshuffled-training"
    summary = "Rows sorted by their target, trained on in that order."
    why = (
        "Each batch then holds one class, or one end of the range, and each update unlearns what "
        "the last ones taught: the network ends as a specialist for the last rows."
    )
    instead = (
        "Leave shuffle at its default of True, or shuffle the rows before they are put in batches; "
        "the buffer of tf.data's shuffle must hold all rows."
    )
    false_alarms = (
        "Windows of a time series in order are usual, and layers that keep their state need them: "
        "neither is reported. With many passes and a small rate the order may not matter."
    )
    sources = ("tensorflow/tensorflow#36626", "IBM/graph2tac#95: four times as fast when shuffled")
    firing = (
        Case("classes one after the other", lambda: _classes(np.sort(integers(0, 3, 400)))),
        Case(
            "batches of one class each",
            lambda: _classes(np.sort(integers(0, 3, 400)), feed=Feed.BATCHES, shuffle=True),
        ),
        Case(
            "a function along a line",
            lambda: _numbers(np.linspace(0, 3, 400)[:, None], np.linspace(0, 3, 400) ** 2),
        ),
    )
    silent = (
        Case("shuffled by fit", lambda: _classes(np.sort(integers(0, 3, 400)), shuffle=True)),
        Case("classes in any order", lambda: _classes(integers(0, 3, 400))),
        Case("a series that rises", _series),
        Case("a sine", _sine),
        Case("one batch", lambda: _classes(np.sort(integers(0, 3, 30)))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        data, fit = recipe.data, recipe.fit
        shuffled = fit.shuffle and data.feed is Feed.ARRAYS
        size = max(fit.batch_size, LEAST)
        if shuffled or data.rows < BATCHES * size or _must_stay(recipe):
            return
        codes = class_codes(recipe)
        if codes is not None:
            yield from self._of_classes(recipe, codes, size)
        elif is_regression(recipe) and len(data.targets) == 1 and is_ordered(data.targets[0]):
            yield self.found(
                f"the {data.rows:,} rows are sorted by their target and not shuffled, so each "
                "batch holds a narrow part of the range",
                {"rows": data.rows, "batch": fit.batch_size},
                fit.place,
                (ShuffleRows(),),
            )

    def _of_classes(self, recipe: Recipe, codes: Array, size: int) -> Iterator[Finding]:
        labels, index = np.unique(codes, return_inverse=True)
        whole = entropy(np.bincount(index))
        if not whole:
            return
        batches = index[: len(index) // size * size].reshape(-1, size)
        counts = [np.bincount(batch, minlength=len(labels)) for batch in batches]
        share = float(np.mean([entropy(count) for count in counts]) / whole)
        if share >= HALF * _fully(len(labels), size, whole):
            return
        single = float(np.mean([(count > 0).sum() == 1 for count in counts]))
        yield self.found(
            f"the rows come in the order of their classes and are not shuffled: {single:.0%} of "
            f"the batches hold one of the {len(labels)} classes only",
            {"single_class_batches": single, "entropy_share": share, "classes": len(labels)},
            recipe.fit.place,
            (ShuffleRows(),),
        )


def _fully(classes: int, size: int, whole: float) -> float:
    """The share of the entropy that a shuffled batch has on the average, at least: it loses at
    most (K - 1) / 2B nats of it (Miller 1955), and has at most log B."""
    return max(0.0, min(1.0 - (classes - 1) / (2 * size * whole), np.log(size) / whole))


def _must_stay(recipe: Recipe) -> bool:
    """Whether rows stand in time, or their order carries a state."""
    stateful = any(layer.config.get("stateful") for layer in recipe.model.layers)
    return stateful or any(is_window(x) for x in recipe.data.inputs)
