"""misaligned-labels: labels shuffled or shifted against their rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, studied, tried
from unstuck.checks._signal import (
    FEWEST_DRAWS,
    LITTLE,
    SURE,
    is_beyond_chance,
    is_seen,
    reached,
    simple_of,
)
from unstuck.checks._task import is_numeric
from unstuck.experiments import Renamed, SimpleLearners
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Feed, Recipe
from unstuck.remedies import KeepPairs
from unstuck.trace import Trace
from unstuck.transform import Scale

SHUFFLE = re.compile(r"^[^#\n]*\bshuffle\(\s*(\w+)\s*\)", re.MULTILINE)
SHIFTS = (-1, 1)
DRAWS = np.full(8, 0.01)
MOST, SAME = 1000, 0.98  # rows that are compared; a correlation that is no accident


def _nothing(shifted: float = 0.0) -> Trace:
    """No signal, unless the targets are moved down by a row."""
    moved = np.array([0.0, shifted])
    return studied(0.0, score=0.0, permuted=DRAWS, shifts=SHIFTS, shifted=moved)


def _named() -> Trace:
    renamed = Renamed(0.1, 0.9, ((0.0, 2.0), (2.0, 0.0)))
    return studied(0.0, score=0.9, permuted=DRAWS, renamed=renamed)


def _in_order() -> Recipe:
    return recipe(normal(200, 3), np.arange(200) // 50, [dense(8, "relu"), dense(1)])


def _windows() -> Recipe:
    noise = normal(204)
    windows = np.stack([noise[i : i + 200] for i in range(4)], axis=1)
    return recipe(windows, noise[4:], [dense(8, "relu"), dense(1)])


def _shuffled(source: str) -> Recipe:
    return replace(regression(), source=source)


def _regrouped() -> Recipe:
    made = regression()
    turned = replace(made.data, targets=(made.data.targets[0][::-1],))
    return replace(made, data=replace(turned, drawn=made.data, regrouped=0.9))


class MisalignedLabels(Check):
    name = "misaligned-labels"
    needs_trace = True
    summary = "Targets that were shuffled or shifted against the rows that they belong to."
    why = (
        "Each input stands beside the target of another. Nothing in it tells that target, and "
        "the network learns the mean."
    )
    instead = (
        "Shuffle inputs and targets by one and the same permutation, join tables by their key, and "
        "cut windows so that the target is of the moment that is meant."
    )
    false_alarms = (
        "Only what shows in the rows or in the source is reported: a source of batches that parts "
        "inputs from their targets between epochs, a relation that appears when "
        "the targets are moved by a few rows, targets still in order or an array shuffled by "
        "itself where no learner sees a relation. Windows over a series, in which the target "
        "of a row is an input of the next, are not reported. A shuffle that leaves no trace is "
        "no-signal."
    )
    sources = (
        "37 reasons why your neural network is not working: inputs and outputs one-to-one",
        "score against lag: a relation found at one lag only is no chance at five standard errors",
    )
    firing = (
        Case("shifted by a row", regression, lambda: _nothing(0.9)),
        Case("in order", _in_order, _nothing),
        Case("other targets from the second epoch on", _regrouped, tried),
        Case("validation labels of other names", regression, _named),
        Case("shuffled alone", lambda: _shuffled("np.random.shuffle(x)\n"), _nothing),
    )
    silent = (
        Case("nothing there", regression, _nothing),
        Case("a weak relation at a lag", regression, lambda: _nothing(0.1)),
        Case("seen", _in_order, lambda: studied(0.9, score=0.9, permuted=DRAWS)),
        Case("the network sees it", _in_order, lambda: studied(0.9, score=0.0, permuted=DRAWS)),
        Case("rows shuffled as one", lambda: _shuffled("rng.shuffle(rows, axis=0)\n"), _nothing),
        Case("windows over noise", _windows, lambda: _nothing(1.0)),
        Case("a comment", lambda: _shuffled("# np.random.shuffle(x)\n"), _nothing),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.data.regrouped:
            yield self.found(
                f"from the second epoch on, {recipe.data.regrouped:.0%} of the rows come with "
                "another target than in the first",
                {"regrouped": recipe.data.regrouped},
                recipe.fit.place,
                (KeepPairs(),),
                severity=Severity.ERROR,
            )
            return
        simple = simple_of(trace)
        if simple is not None and simple.renamed is not None:
            yield self._renamed(recipe, simple.renamed)
            return
        if trace is None or simple is None or simple.permuted.size < FEWEST_DRAWS:
            return
        if is_seen(simple) or reached(trace, simple) > LITTLE:
            return
        found = self._shifted(recipe, simple) or self._shuffled(recipe, simple)
        if found:
            yield found

    def _renamed(self, recipe: Recipe, found: Renamed) -> Finding:
        (ours, theirs), more = found.names[0], len(found.names) - 1
        others = f", and {more} more" if more else ""
        return self.found(
            "the validation rows name the classes otherwise than the training rows: neighbours "
            f"among these are right on {found.before:.0%} of them as labelled, and on "
            f"{found.after:.0%} where {theirs:g} is taken for {ours:g}{others}",
            {"as_labelled": found.before, "renamed": found.after, "names": len(found.names)},
            recipe.fit.place,
            severity=Severity.ERROR,
            advice="Number the classes by one table for all rows: np.unique over all labels, or "
            "an encoder that is fitted once, on the training labels.",
        )

    def _shifted(self, recipe: Recipe, simple: SimpleLearners) -> Finding | None:
        if not simple.shifted.size:
            return None
        best = int(simple.shifted.argmax())
        score, rows = float(simple.shifted[best]), simple.shifts[best]
        if not is_beyond_chance(simple, score) or _is_a_window(recipe, rows):
            return None
        which = f"{abs(rows)} {'row' if abs(rows) == 1 else 'rows'}"
        return self.found(
            f"a simple learner scores {simple.score:.3g} on the rows as they stand, and "
            f"{score:.3g} with the targets moved {which} {'down' if rows > 0 else 'up'}",
            {"score": simple.score, "moved": score, "rows": rows},
            recipe.fit.place,
        )

    def _shuffled(self, recipe: Recipe, simple: SimpleLearners) -> Finding | None:
        alone = SHUFFLE.findall(recipe.source)
        order = _order(recipe)
        if not alone and order < SURE:
            return None
        why = (
            f"the program shuffles {alone[0]} by itself"
            if alone
            else "the targets stand in order, which inputs that belong to them would too"
        )
        return self.found(
            f"{why}, and no simple learner does better than with the targets permuted "
            f"({simple.score:.3g} on {simple.rows} rows)",
            {"score": simple.score, "order": order, "shuffled": ", ".join(alone) or "none"},
            recipe.fit.place,
        )


def _is_a_window(recipe: Recipe, rows: int) -> bool:
    """Whether the targets, moved by ``rows``, stand among the inputs: what is to be foretold of a
    series is in the window of the next moment, and that it cannot be foretold is no shift."""
    y = recipe.data.targets[0]
    if not is_numeric(y) or y.size != len(y):
        return False
    moved = _standardized(np.roll(y.reshape(-1, 1), rows, axis=0)[:MOST])
    inputs = [x.reshape(len(x), -1)[:MOST] for x in recipe.data.inputs if is_numeric(x)]
    return any((np.abs(moved.T @ _standardized(x)) > SAME * len(moved)).any() for x in inputs)


def _standardized(values: Array) -> Array:
    return Scale.to_unit(values).forward(values)


def _order(recipe: Recipe) -> float:
    """How far the targets' correlation with the number of their row is beyond chance, in standard
    errors; 0 of batches and where it is not known."""
    y = recipe.data.targets[0] if recipe.data.targets else np.zeros(0)
    if not is_numeric(y) or y.size != len(y) or len(y) < 3 or recipe.data.feed is Feed.BATCHES:
        return 0.0
    values, place = y.reshape(-1).astype(np.float64), np.arange(len(y))
    if not np.isfinite(values).all() or values.std() == 0:
        return 0.0
    return float(abs(np.corrcoef(values, place)[0, 1]) * np.sqrt(len(y)))
