"""Whose a source file is: the user's, a library's or unstuck's own."""

from __future__ import annotations

import sysconfig
from pathlib import Path

_OURS = str(Path(__file__).resolve().parents[1])
_COMPILED = (".pyx", ".pxd", ".pxi")  # Cython's, by the name that they were built from
_INSTALLED = ("site-packages", "dist-packages")  # of a user, of the system
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def is_users(file: str) -> bool:
    """Whether a source file is the user's."""
    library = file.startswith(_LIBRARIES) or file.endswith(_COMPILED)
    library = library or any(f"/{name}/" in file for name in _INSTALLED)
    return not (file.startswith("<") or is_ours(file) or library)


def is_ours(file: str) -> bool:
    """Whether a source file is unstuck's."""
    return file.startswith(_OURS)
