"""The loop: propose a network, train it over many seeds, see what it gets right, keep the best."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from unstuck.judge import reliable
from unstuck.learn.choice import Choice, of_name, proposals
from unstuck.learn.function import Function
from unstuck.learn.judging import Judge, Shown, Weights
from unstuck.learn.learned import Attempt, Learned
from unstuck.learn.probes import probe
from unstuck.trial import NOTHING, Arm
from unstuck.trials.executors import Executor, Placement, open_executor
from unstuck.trials.rounds import Rounds
from unstuck.trials.store import open_store

FEW = 8  # seeds by which a network shows whether the others are worth their time
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """What the user asked for; ``budget`` in seconds, ``network`` the name of the only one to
    try, ``rows`` how many to train on."""

    seeds: int = 32
    budget: float = 300.0
    network: str | None = None
    rows: int | None = None
    executor: str = Placement.PROCESSES
    cache: bool = True


def learn_function(
    function: Function,
    settings: Settings | None = None,
    progress: Progress = lambda _text, _share: None,
) -> Learned:
    """Find a network that computes ``function`` and prove how often training gets there.

    Raises:
        UsageError: there is no such network or executor.
    """
    chosen = settings or Settings()
    began = time.monotonic()
    progress("looking at samples", 0.02)
    x, y = function.sample()
    facts = probe(x, y)
    name = chosen.network
    choices = [of_name(name, x, y, facts)] if name else proposals(x, y, facts)
    with closing(open_executor(chosen.executor)) as executor:
        search = _Search(function, chosen, executor, began + chosen.budget, progress)
        for number, choice in enumerate(choices):
            if search.tries(choice, number / len(choices), 1 / len(choices)):
                break
    return search.learned(time.monotonic() - began)


@dataclass
class _Search:
    """Attempts, one network after another."""

    function: Function
    settings: Settings
    executor: Executor
    deadline: float
    progress: Progress

    def __post_init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.models: list[bytes | None] = []

    def tries(self, choice: Choice, begun: float, share: float) -> bool:
        """Whether the network computes the function reliably; first over few seeds."""
        network, why = choice
        x, y = self.function.sample()
        recipe = network.recipe(x, y, self.function.sample(seed=1))
        rounds = Rounds(self.executor, recipe, open_store(keep=self.settings.cache))
        judge = Judge(self.function, network, recipe)
        shown: list[Shown] = []
        kept: dict[int, Weights] = {}
        message = ""
        every = range(self.settings.seeds)
        for seeds in (every[:FEW], every[FEW:]):
            if not seeds or (shown and not self._worth(shown)):
                break
            self.progress(f"training {network.sentence}, {len(seeds)} seeds", begun)
            arm = Arm(NOTHING, tuple(seeds), recipe.fit.steps)
            left = max(1.0, self.deadline - time.monotonic())
            done = rounds.run([arm], left, weights=True, whole=True)
            message = done.first.message
            curves = {
                o.seed: tuple((s, loss) for s, loss, _ in o.curve) for o in done.first.outcomes
            }
            for number, (seed, weights) in enumerate(sorted(done.weights.items())):
                text = f"trying {network.sentence} on the whole domain"
                self.progress(text, begun + share * number / max(1, len(done.weights)))
                shown.append(judge.shown(seed, weights, curves.get(seed, ())))
                kept[seed] = weights
        self.attempts.append(
            Attempt(network.name, network.sentence, why, recipe.fit.steps, tuple(shown), message)
        )
        best = max(shown, key=lambda s: s.inside, default=None)
        self.models.append(judge.saved(kept[best.seed]) if best else None)
        return bool(shown) and reliable(self.attempts[-1].rate(self.function))

    def _worth(self, shown: list[Shown]) -> bool:
        """Whether any of the first seeds came to it."""
        return any(s.computes(self.function) for s in shown)

    def learned(self, seconds: float) -> Learned:
        """What came of it: the attempt that did best."""
        order = sorted(
            range(len(self.attempts)), key=lambda i: self.attempts[i].rank(self.function)
        )
        best = order[-1]
        return Learned(
            self.function, self.attempts[best], tuple(self.attempts), seconds, self.models[best]
        )
