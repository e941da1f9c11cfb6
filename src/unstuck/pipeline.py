"""The whole way, for a program or a captured training: what is captured, and who examines it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from unstuck.capture.script import capture_script
from unstuck.cells import Cells
from unstuck.checks._suppress import Look, Suppressions
from unstuck.conclude import by_looking
from unstuck.errors import CaptureError, ProgramCrashed
from unstuck.examination import Examination
from unstuck.modernize import Modern, modernize_file
from unstuck.options import Options, Progress
from unstuck.recipe import Recipe
from unstuck.trials.executors import open_executor
from unstuck.verdict import Verdict

AFTER_CAPTURE = 5.0  # seconds a program may go on once its training is captured
RESERVE = 1.5  # seconds for judging and reporting


def check_script(
    path: Path,
    arguments: Sequence[str] = (),
    options: Options | None = None,
    progress: Progress = lambda _text, _share: None,
) -> tuple[Verdict, ...]:
    """Check every training of a program; one verdict each, in their order.

    Raises:
        CaptureError: the program has no training to check; the message says why.
        UsageError: the goal cannot be understood.
    """
    chosen = options or Options()
    began = time.monotonic()
    progress("running the program up to its training", 0.02)
    if chosen.static:
        captured = _capture(path, arguments, chosen)
        comments = Suppressions.of(*captured)
        return _noted([_static(r, chosen, comments, began) for r in captured], comments)
    with closing(open_executor(chosen.executor)) as executor:
        recipes = _capture(path, arguments, chosen)
        deadline = began + chosen.budget - RESERVE
        verdicts, comments = [], Suppressions.of(*recipes)
        for left, recipe in zip(range(len(recipes), 0, -1), recipes, strict=True):
            now = time.monotonic()
            until = now + (deadline - now) / left
            one = Examination(recipe, chosen, executor, progress, began, until, comments)
            verdicts.append(one.verdict())
            began = time.monotonic()
        return _noted(verdicts, comments)


def check_recipe(
    recipe: Recipe,
    options: Options | None = None,
    progress: Progress = lambda _text, _share: None,
) -> Verdict:
    """Check one captured training.

    Raises:
        UsageError: a comment in the program's source ignores a check that there is not, or
            without a reason.
    """
    chosen = options or Options()
    began = time.monotonic()
    comments = Suppressions.of(recipe)
    if chosen.static:
        return _noted([_static(recipe, chosen, comments, began)], comments)[0]
    with closing(open_executor(chosen.executor)) as executor:
        until = began + chosen.budget - RESERVE
        check = Examination(recipe, chosen, executor, progress, began, until, comments)
        return _noted([check.verdict()], comments)[0]


def _capture(path: Path, arguments: Sequence[str], options: Options) -> tuple[Recipe, ...]:
    """What the program trains, once it is written in today's words."""
    modern, cells = modernize_file(path, partly=True)
    text = modern.text if modern.changed or cells else None
    try:
        captured = capture_script(
            path,
            arguments,
            limit=options.limit,
            after=AFTER_CAPTURE,
            watch=options.watch,
            text=text,
            data=options.data,
            stand_in=options.stand_in,
        )
    except CaptureError as error:
        if modern.left:  # often why it crashed
            error.args = ("; ".join([str(error), *map(str, modern.left)]), *error.args[1:])
        if cells is not None:
            error.args = (cells.told(str(error)), *error.args[1:])
        if cells is not None and isinstance(error, ProgramCrashed):
            error.traceback = cells.located(error.traceback, str(path))
        raise
    told = cells.told if cells is not None else str
    notes = tuple(map(told, (*modern.notes(), *captured.notes)))
    recipes = (replace(r, notes=(*r.notes, *notes)) for r in captured.recipes)
    return tuple(_as_written(recipe, path, modern, cells) for recipe in recipes)


def _as_written(recipe: Recipe, path: Path, modern: Modern, cells: Cells | None) -> Recipe:
    """The recipe with the program as it ran, and how to find its lines in the author's text."""
    if recipe.script != str(path) or not (modern.changed or cells):
        return recipe
    original = cells.written if cells else modern.original
    lines = modern.lines if modern.changed else ()
    return replace(recipe, source=modern.text, original=original, lines=lines, cells=cells)


def _noted(verdicts: Sequence[Verdict], comments: Suppressions) -> tuple[Verdict, ...]:
    """The verdicts of one program, at its author's lines; the last one tells which of its
    comments ignore nothing."""
    *others, last = (_warned(_placed(v)) for v in verdicts)
    return (*others, replace(last, notes=(*last.notes, *comments.idle())))


def _warned(verdict: Verdict) -> Verdict:
    """The verdict, with what it is not about in front of all else."""
    names = " and ".join(verdict.recipe.stand_ins) if verdict.recipe is not None else ""
    if not names:
        return verdict
    note = (
        f"STAND-IN DATA: {names} was not to be had here, and generated data of the same shape and "
        f"type took its place; nothing in this report says anything about the real {names}"
    )
    sentence = f"on generated stand-in data, not on the real {names}: {verdict.sentence}"
    return replace(verdict, sentence=sentence, notes=(note, *verdict.notes))


def _placed(verdict: Verdict) -> Verdict:
    recipe = verdict.recipe
    if recipe is None or not (recipe.lines or recipe.cells):
        return verdict
    findings, ignored = (
        tuple(replace(f, place=recipe.written(f.place)) for f in found)
        for found in (verdict.findings, verdict.ignored)
    )
    return replace(verdict, findings=findings, ignored=ignored)


def _static(recipe: Recipe, options: Options, comments: Suppressions, began: float) -> Verdict:
    """What can be seen without training."""
    look = Look(options.checks, comments)
    return by_looking(recipe, look, look(recipe), options.notes, began)
