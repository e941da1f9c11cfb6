"""mixed-samples: an output depends on another sample of the batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._axes import renamed, said
from unstuck.checks._base import Case, Check
from unstuck.checks._cases import (
    dense,
    integers,
    layer,
    normal,
    recipe,
    regression,
    studied,
    tried,
)
from unstuck.checks._signal import is_beyond_chance, is_seen, simple_of
from unstuck.checks._task import is_function
from unstuck.experiments import SimpleLearners
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Place, Recipe, Reshape
from unstuck.remedies import RemoveLayer, SoftmaxAxis
from unstuck.remedy import Remedy
from unstuck.trace import Trace

# A statistic over the usual batch of 32 gives each row a weight of 1/32; with the spread of the
# rows, a few times that. A row in another's place moves it as much as itself.
STATISTIC = 0.1
SUSPECTS = ("Lambda", "Reshape", "Permute", "Transpose", "Softmax")


def _whole_set() -> Recipe:
    """All rows in one batch and in order: the nodes of a graph, say."""
    made = regression(batch=400)
    return replace(made, fit=replace(made.fit, shuffle=False))


def _turned() -> Recipe:
    layers = [layer("Lambda", (5, 2)), layer("GRU", (8,), units=8), dense(1)]
    return recipe(normal(200, 5, 2), normal(200), layers)


def _softmax() -> Recipe:
    ends = [dense(3), layer("Softmax", (3,), axis=0)]
    return recipe(normal(200, 4), integers(0, 3, 200), ends, "sparse_categorical_crossentropy")


def _reshaped(*given: int, made: tuple[int, ...] = (200, 8, 8)) -> Recipe:
    built = recipe(normal(200, 8, 8), normal(200), [layer("Flatten", (64,)), dense(1)])
    reshape = Reshape(given, made, Place("train.py", 4))
    return replace(built, data=replace(built.data, reshapes=(reshape,)))


def _tried(mixed: float, weight: float) -> Trace:
    return tried(mixed=np.full(4, mixed), weight=np.full(4, weight))


class MixedSamples(Check):
    name = "mixed-samples"
    severity = Severity.ERROR
    needs_trace = True
    summary = "An output depends on another sample of the batch."
    why = (
        "A reshape where a transposition is meant, or an operation over the axis of the batch, "
        "puts values of one sample into another. The answer to a sample then depends on what it "
        "is asked together with, and what is learned is of rows that happened to meet."
    )
    instead = (
        "Move axes with transpose or Permute and never with reshape, let no operation run over "
        "axis 0, and keep the batch axis first (time-major sequences need a transposition)."
    )
    false_alarms = (
        "Networks whose batch is one sample, such as all nodes of a graph; they are not reported "
        "where the batch is the whole set. Batch normalisation uses other rows in training only, "
        "and is not reported. Attention or statistics over a batch on purpose are a warning."
    )
    sources = (
        "zhouhaoyi/Informer2020#59",
        "vitrioil/Speech-Separation#4",
        "pytorch/pytorch#1538: batch_first",
        "Karpathy, A Recipe for Training Neural Networks: back-propagate to chart dependencies",
    )
    firing = (
        Case("a reshape for a transposition", regression, lambda: _tried(0.1, 1.0)),
        Case(
            "a softmax over the batch, one set of weights dead",
            regression,
            lambda: tried(mixed=np.array([1.0, 1, 1, 0]), weight=np.array([0.2, 0.1, 0.3, 0])),
        ),
        Case("a mean over the batch", regression, lambda: _tried(1.0, 0.03)),
        Case("a function that can be left out", _turned, lambda: _tried(0.3, 1.0)),
        Case("the axis of the rows came last", lambda: _reshaped(8, 8, 200)),
        Case(
            "seen by a simple learner once undone",
            lambda: _reshaped(8, 8, 200),
            lambda: studied(0.0, score=0.0, permuted=np.full(8, 0.01), moved=0.9),
        ),
        Case("of more rows", lambda: _reshaped(8, 8, 300, made=(300, 8, 8))),
        Case("a layer that can be put right", _softmax, lambda: _tried(1.0, 0.5)),
    )
    silent = (
        Case("each row by itself", regression, lambda: _tried(0.0, 0.0)),
        Case("not tried", regression, tried),
        Case("columns into rows and columns", lambda: _reshaped(200, 64)),
        Case("the batch is the set", _whole_set, lambda: _tried(1.0, 1.0)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        told = _told(simple_of(trace))
        for reshape in renamed(recipe, mixes_rows=True):
            yield self.found(
                f"{said(reshape)}: each row holds numbers of several{told}",
                {"given": str(reshape.given), "made": str(reshape.made)},
                reshape.place,
                severity=Severity.ERROR if told else Severity.WARNING,
            )
        yield from self._tried(recipe, trace)

    def _tried(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        if found is None or not found.mixed.size or _is_one_batch(recipe):
            return
        on = found.mixed > 0
        if on.mean() < 0.5:
            return
        share, weight = float(np.median(found.mixed[on])), float(np.median(found.weight[on]))
        suspect = _suspect(recipe)
        yield self.found(
            f"with one row of a batch exchanged for another, the predictions of {share:.0%} of "
            f"the other rows move, by up to {weight:.2g} of what its own does",
            {"rows_moved": share, "weight": weight, "sets_of_weights": int(on.size)},
            suspect.place if suspect else recipe.model.place,
            _remedies(suspect),
            layer=suspect,
            severity=Severity.ERROR if weight >= STATISTIC else Severity.WARNING,
        )


def _told(simple: SimpleLearners | None) -> str:
    """What a simple learner sees with the axes moved, where it sees nothing without."""
    if simple is None or is_seen(simple) or not is_beyond_chance(simple, simple.moved):
        return ""
    return (
        f"; a simple learner scores {simple.score:.3g} on them, and {simple.moved:.3g} on rows "
        "made by a transposition"
    )


def _is_one_batch(recipe: Recipe) -> bool:
    return recipe.fit.batch_size >= recipe.data.rows and not recipe.fit.shuffle


def _remedies(suspect: Layer | None) -> tuple[Remedy, ...]:
    if suspect is None:
        return ()
    if suspect.kind == "Softmax" and suspect.config.get("axis", -1) == 0:
        return (SoftmaxAxis(suspect.name),)
    return (RemoveLayer(suspect.name),) if is_function(suspect) else ()


def _suspect(recipe: Recipe) -> Layer | None:
    """The only layer that could do it, where there is one."""
    found = [x for x in recipe.model.layers if x.kind in SUSPECTS]
    return found[0] if len(found) == 1 else None
