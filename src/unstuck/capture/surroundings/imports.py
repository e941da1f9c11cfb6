"""Imports of the program: what is missing, what opens windows, what shows."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from typing import Any

from unstuck.capture.notes import Notes
from unstuck.capture.owner import is_users
from unstuck.capture.surroundings.absent import Drawing, stand_in
from unstuck.capture.surroundings.display import WINDOWS
from unstuck.capture.surroundings.late import Late


def watch_imports(notes: Notes, late: Late) -> None:
    """Stand in for modules of the user's imports that are missing or open windows; keep ``late``
    told of what was imported."""
    original: Callable[..., Any] = builtins.__import__

    def imported(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        frame = sys._getframe(1)
        top = name.partition(".")[0]
        if top in WINDOWS and not level and is_users(frame.f_code.co_filename):
            notes.append(f"what the program shows in windows of {top} was left out")
            return Drawing(name if fromlist else top)
        try:
            module = original(name, globals, locals, fromlist, level)
        except ModuleNotFoundError as error:
            instead = None if level else stand_in(name, fromlist, error, frame, notes)
            if instead is None:
                raise
            return instead
        late.apply()
        return module

    builtins.__import__ = imported
