"""Differences between two texts, for people and for ``patch``."""

from __future__ import annotations

import difflib


def unified(name: str, before: str, after: str) -> str:
    """A unified diff of the file ``name``; "" where nothing differs. A last line without an end
    is given one."""
    old, new = ([f"{line}\n" for line in text.splitlines()] for text in (before, after))
    return "".join(difflib.unified_diff(old, new, name, name))
