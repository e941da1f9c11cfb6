"""delayed-generalization: memorised first, or on a plateau that ends late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense as dense_layer
from unstuck.checks._cases import integers, normal, recipe, regression, studied
from unstuck.checks._signal import memorised, simple_of
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import TrainLonger
from unstuck.trace import Trace

PLATEAU = 0.1  # of the way to perfect: it has not left the constant
LEFT = 0.5  # of that way: it is off the plateau
LATE = 2 / 3  # of the updates
CHANCE = 0.05  # of the way, by which simple learners may beat a constant and have seen nothing
FEW_VALUES = 32  # of a feature: bits, digits, codes


def _parity() -> Recipe:
    x = integers(0, 2, 400, 10).astype(float)
    y = x[:, :4].sum(axis=1) % 2
    layers = [dense_layer(32, "relu"), dense_layer(1, "sigmoid")]
    return recipe(x, y, layers, "binary_crossentropy")


def _numbers() -> Recipe:
    x = normal(400, 4)
    return recipe(x, x[:, 0] > 0, [dense_layer(1, "sigmoid")], "binary_crossentropy")


def _course(fitted: float, *seeds: list[float], simple: float = 0.0) -> Trace:
    """Trainings over nine checkpoints of judged scores, one list a seed."""
    scores = {"constant": 0.0, "linear": simple}
    made = studied(0.0, scores=scores, score=simple, fitted=fitted)
    points = len(seeds[0])
    return replace(
        made,
        steps=np.linspace(0, 1000, points).astype(np.int64),
        score=np.array(seeds),
        fitted=np.full(len(seeds), fitted),
    )


FLAT = [0.0] * 9
RISES = [0.0] * 7 + [0.4, 0.99]


class DelayedGeneralization(Check):
    name = "delayed-generalization"
    needs_trace = True
    summary = "Rows memorised long before the rule is learned, or a plateau that ends late."
    why = (
        "Parities, remainders and their like give a network nothing to follow until it has all "
        "of the rule. Loss and score stand still for thousands of updates and then fall within a "
        "few; with few rows it first learns those by heart. Who stops on the plateau sees a "
        "network that cannot learn."
    )
    instead = (
        "Many times as many updates, with weight decay where the rows are known by heart; or "
        "features that show the rule: sine and cosine of a period, products of signs."
    )
    false_alarms = (
        "A plateau looks the same from inside whether it ends or not. It is reported only where "
        "some seed left it late, or where bits or codes are known by heart and simple learners "
        "see nothing in them; the trials with more updates decide."
    )
    sources = (
        "Power et al. 2022, grokking (arXiv 2201.02177)",
        "Barak et al. 2022, hidden progress in parities (arXiv 2207.08799)",
    )
    firing = (
        Case("some seeds rise late", _parity, lambda: _course(0.5, RISES, FLAT, FLAT, FLAT)),
        Case("known by heart", _parity, lambda: _course(0.99, FLAT, FLAT, FLAT)),
    )
    silent = (
        Case("all rise", _parity, lambda: _course(0.99, RISES, RISES, RISES)),
        Case("nothing rises", _parity, lambda: _course(0.1, FLAT, FLAT)),
        Case("some rise early", _parity, lambda: _course(0.5, [0.0, 0.9] + [0.99] * 7, FLAT)),
        Case("a simple learner sees it", _parity, lambda: _course(0.99, FLAT, simple=0.7)),
        Case("known by heart, of real numbers", _numbers, lambda: _course(0.99, FLAT, FLAT)),
        Case("not measured", regression, lambda: studied(0.2, score=0.6)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        simple = simple_of(trace)
        if trace is None or simple is None or trace.score.shape[1] < 3:
            return
        constant = simple.scores.get("constant", simple.constant)
        room = max(1.0 - constant, 1e-9)
        if max(simple.scores.values(), default=constant) - constant > CHANCE * room:
            return
        ways = (np.nan_to_num(trace.score, nan=constant, neginf=constant) - constant) / room
        there, late = _arrived(trace.steps, ways)
        seeds, flat = len(ways), int((ways[:, -1] < PLATEAU).sum())
        by_heart = memorised(trace, simple) and flat > seeds / 2 and _has_codes(recipe)
        if not (late and flat) and not by_heart:
            return
        fitted = float(np.median(trace.fitted)) if trace.fitted.size else float("nan")
        seen = (
            f"{late} of {seeds} seeds left the plateau in the last third of the updates, and "
            f"{flat} are still on it"
            if late and flat
            else f"the rows trained on are known by heart ({fitted:.3g}), and others are "
            "answered no better than by a constant"
        )
        yield self.found(
            f"{seen}: such rules are learned late, all at once",
            {"late": late, "flat": flat, "seeds": seeds, "arrived": there, "fitted": fitted},
            recipe.fit.place,
            (TrainLonger(),),
        )


def _arrived(steps: Array, ways: Array) -> tuple[int, int]:
    """How many seeds ended off the plateau, and how many of them were on it for long."""
    there = ways[:, -1] > LEFT
    before = ways[:, int(np.searchsorted(steps, LATE * steps[-1], side="right")) - 1]
    return int(there.sum()), int((there & (before < PLATEAU)).sum())


def _has_codes(recipe: Recipe) -> bool:
    """Whether all inputs take few whole values: bits, digits, one-hot places."""
    for x in recipe.data.inputs:
        if x.dtype.kind not in "biuf" or x.size == 0:
            return False
        some = np.asarray(x).reshape(len(x), -1)[:1000]
        if np.any(np.mod(some, 1) != 0) or len(np.unique(some)) > FEW_VALUES:
            return False
    return True
