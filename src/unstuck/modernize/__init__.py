"""Old programs in today's words: Python 2, Keras 1 and 2, and what moved in other libraries.

``modernize("model.fit(x, y, nb_epoch=5)")`` writes ``epochs=5``. Everything that has no old name
in it stays byte for byte. No framework is imported: what today's Keras takes was measured on
3.15.1 and stands in the tables of ``rules/``.
"""

from __future__ import annotations

import io
import tokenize
from importlib.util import find_spec
from pathlib import Path

from unstuck.cells import Cells
from unstuck.modernize.words import Change, Left, Modern
from unstuck.notebooks import is_notebook, read_cells

__all__ = ["Change", "Left", "Modern", "modernize", "modernize_file", "read_program"]


def modernize(text: str, *, tensorflow: bool = False, partly: bool = False) -> Modern:
    """A program in today's words. ``tensorflow`` tells whether TensorFlow can be imported: if not,
    a program that uses only its Keras gets the standalone one, and ``partly`` also one that uses
    more, which stays as it is."""
    from unstuck.modernize.engine import Modernizing

    return Modernizing(text, tensorflow=tensorflow, partly=partly).run()


def modernize_file(path: Path, *, partly: bool = False) -> tuple[Modern, Cells | None]:
    """The program in a file in today's words, for what is installed here, its lines ended by
    newlines; of a notebook, its cells too. ``partly`` as of ``modernize``.

    Raises:
        CaptureError: the notebook cannot be read.
        UsageError: nbformat is not installed.
    """
    cells = Cells.of(read_cells(path)) if is_notebook(path) else None
    text = cells.program if cells else read_program(path).replace("\r\n", "\n")
    installed = find_spec("tensorflow") is not None
    return modernize(text, tensorflow=installed, partly=partly), cells


def read_program(path: Path) -> str:
    """The text of a program in the encoding that it names, ends of lines as they are; "" where
    there is none. What is not in that encoding was written in Latin-1, as Python 2 let it be."""
    if not path.is_file():
        return ""
    raw = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        return raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return raw.decode("latin-1")
