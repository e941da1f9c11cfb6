"""A session: the trials of one recipe against the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import prod

from unstuck.recipe import Recipe
from unstuck.remedies import OtherNetwork, SetBatchSize, TrainLonger
from unstuck.trial import NOTHING, Arm, ArmResult, Ending, Outcome, Remedies
from unstuck.trials.plan import lanes_that_fit
from unstuck.trials.rounds import Round, Rounds
from unstuck.trials.schedule import LATE, Hopeless

LATER_SHARE = 0.7  # of the time that is left, where a first attempt came to nothing
ROUND_SHARE = 0.6  # of the time left, for one round of several
VERDICT_SHARE = 0.8  # the same, where it is what the verdict rests on


@dataclass
class Session:
    """Runs sets of remedies over one choice of seeds and steps, and remembers the results.

    ``deadline`` is on the clock of ``time.monotonic``. ``seeds`` and ``steps`` are those with
    which the program as written was trained: every set gets the same. ``done`` is called with
    the number of arms finished.
    """

    rounds: Rounds
    recipe: Recipe
    deadline: float
    done: Callable[[int], None]
    known: dict[Remedies, ArmResult] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    steps: int = 0

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.monotonic()

    def as_written(self, seeds: int, share: float, cut_share: float) -> Round:
        """Train the program itself, watched, within a share of the time; fewer seeds where that is
        not enough, then as many steps as ``cut_share`` of the time allows. What was possible is
        what every set will get."""
        arm = self._whole(NOTHING, seeds)
        done = self._watched(arm, share, cut_share)
        if done.first.message == LATE:  # on a slow machine; what was compiled by now is there
            done = self._watched(arm, LATER_SHARE, LATER_SHARE)
        own, failed = self.recipe.framework.backend, done.first.message != LATE
        failed &= all(o.ending is Ending.FAILED for o in done.first.outcomes)
        if failed and own != "jax":
            self.rounds.crew.restart(own)  # code of the program that runs on this one only
            done = self._watched(arm, share, cut_share)
        result = self.known[NOTHING] = done.first
        self.seeds, self.steps = result.arm.seeds or (0,), result.arm.steps
        return done

    def refused(self, corrected: Remedies, seeds: int, share: float) -> None:
        """The program as written where ``fit`` refuses it, so that no trial of it can be run. Every
        set gets the seeds and steps that there is time for with the program ``corrected``."""
        arm = self._whole(corrected, seeds)
        fitted = self.rounds.fitting(arm, self.left() * share) if corrected else arm
        self.seeds, self.steps = fitted.seeds or (0,), fitted.steps
        words, none = self.recipe.refusal, float("-inf")
        outcomes = [Outcome(s, Ending.FAILED, 0, none, message=words) for s in self.seeds]
        self.known[NOTHING] = ArmResult(Arm(NOTHING, self.seeds, self.steps), tuple(outcomes))

    def _whole(self, remedies: Remedies, seeds: int) -> Arm:
        """A set over as many of the seeds as fit in memory, for the program's own length."""
        count = max(2, min(seeds, lanes_that_fit(self.recipe)))
        return Arm(remedies, tuple(range(count)), self.recipe.fit.steps)

    def _watched(self, arm: Arm, share: float, cut_share: float) -> Round:
        now, left = time.monotonic(), self.left()
        fitted = self.rounds.fitting(arm, left * share)
        if fitted.steps < arm.steps:
            fitted = replace(fitted, steps=max(1, int(fitted.steps * cut_share / share)))
        until = now + left * max(share, cut_share)
        return self.rounds.run([fitted], until - time.monotonic(), observe=True)

    def arm(self, remedies: Remedies, seeds: tuple[int, ...]) -> Arm:
        """A set over ``seeds``; one that trains longer gets as many more steps, one with other
        batches those of as many epochs, and another network those of its own training."""
        longer = prod(r.factor for r in remedies if isinstance(r, TrainLonger))
        own = next(
            (r.steps for r in remedies if isinstance(r, OtherNetwork)), self._rebatched(remedies)
        )
        return Arm(remedies, seeds, own * longer)

    def _rebatched(self, remedies: Remedies) -> int:
        """As many epochs, in batches of another size."""
        rows = self.recipe.data.rows
        sizes = [r.size for r in remedies if isinstance(r, SetBatchSize)]
        steps = [self.steps * -(-rows // s) // self.recipe.fit.steps_per_epoch for s in sizes]
        return max(1, *steps) if steps else self.steps

    def ask(self, sets: Iterable[Remedies], share: float, hopeless: Hopeless | None = None) -> None:
        """Try the sets not yet known, within a share of the time left; one that is ``hopeless``
        by some of its seeds is not given the others."""
        arms = [self.arm(s, self.seeds) for s in dict.fromkeys(sets) if s not in self.known]
        if arms and self.left() * share > 0.5:
            seconds = self.left() * share
            done = self.rounds.run(arms, seconds, hopeless=hopeless, done=self.done)
            self.known.update({arm.remedies: r for arm, r in done.results.items()})

    def run(
        self,
        sets: Iterable[Remedies],
        seeds: tuple[int, ...],
        *,
        keep: bool = False,
        settled: Hopeless | None = None,
    ) -> tuple[dict[Remedies, ArmResult], bytes | None]:
        """Try sets over other seeds; with ``keep``, the best model of the first set too. One that
        is ``settled`` by some of the seeds is not given the others."""
        seconds = max(self.left() * VERDICT_SHARE, 1.0)
        arms = [self.arm(s, seeds) for s in sets]
        done = self.rounds.run(arms, seconds, keep=keep, hopeless=settled, done=self.done)
        return {arm.remedies: r for arm, r in done.results.items()}, done.model
