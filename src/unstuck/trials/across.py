"""Whether what is learned from the training rows holds for the program's own validation rows."""

from __future__ import annotations

import numpy as np

from unstuck.experiments import Across
from unstuck.recipe import Data, Recipe
from unstuck.trials.baselines import baselines
from unstuck.trials.measure import Measure
from unstuck.trials.split import FEW_ROWS, Split

ROWS = 1000  # of each kind
FEWEST = 100


def across(recipe: Recipe, measure: Measure, rows: Split) -> Across | None:
    """The best simple learner of a part of the training rows, on others of them and on the
    validation rows, where the program prepares these apart (not by ``validation_split``); None
    where no learner can be asked."""
    validation, split = recipe.validation, recipe.fit.validation_split
    if validation is None or split or validation.rows < FEW_ROWS or rows.train.rows < FEWEST:
        return None
    order = np.random.default_rng(0).permutation(rows.train.rows)
    cut = min(ROWS, 3 * len(order) // 4)
    learned, fresh = rows.train.take(order[:cut]), rows.train.take(order[cut : cut + ROWS])
    here = baselines(measure, learned, fresh)
    there = baselines(measure, learned, _some(validation))
    if len(here) < 2 or set(here) != set(there):
        return None
    best = {name: scores for name, scores in here.items() if name != "constant"}
    others = [score for name, score in there.items() if name != "constant"]
    return Across(
        max(best.values()),
        here["constant"],
        max(others),
        there["constant"],
        min(fresh.rows, validation.rows),
    )


def _some(validation: Data) -> Data:
    if validation.rows <= ROWS:
        return validation
    order = np.random.default_rng(0).permutation(validation.rows)[:ROWS]
    return validation.take(np.sort(order))
