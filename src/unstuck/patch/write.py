"""Writing a patch: one editor for each remedy, and advice where no honest edit exists."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unstuck.differences import unified
from unstuck.errors import PatchError
from unstuck.patch import data, layers, lookup, model, objective, rows, settings, training
from unstuck.patch.source import Editor, Source
from unstuck.recipe import Recipe
from unstuck.remedy import Remedy, apply_all

_EDITORS: dict[type[Remedy], Editor] = {
    **model.EDITORS,
    **layers.EDITORS,
    **lookup.EDITORS,
    **data.EDITORS,
    **rows.EDITORS,
    **training.EDITORS,
    **settings.EDITORS,
    **objective.EDITORS,
}


@dataclass(frozen=True)
class Patch:
    """``source`` as it was and as ``patched``, the ``diff`` between them, and ``advice`` for the
    remedies that could not be written in. ``complete`` is true where there are none."""

    source: str
    patched: str
    diff: str
    advice: str = ""
    complete: bool = True


def write_patch(recipe: Recipe, cure: Sequence[Remedy]) -> Patch:
    """The cure as an edit of the program's source; of a program that ran in today's words, the
    patch leads from the author's own text to that with the cure.

    A remedy whose place does not have the form that its editor knows is not guessed at: it
    becomes advice, with the reason.
    """
    text, advice = recipe.source, []
    source = Source(text, recipe.script)
    cured = apply_all(recipe, cure)
    for remedy in sorted(cure, key=lambda r: (r.order, r.reach, r.name)):
        kept = list(source.edits), list(source.needed)
        try:
            editor = _EDITORS.get(type(remedy))
            if editor is None:
                raise PatchError("it is another program")
            editor(source, recipe, cured, remedy)
            source.edited()
        except PatchError as error:
            source.edits, source.needed = kept
            advice.append(_advice(remedy, error))
    patched = source.edited()
    name = Path(recipe.script).name or "program.py"
    advised = "\n".join(advice), not advice
    if recipe.cells is not None:
        return Patch(recipe.original, patched, recipe.cells.diff(name, patched), *advised)
    before = recipe.original or text
    return Patch(before, patched, unified(name, before, patched), *advised)


def _advice(remedy: Remedy, error: PatchError) -> str:
    if remedy.code:
        return remedy.by_hand()
    return f"{remedy.describe()} (not written into the source: {error})"


def apply_patch(path: Path, patch: Patch) -> None:
    """Write the patched text to ``path``, all of it or nothing.

    Raises:
        PatchError: the file is not what the patch was written for.
    """
    raw = path.read_bytes()
    text = raw.decode("utf-8", errors="strict")
    if text.replace("\r\n", "\n") != patch.source.replace("\r\n", "\n"):
        raise PatchError(f"{path} has changed since it was checked: nothing was written")
    patched = patch.patched
    if "\r\n" in text:
        patched = patched.replace("\r\n", "\n").replace("\n", "\r\n")
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(patched.encode())
    Path(name).chmod(path.stat().st_mode)
    Path(name).replace(path)
