"""What the trials made of each finding: proven, plain to see, not decided or cleared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unstuck.finding import Finding, Severity, Status
from unstuck.judge import Trials, apart, is_told, rate, reliable
from unstuck.remedy import Reach, Remedy
from unstuck.trial import ArmResult, Remedies
from unstuck.verdict import Answer

FAR = 0.5  # of the way to the goal, which is worth telling
STATUSES = (Status.PROVEN, Status.PLAIN, Status.NOT_TRIED, Status.REFUTED)  # as they are reported


def judged(findings: Sequence[Finding], trials: Trials, outcome: Answer) -> tuple[Finding, ...]:
    """The findings with what the trials made of each, most important first, notes after all that
    may be a cause; equals stay in their order, in which what stands in the program comes before
    what was seen while it trained."""
    plain = [f.status is Status.PLAIN or not f.remedies for f in findings]
    verdicts = [
        _plain(finding, trials, outcome) if clear else _judged(finding, trials, outcome)
        for finding, clear in zip(findings, plain, strict=True)
    ]

    def order(finding: Finding) -> tuple[bool, int, int, bool]:
        outside = trials.cure.isdisjoint(finding.remedies)
        cleared = finding.status is Status.REFUTED
        late = cleared or finding.severity is Severity.NOTE
        return late, STATUSES.index(finding.status), finding.severity.rank, outside

    return tuple(sorted(verdicts, key=order))


def _plain(finding: Finding, trials: Trials, outcome: Answer) -> Finding:
    if outcome is Answer.NO_SIGNAL:  # a goal that a constant meets shows no learning
        return finding
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
        if trials.within and finding.severity is not Severity.ERROR:  # it may only be slower
            late = f"{reason}, {trials.within}: for the others there was no time"
            return replace(finding, status=Status.NOT_TRIED, reason=late)
        return replace(finding, status=Status.PROVEN, severity=Severity.ERROR, reason=reason)
    near = not reliable(with_it) and apart(with_it, left)
    why = "it helps, and does not make it reliable" if near else "too close to call"
    return replace(finding, status=Status.NOT_TRIED, reason=f"{reason}: {why}")


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
    ended = [t for t in tried if not t.message and is_told(t, trials)]
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
    vain = [is_told(r, trials) and not trials.is_reliable(r) for r in several]
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
