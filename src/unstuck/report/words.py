"""Words that every report for people uses alike."""

from __future__ import annotations

from unstuck.finding import Finding, Status
from unstuck.judge import reliable
from unstuck.recipe import Recipe
from unstuck.verdict import STUCK, Rate, Verdict

HEADINGS = {
    Status.PROVEN: "Proven by retraining without each",
    Status.PLAIN: "Plain to see",
    Status.NOT_TRIED: "Not decided",
    Status.REFUTED: "Cleared",
    Status.IGNORED: "Ignored by comments in the program",
}
AS_WRITTEN = "nothing (as written)"


def location(verdict: Verdict) -> str:
    """The file and line of the training, ``train.py:12``; empty where that is not known."""
    recipe = verdict.recipe
    place = recipe.written(recipe.fit.place) if recipe is not None else None
    return "" if place is None else place.where


def interval(rate: Rate) -> str:
    """How sure a rate is."""
    return f"95 % interval {rate.low:.0%} to {rate.high:.0%}"


def _uncured(verdict: Verdict) -> str:
    working = [a for a in verdict.arms if a.remedies and reliable(a.rate)]
    nothing = all(not a.remedies for a in verdict.arms)
    if nothing and not any(f.remedies for f in verdict.findings):
        return "No fault was found that a change could be tried for."
    if not working:
        late = any("no time" in f.reason for f in verdict.findings)
        more = " Time ran out on some: a longer --budget may tell." if late else ""
        return f"No set of changes that was tried makes it learn.{more}"
    best = min(working, key=lambda a: len(a.remedies))
    names = ", ".join(best.remedies)
    return f"With {names} it learned on {best.rate} seeds, which was not confirmed on others."


def with_changes(verdict: Verdict) -> tuple[str, str]:
    """What the cure does, as a sentence without its full stop, and what is to be said of one that
    is none. Both are empty where nothing was tried that could be one."""
    if verdict.cured is None:
        stuck = verdict.outcome in STUCK and verdict.arms
        return "", _uncured(verdict) if stuck else ""
    count = len(verdict.cure)
    changes = "one change" if count == 1 else f"{count} changes"
    best = "" if reliable(verdict.cured) else "That is the best that was found, no cure."
    return f"With {changes} it learns on {verdict.cured} seeds", best


def others(verdict: Verdict) -> list[str]:
    """A sentence for each cure that is as good."""
    found = []
    for cure in verdict.other_cures:
        changes = "; ".join(r.describe() for r in cure if r not in verdict.cure)
        instead = ", ".join(r.name for r in verdict.cure if r not in cure)
        found.append(f"As good in place of {instead}: {changes}.")
    return found


def source_line(finding: Finding, recipe: Recipe | None) -> str:
    """The line of the program that a finding points to; empty where it is not of the program."""
    place = finding.place
    return "" if recipe is None or place is None else recipe.line_at(place)


def sentence(text: str) -> str:
    """A text as a sentence: a capital in front, a full stop behind."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def basis(verdict: Verdict) -> list[str]:
    """What the verdict rests on: the goal, the length of trials, notes, time and engine."""
    lines: list[str] = []
    if verdict.goal is not None:
        lines.append(f"Learned means {verdict.goal.text}: {verdict.goal.reason}.")
    if verdict.scale:
        lines.append(sentence(verdict.scale))
    lines += [sentence(note) for note in verdict.notes]
    return [*lines, f"{verdict.seconds:.1f} s, trained by: {verdict.engine}."]
