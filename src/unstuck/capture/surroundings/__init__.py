"""What surrounds a program while it runs under capture: what is missing, and what it may touch.

Each module is about one thing: ``imports.py`` and ``absent.py`` modules that are not installed,
``display.py`` windows, ``asking.py`` questions, ``downloads.py`` the network, ``overlay.py`` and
``files.py`` files, ``limits.py`` memory and the life of the process, ``sentences.py`` what is said
when it ends. None knows a framework.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path

from unstuck.capture.notes import Notes
from unstuck.capture.surroundings.asking import answer_with_nothing
from unstuck.capture.surroundings.display import SHOWS, no_display
from unstuck.capture.surroundings.downloads import fail_fast
from unstuck.capture.surroundings.files import lead_files, leads, refuse_commands
from unstuck.capture.surroundings.imports import watch_imports
from unstuck.capture.surroundings.late import Late
from unstuck.capture.surroundings.limits import end_with_parent, first_to_go
from unstuck.capture.surroundings.overlay import Overlay

SETTINGS = "surroundings"
KEPT_OPERATIONS = "JAX_COMPILATION_CACHE_DIR"  # JAX's own variable


def caches() -> list[Path]:
    """Folders in which libraries keep what they download."""
    home = Path.home()
    usual = [home / name for name in (".keras", ".cache", "scikit_learn_data", ".config")]
    given = [os.environ.get(name) for name in ("KERAS_HOME", "XDG_CACHE_HOME", "SCIKIT_LEARN_DATA")]
    return [*usual, *(Path(g).expanduser() for g in given if g)]


def _kept_operations() -> list[Path]:
    given = os.environ.get(KEPT_OPERATIONS)
    return [Path(given)] if given else []


@dataclass(frozen=True)
class Surroundings:
    """What the parent asks for. ``data`` are files by the name under which the program opens them;
    with ``stand_in``, data sets that cannot be had are generated; with ``watch`` the program
    trains, and writes its files where it says."""

    data: dict[str, Path] = field(default_factory=dict)
    stand_in: bool = False
    watch: bool = False

    def save(self, folder: Path) -> None:
        (folder / SETTINGS).write_bytes(pickle.dumps(self))

    @staticmethod
    def load(folder: Path) -> Surroundings:
        found: Surroundings = pickle.loads((folder / SETTINGS).read_bytes())
        return found


class Arranged:
    """Surroundings in force in this process; they are there for the rest of its life."""

    def __init__(self, settings: Surroundings, folder: Path, notes: Notes) -> None:
        self.settings, self.notes = settings, notes
        self.captured = self.wrote = False
        self.overlay = Overlay(
            folder / "files",
            settings.data,
            [folder, *_kept_operations()],
            contained=not settings.watch,
            told=self._written,
        )
        end_with_parent()
        first_to_go()
        no_display()
        answer_with_nothing(notes)
        fail_fast()
        lead_files(self.overlay, folder / "temporary")
        watch_imports(notes, Late(SHOWS, leads(self.overlay)))

    def _written(self, path: str) -> None:
        if not self.wrote and not path.startswith(tuple(f"{cache}/" for cache in caches())):
            self.wrote = True
            self.notes.append(
                f"nothing that the program writes ({Path(path).name} first) was kept: a check does "
                "not touch your files"
            )

    def training_captured(self) -> None:
        """Keep what was downloaded for the training; if it is skipped, start no command after."""
        if self.captured or self.settings.watch:
            return
        self.captured = True
        self.overlay.settle(caches())
        refuse_commands()

    def ended(self) -> None:
        """Say which of the given files were never opened."""
        for name in set(self.overlay.given) - self.overlay.used:
            self.notes.append(f"--data {name}: the program opened no such file before it ended")
