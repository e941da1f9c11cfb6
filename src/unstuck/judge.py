"""Judgement: findings and outcomes of trials in, a verdict out.

It states what the trials support and no more. "Reliably" means at least 31 of 32 seeds, or the
same share of another number of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, comb

from unstuck.finding import Finding, Severity, Status
from unstuck.goal import SPREAD, standard_error
from unstuck.remedy import Reach, Remedy
from unstuck.trace import Trace
from unstuck.trial import NOTHING, ArmResult, Remedies
from unstuck.verdict import Answer, Evidence, Goal, Rate

RELIABLE = 31 / 32
SIGNAL = 0.02
AS_GOOD = 3.0
EXACT = 0.001  # an error that counts as none
FAR = 0.5  # of the way to the goal, which is worth telling
CHANCE = 0.01  # of calling a remedy needed that is not
FORWARD_TOLERANCE = 1e-3
LONGER = "; a longer --budget may tell"
STATUSES = (Status.PROVEN, Status.PLAIN, Status.NOT_TRIED, Status.REFUTED)  # as they are reported


@dataclass
class Trials:
    """Everything that was tried. ``known`` holds the arms of the search; ``confirmed`` the cure,
    and the cure less each of its members, over seeds that the search has not seen; ``others``,
    by the remedy that stands in for a member, cures that are as good; ``failed`` those that
    did not hold on such seeds; ``model`` is the best trained
    network under the cure, as an archive; ``sample`` how many rows judge, where they are one;
    ``untried`` whether time ran out before every change was tried;
    ``trace`` what was watched while the program trained as written; ``refusal`` the framework's
    own words where it would not."""

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

    @property
    def as_written(self) -> ArmResult:
        return self.known[NOTHING]

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


def _told(trials: Trials) -> tuple[Answer, str]:
    written, found = trials.as_written, rate(trials.as_written, trials.goal)
    best = max([*(r.median for r in trials.known.values()), *trials.baselines.values()])
    room = max(1.0 - trials.constant, 1e-9)
    asked = len(trials.baselines) > 1 or written.median > float("-inf")
    chance = SPREAD * standard_error(trials.goal.metric, trials.constant, trials.sample)
    if asked and best - trials.constant < max(SIGNAL * room, chance):
        if trials.untried:
            untried = "time ran out before the changes that may help were tried"
            return Answer.INCONCLUSIVE, f"{untried}{LONGER}"
        return Answer.NO_SIGNAL, "nothing that was tried beats a constant prediction beyond chance"
    if reliable(found):
        return Answer.LEARNS, f"learned on {found} seeds as written"
    if trials.own_goal and _at_the_floor(trials, best):
        sentence = f"it reaches {written.median:.4g}, about all that anything reached ({best:.4g})"
        return Answer.NOISE_FLOOR, f"{sentence}, short of {trials.goal.text}"
    return _unlearned(written, found)


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


def judged(findings: Sequence[Finding], trials: Trials, outcome: Answer) -> tuple[Finding, ...]:
    """The findings with what the trials made of each, most important first; equals stay in their
    order, in which what stands in the program comes before what was seen while it trained."""
    plain = [f.status is Status.PLAIN or not f.remedies for f in findings]
    verdicts = [
        _plain(finding, trials) if clear else _judged(finding, trials, outcome)
        for finding, clear in zip(findings, plain, strict=True)
    ]

    def order(finding: Finding) -> tuple[int, int, bool]:
        outside = trials.cure.isdisjoint(finding.remedies)
        return STATUSES.index(finding.status), finding.severity.rank, outside

    return tuple(sorted(verdicts, key=order))


def _plain(finding: Finding, trials: Trials) -> Finding:
    learned = [s for s, r in trials.known.items() if s and trials.is_reliable(r)]
    if not finding.of_the_data or not (learned or trials.is_cured):
        return finding
    shown = trials.cure if trials.is_cured else min(learned, key=len)
    reason = f"with {', '.join(sorted(r.name for r in shown))} it learns"
    return replace(finding, status=Status.REFUTED, severity=Severity.NOTE, reason=reason)


def _judged(finding: Finding, trials: Trials, outcome: Answer) -> Finding:
    if outcome is Answer.LEARNS:
        return _learned(finding, trials)
    if outcome in (Answer.NO_SIGNAL, Answer.INCONCLUSIVE, Answer.NOT_REPRODUCED):
        return replace(finding, status=Status.NOT_TRIED, reason="the trials gave no answer")
    for remedy in finding.remedies:
        if remedy in trials.cure:
            return _of_the_cure(finding, remedy, trials.cure, trials)
    for remedy in finding.remedies:
        if remedy in trials.others:
            return _of_the_cure(finding, remedy, trials.others[remedy], trials)
    return _outside_the_cure(finding, trials)


def _learned(finding: Finding, trials: Trials) -> Finding:
    """Of a program that learns. Where its goal comes from what was reached, a fault that could not
    be removed may have kept everything as low, so it is not cleared."""
    alone = [trials.known.get(frozenset({r})) for r in finding.remedies]
    refused = [arm.message for arm in alone if arm is not None and arm.message]
    untold = refused and len(refused) == len(alone) and not trials.own_goal
    if untold and finding.severity is Severity.ERROR:
        reason = f"whether it would learn better without it is not known: {refused[0]}"
        return replace(finding, severity=Severity.WARNING, reason=reason)
    reason = f"the program learns as it stands, on {rate(trials.as_written, trials.goal)} seeds"
    return replace(finding, status=Status.REFUTED, severity=Severity.NOTE, reason=reason)


def _of_the_cure(finding: Finding, remedy: Remedy, cure: Remedies, trials: Trials) -> Finding:
    """Proven only if the cure works, and without this remedy does not, on seeds of their own."""
    whole, rest = trials.confirmed.get(cure), cure - {remedy}
    without = trials.confirmed.get(rest) or trials.known.get(rest)  # of a cure of one, as written
    if whole is None or without is None or without.cut:
        return replace(finding, reason="there was no time to try the cure without its remedy")
    with_it, left = rate(whole, trials.goal), rate(without, trials.goal)
    instead = "".join(f" in place of {r.name}" for r in trials.cure - cure)
    neither = "either" if instead else "it"
    reason = f"with its remedy{instead} {with_it} seeds learn, without {neither} {left}"
    if reliable(with_it) and not reliable(left) and apart(with_it, left):
        return replace(finding, status=Status.PROVEN, severity=Severity.ERROR, reason=reason)
    near = not reliable(with_it) and apart(with_it, left)
    why = "it helps, and does not make it reliable" if near else "too close to call"
    return replace(finding, status=Status.NOT_TRIED, reason=f"{reason}: {why}")


def apart(better: Rate, worse: Rate) -> bool:
    """Whether the first rate is higher beyond chance, by Fisher's exact test (one-sided)."""
    trials, learned = better.trials + worse.trials, better.learned + worse.learned
    ways = [
        comb(better.trials, k) * comb(worse.trials, learned - k)
        for k in range(better.learned, min(better.trials, learned) + 1)
        if learned - k <= worse.trials
    ]
    return sum(ways) / comb(trials, learned) < CHANCE


