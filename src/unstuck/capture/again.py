"""Trainings that come again: how often a program trains what was captured once more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from unstuck.recipe import HARMLESS, Recipe

AGAIN = "again"


@dataclass
class Again:
    """How often a captured training came again: with ``others``, models made anew (as in a
    k-fold); with the same model on the same rows; and with the same model on ``further`` rows."""

    others: int = 0
    same: int = 0
    further: int = 0


def write_again(folder: Path, counts: Sequence[Again]) -> None:
    """Write the counts of all captured trainings, whole."""
    part = folder / f"{AGAIN}.part"
    part.write_text(json.dumps([asdict(count) for count in counts]))
    part.rename(folder / AGAIN)


def read_again(folder: Path) -> list[Again]:
    """The counts that were written in ``folder``; none where nothing came again."""
    file = folder / AGAIN
    return [Again(**count) for count in json.loads(file.read_text())] if file.is_file() else []


def with_again(recipe: Recipe, again: Again) -> Recipe:
    """The recipe with what is to be said of the trainings like it. Calls of ``fit`` on one model
    and the same rows are one longer training, unless callbacks begin anew with each."""
    notes, fit = list(recipe.notes), recipe.fit
    if again.others:
        notes.append(
            f"the program trains {_times(again.others)} more from this line, alike but for rows "
            "and seeds: this is the first, and the others were not examined"
        )
    if again.same and HARMLESS.issuperset(fit.callbacks):
        calls = again.same + 1
        fit = replace(fit, epochs=fit.epochs * calls)
        notes.append(f"{calls} calls of this fit, one after another, are one training")
    elif again.same:
        notes.append(f"the program calls this fit {_times(again.same)} more: only one was examined")
    if again.further:
        notes.append(
            f"the program goes on to train this model on other rows, {_times(again.further)} more "
            "from this line: only the first rows were examined"
        )
    return replace(recipe, fit=fit, notes=tuple(notes))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
