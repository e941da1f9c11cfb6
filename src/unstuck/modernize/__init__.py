"""Old programs in today's words: Python 2, Keras 1 and 2, and what moved in other libraries.

``modernize("model.fit(x, y, nb_epoch=5)")`` writes ``epochs=5``. Everything that has no old name
in it stays byte for byte. No framework is imported: what today's Keras takes was measured on
3.15.1 and stands in the tables of ``rules/``.
"""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from unstuck.modernize.words import Change, Left, Modern

__all__ = ["Change", "Left", "Modern", "modernize", "read_program"]


def modernize(text: str, *, tensorflow: bool = False) -> Modern:
    """A program in today's words. ``tensorflow`` tells whether TensorFlow can be imported: if not,
    a program that uses only its Keras gets the standalone one."""
    from unstuck.modernize.engine import Modernizing

    return Modernizing(text, tensorflow=tensorflow).run()


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
