"""The loop: propose a network, train it over many seeds, see what it gets right, keep the best."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import keras
import numpy as np

from unstuck.errors import UsageError
from unstuck.judge import reliable
from unstuck.learning.choice import Choice, of_name, proposals
from unstuck.learning.judging import Judge, Shown, Weights
from unstuck.learning.learned import Attempt, Learned
from unstuck.learning.probes import probe
from unstuck.learning.problem import Problem
from unstuck.recipe import Array
from unstuck.trial import NOTHING, Arm
from unstuck.trials.executors import Executor, Placement, open_executor
from unstuck.trials.rounds import Rounds
from unstuck.trials.store import open_store

FEW = 8  # seeds by which a network shows whether the others are worth their time
POINTS = 2000
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """What the user asked for; ``budget`` in seconds, ``network`` the name of the only one to
    try."""

    seeds: int = 32
    budget: float = 300.0
    network: str | None = None
    executor: str = Placement.PROCESSES
    cache: bool = True


def learn_problem(
    problem: Problem,
    settings: Settings | None = None,
    progress: Progress = lambda _text, _share: None,
) -> Learned:
    """Find a network that computes ``problem`` and prove how often training gets there.

    Raises:
        UsageError: there is no such network or executor, or Keras runs on another backend here.
    """
    if keras.backend.backend() != "jax":
        raise UsageError(f"learning needs Keras on JAX, here it runs on {keras.backend.backend()}")
    chosen = settings or Settings()
    began = time.monotonic()
    progress("looking at samples", 0.02)
    x, y = problem.sample()
    facts = probe(x, y)
    name = chosen.network
    choices = [of_name(name, x, y, facts)] if name else proposals(x, y, facts)
    with closing(open_executor(chosen.executor)) as executor:
        rows = (x, y), problem.sample(seed=1)
        search = _Search(problem, *rows, chosen, executor, began + chosen.budget, progress)
        for number, choice in enumerate(choices):
            if search.tries(choice, number / len(choices)) or time.monotonic() > search.deadline:
                break
    return search.learned(time.monotonic() - began)


@dataclass
class _Trained:
    """One network, trained over seeds: what each showed, and the weights of the best."""

    judge: Judge
    why: str
    shown: list[Shown] = field(default_factory=list)
    weights: Weights = ()
    message: str = ""

    @property
    def attempt(self) -> Attempt:
        network, steps = self.judge.network, self.judge.recipe.fit.steps
        return Attempt(
            network.name, network.sentence, self.why, steps, tuple(self.shown), self.message
        )

    def take(self, shown: Shown, weights: Weights) -> None:
        """What one seed came to."""
        if not self.shown or shown.inside > max(s.inside for s in self.shown):
            self.weights = weights
        self.shown.append(shown)


@dataclass
class _Search:
    """One network after another, on ``rows``; ``fresh`` ones are not trained on. ``deadline`` is
    on the clock of ``time.monotonic``."""

    problem: Problem
    rows: tuple[Array, Array]
    fresh: tuple[Array, Array]
    settings: Settings
    executor: Executor
    deadline: float
    progress: Progress
    trained: list[_Trained] = field(default_factory=list)

    def tries(self, choice: Choice, share: float) -> bool:
        """Whether the network computes the function reliably; first over few seeds."""
        network, why = choice
        recipe = network.recipe(*self.rows, self.fresh)
        one = _Trained(Judge(self.problem, network, recipe), why)
        self.trained.append(one)
        rounds = Rounds(self.executor, recipe, open_store(keep=self.settings.cache))
        every = range(self.settings.seeds)
        self._train(rounds, one, every[:FEW], share)
        if every[FEW:] and any(s.computes(self.problem) for s in one.shown):
            self._train(rounds, one, every[FEW:], share)
        return reliable(one.attempt.rate(self.problem))

    def _train(self, rounds: Rounds, one: _Trained, seeds: Sequence[int], share: float) -> None:
        name = one.judge.network.name
        self.progress(f"training {name}, {len(seeds)} seeds", share)
        arm = Arm(NOTHING, tuple(seeds), one.judge.recipe.fit.steps)
        left = max(1.0, self.deadline - time.monotonic())
        done = rounds.run([arm], left, weights=True, whole=True)
        one.message = done.first.message
        curves = {o.seed: o.curve for o in done.first.outcomes}
        for seed, weights in sorted(done.weights.items()):
            self.progress(f"judging {name}, seed {seed}", share)
            one.take(one.judge.shown(seed, weights, curves.get(seed, ())), weights)

    def learned(self, seconds: float) -> Learned:
        """What came of it: the network that did best."""
        best = max(self.trained, key=lambda t: t.attempt.rank(self.problem))
        judge = best.judge
        return Learned(
            problem=self.problem,
            best=best.attempt,
            attempts=tuple(t.attempt for t in self.trained),
            seconds=seconds,
            network=judge.network,
            recipe=judge.recipe,
            constant=self._constant(),
            model=judge.saved(best.weights) if best.shown else None,
            points=self._points(best) if best.shown else None,
        )

    def _constant(self) -> float:
        """The share of fresh rows that the commonest answer, or the middle one, gets right."""
        known, y = self.rows[1], self.fresh[1]
        values, counts = np.unique(known, return_counts=True)
        guesses = values[counts.argmax()], np.median(known)
        allowed = self.problem.right.allowed(y)
        return max(float((np.abs(guess - y) <= allowed).mean()) for guess in guesses)

    def _points(self, best: _Trained) -> tuple[Array, Array]:
        x, y = self.fresh
        return y[:POINTS], best.judge.answers(best.weights, x[:POINTS])
