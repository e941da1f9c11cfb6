"""Notebooks on disk: the code of their cells, read and written back, all else as it is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unstuck.errors import CaptureError, PatchError, UsageError

ENDING = ".ipynb"


def is_notebook(path: Path) -> bool:
    """Whether a file is a notebook, by its name."""
    return path.suffix == ENDING


def read_cells(path: Path) -> list[str]:
    """The text of each code cell.

    Raises:
        UsageError: nbformat is not installed.
        CaptureError: it cannot be read as a notebook, or is in another language than Python.
    """
    found = _read(path)
    told = found.get("metadata", {})
    language = told.get("kernelspec", {}).get("language") or told.get("language_info", {}).get(
        "name", "python"
    )
    if not str(language).lower().startswith("python"):
        raise CaptureError(f"{path} is a notebook in {language}, not in Python")
    return [str(cell[_SOURCE[found.nbformat >= 4]]) for cell in _code(found)]


def write_cells(path: Path, before: Sequence[str], after: Sequence[str]) -> None:
    """Write the code of the cells back, all of it or nothing. The outputs of cells that change
    are dropped: they are those of other code.

    Raises:
        PatchError: the notebook is not what it was read as.
    """
    import nbformat

    found = _read(path)
    key, cells = _SOURCE[found.nbformat >= 4], _code(found)
    if [cell[key] for cell in cells] != list(before):
        raise PatchError(f"{path} has changed since it was checked: nothing was written")
    for cell, old, new in zip(cells, before, after, strict=True):
        if old != new:
            cell[key], cell["outputs"] = new, []
    text = nbformat.writes(found, version=nbformat.NO_CONVERT)
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text if text.endswith("\n") else text + "\n")
    Path(name).chmod(path.stat().st_mode)
    Path(name).replace(path)


_SOURCE = {True: "source", False: "input"}  # from version 4 on, and before


def _read(path: Path) -> Any:
    try:
        import nbformat
    except ImportError:
        raise UsageError(
            f"to read the notebook {path.name}, install nbformat: pip install 'unstuck[notebook]'"
        ) from None
    try:
        found = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    except FileNotFoundError:
        raise CaptureError(f"there is no file {path}") from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, ValueError, KeyError) as error:
        words = str(error).splitlines()[0]
        raise CaptureError(f"{path} cannot be read as a notebook: {words}") from error
    if "nbformat" not in found:
        raise CaptureError(f"{path} cannot be read as a notebook: it names no version of nbformat")
    return found


def _code(found: Any) -> list[Any]:
    cells = found.cells if found.nbformat >= 4 else [c for s in found.worksheets for c in s.cells]
    return [cell for cell in cells if cell.cell_type == "code"]
