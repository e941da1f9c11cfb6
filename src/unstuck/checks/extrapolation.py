"""extrapolation: asked outside the range that it was trained on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression, uniform
from unstuck.checks._task import is_numeric, looks_up
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Recipe
from unstuck.trace import Trace

SURE = 5.0  # standard errors
SOME = 0.05  # of the rows
FEWEST = 20


def _asked(train: Array, fresh: Array) -> Recipe:
    later = Data((fresh,), (fresh[:, 0],))
    return recipe(train, train[:, 0], [dense(8, "relu"), dense(1)], validation=later)


def _text() -> Recipe:
    ids = np.arange(400).reshape(100, 4)
    later = Data((ids[80:],), (np.zeros(20),))
    return recipe(ids[:80], np.zeros(80), [layer("Embedding", (4, 8)), dense(1)], validation=later)


class Extrapolation(Check):
    name = "extrapolation"
    severity = Severity.NOTE
    summary = "Validation rows outside the range of the training rows."
    why = (
        "Beyond the rows that it has seen, a network of ReLU units goes on in straight lines, and "
        "one of tanh units stays where it is. It knows nothing there of a product, a square or a "
        "period, and fails however well it has learned."
    )
    instead = (
        "Train on the range that will be asked; or give what does not leave it: differences, "
        "ratios, logarithms, digits, sine and cosine of a period."
    )
    false_alarms = (
        "Some rows are always the largest so far: a feature is reported only where more rows are "
        "outside than chance allows, whatever its distribution. A rule that is linear goes on."
    )
    sources = (
        "Xu et al. 2021 (arXiv 2009.11848): how neural networks extrapolate",
        "of n exchangeable rows and one more, that one is the largest with chance 1 / (n + 1)",
    )
    firing = (
        Case("all of them", lambda: _asked(uniform(0, 1, 300, 2), uniform(2, 3, 60, 2))),
        Case("a quarter", lambda: _asked(uniform(0, 3, 300, 2), uniform(0, 4, 60, 2))),
    )
    silent = (
        Case("none given", regression),
        Case("drawn alike", lambda: _asked(normal(300, 5), normal(60, 5))),
        Case("alike, with heavy tails", lambda: _asked(normal(300, 5) ** 5, normal(61, 5) ** 5)),
        Case("ids of words", _text),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        later = recipe.validation
        if later is None or later.rows < FEWEST or looks_up(recipe):
            return
        for x, fresh in zip(recipe.data.inputs, later.inputs, strict=False):
            if x.shape[1:] != fresh.shape[1:] or not (is_numeric(x) and is_numeric(fresh)):
                continue
            worst = _worst(x, fresh)
            if worst:
                yield self._finding(recipe, *worst, fresh)

    def _finding(
        self, recipe: Recipe, column: int, share: float, low: float, high: float, fresh: Array
    ) -> Finding:
        values = fresh.reshape(len(fresh), -1)[:, column]
        which = f"column {column} (from 0)" if fresh[0].size > 1 else "the input"
        return self.found(
            f"{share:.0%} of the {len(fresh)} validation rows lie outside the training rows in "
            f"{which}: {values.min():.4g} to {values.max():.4g}, trained on {low:.4g} to "
            f"{high:.4g}",
            {"share": share, "low": low, "high": high, "column": column},
            recipe.fit.place,
            severity=Severity.WARNING if share > 0.5 else None,
        )


def _worst(x: Array, fresh: Array) -> tuple[int, float, float, float] | None:
    """The feature with the most rows outside, where they are more than chance allows: its number,
    their share, and the range of the training rows."""
    seen, asked = (a.reshape(len(a), -1).astype(np.float64) for a in (x, fresh))
    if not seen.size or not (np.isfinite(seen).all() and np.isfinite(asked).all()):
        return None
    low, high = seen.min(axis=0), seen.max(axis=0)
    outside = ((asked < low) | (asked > high)).mean(axis=0)
    worst = int(outside.argmax())
    share, chance = float(outside[worst]), min(1.0, 2 / (len(seen) + 1))
    allowed = chance + SURE * float(np.sqrt(chance / len(asked)))
    if share <= max(SOME, allowed):
        return None
    return worst, share, float(low[worst]), float(high[worst])
