"""The control: remedies drawn at random, as many trainings as the check took.

A tool that looks for causes must do better than trying things blindly with the same effort.
"""

from __future__ import annotations

import time

import numpy as np

from unstuck import remedies
from unstuck.recipe import Recipe
from unstuck.remedy import Remedy
from unstuck.trial import NOTHING, ArmResult, Remedies
from unstuck.trials.executors import Executor
from unstuck.trials.rounds import Rounds
from unstuck.trials.session import Session

SEEDS = 4  # of a set while searching
FRESH = tuple(range(2000, 2016))
LARGEST = 3
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
WITH_NUMBERS = {"SetRate", "PeriodFeatures", "ProbabilityOutput", "OtherNetwork"}


def pool(recipe: Recipe) -> list[Remedy]:
    """Every remedy that there is and that applies, with its usual settings, and several rates."""
    made: list[Remedy] = [remedies.SetRate(rate) for rate in RATES]
    made += [remedies.ProbabilityOutput(name) for name in ("sigmoid", "softmax")]
    for name in remedies.__all__:
        if name not in WITH_NUMBERS:
            try:
                made.append(getattr(remedies, name)())
            except TypeError:  # it cannot be had without knowing more
                continue
    return [remedy for remedy in made if _applies(remedy, recipe)]


def _applies(remedy: Remedy, recipe: Recipe) -> bool:
    try:
        remedy.apply(recipe)
    except Exception:
        return False
    return True


def _drawn(choices: list[Remedy], random: np.random.Generator) -> Remedies:
    count = min(int(random.integers(1, LARGEST + 1)), len(choices))
    chosen = [choices[i] for i in random.permutation(len(choices))[:count]]
    return frozenset({remedy.slot: remedy for remedy in chosen}.values())


def random_search(
    recipe: Recipe, executor: Executor, trainings: int, seconds: float, seed: int
) -> ArmResult | None:
    """The set that did best of those drawn, on seeds that did not choose it; None where there is
    nothing to draw from. It takes about ``trainings`` trainings, within ``seconds``."""
    choices, random = pool(recipe), np.random.default_rng(seed)
    if not choices:
        return None
    session = Session(Rounds(executor, recipe), recipe, time.monotonic() + seconds, lambda _: None)
    session.as_written(SEEDS, 0.3, 0.3)
    sets = {_drawn(choices, random) for _ in range(max(1, trainings // SEEDS))}
    session.ask(sets, 0.6)
    tried = {s: r for s, r in session.known.items() if s != NOTHING and r.outcomes}
    if not tried:
        return None
    best = max(tried, key=lambda s: tried[s].median)
    return session.run([best], FRESH)[0].get(best)
