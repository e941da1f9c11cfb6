"""The verdict, put together from what was found and what was tried."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import isfinite

import numpy as np

from unstuck.checks._areas import areas
from unstuck.checks._suppress import Look
from unstuck.errors import PatchError
from unstuck.finding import Finding, Severity, Status
from unstuck.judge import LONGER, Trials, evidence, outcome_of, rate, refused, reliable
from unstuck.patch import write_patch
from unstuck.recipe import Recipe
from unstuck.remedy import Remedy
from unstuck.statuses import judged
from unstuck.trial import ArmResult, Remedies
from unstuck.verdict import Answer, Verdict

EMPTYING = (
    "constant-features", "mismatched-validation", "misaligned-labels", "mixed-samples",
    "non-finite-data",
)  # fmt: skip
GAP = 0.3  # of the way from a constant to perfect
LITTLE = 0.1  # the same


def by_looking(
    recipe: Recipe, look: Look, findings: Sequence[Finding], notes: Sequence[str], began: float
) -> Verdict:
    """The verdict where nothing was trained; ``look`` is what the findings come from."""
    untold = f"not trained (static): {len(findings)} findings by looking alone"
    outcome, sentence = refused(recipe.refusal) if recipe.refusal else (Answer.INCONCLUSIVE, untold)
    return Verdict(
        outcome,
        tuple(findings),
        sentence=sentence,
        engine="none",
        seconds=time.monotonic() - began,
        notes=(*recipe.notes, *notes),
        recipe=recipe,
        ignored=tuple(look.ignored),
        looked=frozenset(look.ran),
    )


def conclude(
    recipe: Recipe,
    look: Look,
    findings: Sequence[Finding],
    trials: Trials,
    *,
    notes: Sequence[str],
    steps: int,
    began: float,
) -> Verdict:
    """The verdict after ``trials`` of ``steps`` updates each; ``look`` is what the findings come
    from."""
    written = trials.as_written
    told = outcome_of(trials)
    found = judged(findings, trials, told[0])
    outcome, sentence = in_full(trials, found, told)
    cure = _in_order(trials.cure)
    cured = rate(trials.confirmed[trials.cure], trials.goal) if cure else None
    patch, advice = _patch(recipe, cure if cured and reliable(cured) else ())
    return Verdict(
        outcome=outcome,
        findings=found,
        goal=trials.goal if isfinite(trials.goal.threshold) else None,
        as_written=rate(written, trials.goal),
        cured=cured,
        cure=cure,
        other_cures=tuple(map(_in_order, trials.others.values())),
        arms=evidence(trials),
        sentence=sentence + _seen(found, outcome),
        scale=_scale(recipe, steps),
        engine=written.engine,
        seconds=time.monotonic() - began,
        notes=(*recipe.notes, *notes, *_engine(written), *_gap(trials), *_little(trials, outcome)),
        patch=patch,
        advice=advice,
        cured_model=trials.model if cure else None,
        recipe=recipe,
        ignored=tuple(look.ignored),
        looked=frozenset(look.ran),
        trace=trials.trace,
    )


def _patch(recipe: Recipe, cure: Sequence[Remedy]) -> tuple[str | None, str]:
    if not cure or not recipe.source:
        return None, "\n".join(f"{r.name}: {r.by_hand()}" for r in cure)
    try:
        patch = write_patch(recipe, cure)
    except PatchError as error:
        return None, str(error)
    return patch.diff or None, patch.advice


def _scale(recipe: Recipe, done: int) -> str:
    planned = recipe.fit.steps
    if done >= planned:
        return ""
    return (
        f"the time allows {done:,} of the program's {planned:,} updates: every training here, "
        "as written and changed, was that long, and the verdict holds for that length"
    )


def in_full(
    trials: Trials, findings: Sequence[Finding], told: tuple[Answer, str]
) -> tuple[Answer, str]:
    """The outcome for the whole training. A program that did not learn in a part of it may only be
    slow, unless a fault is there that no length undoes."""
    outcome, sentence = told
    if not trials.within or outcome not in (Answer.FAILS, Answer.UNSTABLE, Answer.NO_SIGNAL):
        return told
    sentence = f"{sentence}, {trials.within}"
    certain = [f for f in findings if f.status in (Status.PROVEN, Status.PLAIN)]
    learning = [
        f for f in certain if areas().get(f.check) != "evaluation"
    ]  # not of its score alone
    if any(f.severity is Severity.ERROR for f in learning):
        return outcome, sentence
    return Answer.INCONCLUSIVE, f"{sentence}{LONGER}"


def _engine(written: ArmResult) -> tuple[str, ...]:
    if written.engine != "fit" or not written.message:
        return ()
    return (f"trained by fit, one seed after another, because {written.message}",)


def _seen(findings: Sequence[Finding], outcome: Answer) -> str:
    """What plainly takes what they hold from the data, where they seem to hold nothing."""
    found = [f for f in findings if f.check in EMPTYING and f.severity is not Severity.NOTE]
    return f"; see {found[0].check}" if found and outcome is Answer.NO_SIGNAL else ""


def _gap(trials: Trials) -> tuple[str, ...]:
    """What the rows trained on show and those that judge do not: learned by heart, it may be."""
    fitted = () if trials.trace is None else trials.trace.fitted
    if not len(fitted):
        return ()
    known, fresh = float(np.median(fitted)), trials.as_written.median
    if not known - max(fresh, trials.constant) > GAP * (1.0 - trials.constant):
        return ()
    return (
        f"on rows that it was trained on it scores {known:.4g}, on those that judge {fresh:.4g}",
    )


def _little(trials: Trials, outcome: Answer) -> tuple[str, ...]:
    """That everything is measured by little, where nothing came further."""
    way = (trials.best - trials.constant) / max(1.0 - trials.constant, 1e-9)
    told = outcome in (Answer.LEARNS, Answer.UNSTABLE, Answer.FAILS)
    if trials.own_goal or not told or not 0.0 < way < LITTLE:
        return ()
    return (
        f"all of this is about little: the best that anything reached is {trials.goal.metric} "
        f"{trials.best:.3g}, a constant {trials.constant:.3g}; check that the inputs hold what "
        "decides the target, and that rows and targets belong together",
    )


def _in_order(cure: Remedies) -> tuple[Remedy, ...]:
    """As they are applied."""
    return tuple(sorted(cure, key=lambda r: (r.order, r.reach, r.name)))
