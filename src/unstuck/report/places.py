"""Where a finding is shown in a file, for tools that show nothing without a place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unstuck.finding import Finding
from unstuck.recipe import Place
from unstuck.verdict import Verdict


@dataclass(frozen=True)
class Spot:
    """A span of a file. ``file`` is relative to the folder that the command runs in where it lies
    below it; lines and columns count from 1, and the end's column is the one after the last."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str = ""


def spot(finding: Finding, verdict: Verdict, script: str) -> Spot:
    """The place of a finding; of one that has none, that of the training."""
    recipe = verdict.recipe
    training = recipe.written(recipe.fit.place) if recipe is not None else None
    place = finding.place or training or Place(script, 1)
    file = place.file or script
    lines = recipe.text_at(place).splitlines() if recipe is not None else []
    known = recipe is not None and file == recipe.script and 0 < place.line <= len(lines)
    last = max(place.end_line, place.line)
    return Spot(
        relative(file),
        place.line,
        place.column + 1,
        last,
        place.end_column + 1 if place.end_line else 0,
        lines[place.line - 1].strip() if known else "",
    )


def relative(file: str) -> str:
    """A path as it is named from the present folder, with slashes; absolute where it is outside."""
    path, here = Path(file).absolute(), Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
