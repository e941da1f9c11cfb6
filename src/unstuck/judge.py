"""Judgement: findings and outcomes of trials in, a verdict out.

It states what the trials support and no more. "Reliably" means at least 31 of 32 seeds, or the
same share of another number of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, comb

from unstuck.goal import SPREAD, standard_error
from unstuck.remedy import Remedy
from unstuck.trace import Trace
from unstuck.trial import NOTHING, ArmResult, Remedies
from unstuck.verdict import Answer, Evidence, Goal, Rate

RELIABLE = 31 / 32
SIGNAL = 0.02
AS_GOOD = 3.0
EXACT = 0.001  # an error that counts as none
CHANCE = 0.01  # of calling a remedy needed that is not
EARLY = 0.001  # the same, where trials end before all are done (Haybittle-Peto)
FORWARD_TOLERANCE = 1e-3
LONGER = "; a longer --budget may tell"


@dataclass
class Trials:
    """Everything that was tried. ``known`` holds the arms of the search; ``confirmed`` the cure,
    and the cure less each of its members, over seeds that the search has not seen; ``others``,
    by the remedy that stands in for a member, cures that are as good; ``failed`` those that
    did not hold on such seeds; ``model`` is the best trained
    network under the cure, as an archive; ``sample`` how many rows judge, where they are one;
    ``untried`` whether time ran out before every change was tried;
    ``trace`` what was watched while the program trained as written; ``refusal`` the framework's
    own words where it would not; ``planned`` the updates of the program's own training."""

    known: dict[Remedies, ArmResult]
    goal: Goal
    constant: float
    baselines: Mapping[str, float]
    confirmed: dict[Remedies, ArmResult] = field(default_factory=dict)
    cure: Remedies = NOTHING
    others: dict[Remedy, Remedies] = field(default_factory=dict)
    failed: dict[Remedies, ArmResult] = field(default_factory=dict)
    forward_error: float = float("nan")
    own_goal: bool = False
    sample: int = 0
    untried: bool = False
    model: bytes | None = None
    trace: Trace | None = None
    refusal: str = ""
    planned: int = 0

    @property
    def within(self) -> str:
        """How much of its training the program was given, where that is not all of it."""
        done = self.as_written.arm.steps
        if done >= self.planned or self.refusal:
            return ""
        return f"in the first {done:,} of {self.planned:,} updates"

    @property
    def as_written(self) -> ArmResult:
        return self.known[NOTHING]

    @property
    def best(self) -> float:
        """The best that the program, a set of changes or a simple learner reached."""
        return max([*(r.median for r in self.known.values()), *self.baselines.values()])

    @property
    def is_cured(self) -> bool:
        """Whether the cure was confirmed to be reliable."""
        return self.cure in self.confirmed and self.is_reliable(self.confirmed[self.cure])

    def is_reliable(self, result: ArmResult) -> bool:
        """Whether an arm learned on as many seeds as a training that can be relied upon does."""
        return reliable(rate(result, self.goal))


def rate(result: ArmResult, goal: Goal) -> Rate:
    """How often an arm reached the goal, of the trials that could be run."""
    return Rate(result.learned(goal.threshold), len(result.outcomes))


def reliable(found: Rate) -> bool:
    """Whether a rate is that of a training that can be relied upon."""
    return found.trials > 0 and found.learned >= ceil(found.trials * RELIABLE)


def hopeless(result: ArmResult, asked: int, goal: Goal) -> bool:
    """Whether an arm cannot become reliable over as many seeds as are ``asked``, even if it learns
    on every seed that it has not been tried on."""
    failed = len(result.outcomes) - result.learned(goal.threshold)
    return failed > asked - ceil(asked * RELIABLE)


def settled(result: ArmResult, asked: int, goal: Goal) -> bool:
    """Whether it is plain before all of the seeds ``asked`` that an arm falls behind a cure that
    holds on so many. The bound for looking early is so strict that the later look keeps its own
    (Haybittle 1971; Peto et al. 1976)."""
    cure = Rate(ceil(asked * RELIABLE), asked)
    return hopeless(result, asked, goal) and apart(cure, rate(result, goal), EARLY)


def as_good(result: ArmResult, known: Iterable[ArmResult]) -> bool:
    """Whether an arm leaves about as little error as the best arm does: at most three times."""
    best = max(r.median for r in known)
    return 1.0 - result.median <= max(AS_GOOD * (1.0 - best), EXACT)


def outcome_of(trials: Trials) -> tuple[Answer, str]:
    """The outcome and the sentence that gives it."""
    return _untold(trials) or _told(trials)