def _outside_the_cure(finding: Finding, trials: Trials) -> Finding:
    replaced = any(r.reach is Reach.REPLACEMENT for r in trials.cure)
    if not trials.is_cured or replaced:
        return replace(finding, status=Status.NOT_TRIED, reason=_without_cure(finding, trials))
    others = ", ".join(sorted(r.name for r in trials.cure))
    return replace(
        finding,
        status=Status.REFUTED,
        severity=Severity.NOTE if finding.severity is Severity.NOTE else Severity.WARNING,
        reason=f"with {others} it learns without this being changed",
    )


def _without_cure(finding: Finding, trials: Trials) -> str:
    """What came of the remedies of a finding, each alone."""
    sets = [frozenset({r}) for r in finding.remedies]
    tried = [trials.known[s] for s in sets if s in trials.known]
    ended = [t for t in tried if not t.message and _is_told(t, trials)]
    if ended:
        return _alone(max(ended, key=lambda t: t.median), sets, trials)
    messages = [t.message for t in tried if t.message]
    if messages and trials.refusal:
        return "fit refuses it with this remedy alone, and all changes together did not help"
    if messages:
        return messages[0]
    return f"there was no time {'for its trainings to end' if tried else 'left to try it'}"


def _alone(best: ArmResult, sets: Sequence[Remedies], trials: Trials) -> str:
    found = rate(best, trials.goal)
    if reliable(found):
        again = [rate(trials.failed[s], trials.goal) for s in sets if s in trials.failed]
        unheld = f"and {again[0]} others" if again else "and there was no time to confirm it"
        return f"with its remedy {found} seeds learned, {unheld}"
    several = [r for s, r in trials.known.items() if len(s) > 1]
    vain = [_is_told(r, trials) and not trials.is_reliable(r) for r in several]
    nor = ", nor did all changes together" if vain and all(vain) else ""
    return f"its removal alone did not make it learn ({found} seeds){_way(best, trials)}{nor}"


def _way(best: ArmResult, trials: Trials) -> str:
    """How far an arm came that did not make it, where that is a good part of the way."""
    start, name = max(trials.as_written.median, trials.constant), trials.goal.metric
    if best.median - start < FAR * (trials.goal.threshold - start):
        return ""
    return (
        f", though the median {name} went from {trials.as_written.median:.3g} to {best.median:.3g}"
    )


def _is_told(result: ArmResult, trials: Trials) -> bool:
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
        if (not result.message or result.engine == "fit") and _is_told(result, trials)
    ]
    return tuple(sorted(shown, key=lambda e: (len(e.remedies), e.remedies)))