def _untold(trials: Trials) -> tuple[Answer, str] | None:
    """Where the program cannot be trained, or the trials cannot speak for it."""
    written = trials.as_written
    if trials.refusal:
        return refused(trials.refusal)
    if written.message and written.learned(float("-inf")) == 0:
        return Answer.INCONCLUSIVE, f"it could not be trained here: {written.message}"
    if trials.forward_error > FORWARD_TOLERANCE:
        return (
            Answer.NOT_REPRODUCED,
            "the engine's forward pass differs from the captured model's by "
            f"{trials.forward_error:.1%}, so its trials would say nothing about the program",
        )
    return None


def refused(words: str) -> tuple[Answer, str]:
    """The outcome where the framework does not train the program, in its own ``words``."""
    return Answer.FAILS, f"it does not train at all, fit refuses it: {words.rstrip('.')}"


def beats_nothing(trials: Trials) -> bool:
    """Whether nothing that was tried beats a constant prediction beyond chance."""
    room = max(1.0 - trials.constant, 1e-9)
    asked = len(trials.baselines) > 1 or trials.as_written.median > float("-inf")
    chance = SPREAD * standard_error(trials.goal.metric, trials.constant, trials.sample)
    return asked and trials.best - trials.constant < max(SIGNAL * room, chance)


def _told(trials: Trials) -> tuple[Answer, str]:
    written, found = trials.as_written, rate(trials.as_written, trials.goal)
    best = trials.best
    if beats_nothing(trials):
        return _nothing(trials)
    if reliable(found):
        return Answer.LEARNS, f"learned on {found} seeds as written"
    if trials.own_goal and _at_the_floor(trials, best):
        sentence = f"it reaches {written.median:.4g}, about all that anything reached ({best:.4g})"
        return Answer.NOISE_FLOOR, f"{sentence}, short of {trials.goal.text}"
    return _unlearned(written, found)


def _nothing(trials: Trials) -> tuple[Answer, str]:
    """Where nothing that was tried beats a constant prediction beyond chance."""
    if trials.untried:
        untried = "time ran out before the changes that may help were tried"
        return Answer.INCONCLUSIVE, f"{untried}{LONGER}"
    if trials.constant >= 1.0:
        return Answer.NO_SIGNAL, "a constant prediction is right on every row that judges"
    said = "nothing that was tried beats a constant prediction"
    if trials.sample == 0:  # what judges was trained on, and may lack nothing
        return Answer.FAILS, f"{said}, not even on the rows that it trains on"
    if len(trials.baselines) == 1:  # no simple learner was asked what the rows hold
        return Answer.FAILS, said
    return Answer.NO_SIGNAL, f"{said} beyond chance"


def _unlearned(written: ArmResult, found: Rate) -> tuple[Answer, str]:
    if written.cut:
        return Answer.INCONCLUSIVE, f"time ran out before its training ended{LONGER}"
    if found.learned > found.trials / 20:
        return Answer.UNSTABLE, f"learned on {found} seeds as written: it depends on the seed"
    return Answer.FAILS, f"learned on {found} seeds as written"


def _at_the_floor(trials: Trials, best: float) -> bool:
    """Whether the program does as well as anything did, and nothing met the user's goal."""
    way = (trials.as_written.median - trials.constant) / max(best - trials.constant, 1e-9)
    return best < trials.goal.threshold and way >= 0.9


def apart(better: Rate, worse: Rate, chance: float = CHANCE) -> bool:
    """Whether the first rate is higher beyond ``chance``, by Fisher's exact test (one-sided)."""
    trials, learned = better.trials + worse.trials, better.learned + worse.learned
    ways = [
        comb(better.trials, k) * comb(worse.trials, learned - k)
        for k in range(better.learned, min(better.trials, learned) + 1)
        if learned - k <= worse.trials
    ]
    return sum(ways) / comb(trials, learned) < chance


def is_told(result: ArmResult, trials: Trials) -> bool:
    """Whether an arm says something: it was not cut off, or had learned by then."""
    return not result.cut or trials.is_reliable(result)


def labels(remedies: Iterable[Remedy]) -> tuple[str, ...]:
    """The names under which a set of remedies stands among the arms of a verdict."""
    return tuple(sorted(r.label for r in remedies))


def evidence(trials: Trials) -> tuple[Evidence, ...]:
    """Every arm tried, the confirmed ones with their own seeds, smallest sets first. One that
    was cut off is left out, unless it had learned by then: its failing would say nothing."""
    arms = {**trials.known, **trials.confirmed}
    shown = [
        Evidence(labels(key), rate(result, trials.goal), result.median, result.outcomes)
        for key, result in arms.items()
        if (not result.message or result.engine == "fit") and is_told(result, trials)
    ]
    return tuple(sorted(shown, key=lambda e: (len(e.remedies), e.remedies)))
