"""Running a program under capture, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from unstuck.errors import (
    CaptureError,
    NoTraining,
    ProgramCrashed,
    ProgramExited,
    TimeLimit,
)
from unstuck.recipe import Recipe

OUTPUT = 20_000  # characters of the program's output that are kept
POLL = 0.05
PROGRAM = "program"  # the file of a text that runs in place of the program's own


@dataclass(frozen=True)
class Captured:
    """What a program trains: a recipe for each call of ``fit``, in their order; the end of what it
    printed; and notes on how it ended."""

    recipes: tuple[Recipe, ...]
    output: str = ""
    notes: tuple[str, ...] = ()


def capture_script(
    path: Path,
    args: Sequence[str] = (),
    *,
    limit: float = 60.0,
    after: float = 5.0,
    watch: bool = False,
    text: str | None = None,
) -> Captured:
    """Run a program as ``__main__`` up to its trainings and describe them.

    The file is not edited; ``text``, if given, runs in its place and under its name. Its ``fit``
    is described and skipped (with ``watch``, run to its end, however long that takes), and it may
    go on for ``after`` seconds more, so that later trainings are seen too.

    Raises:
        CaptureError: there is no such program, or ``fit`` would refuse what it is given.
        NoTraining: it ended without a training.
        ProgramCrashed: it raised before its first training.
        ProgramExited: it left or died before its first training.
        TimeLimit: it ran past ``limit`` seconds before its first training.
    """
    if not path.is_file():
        raise CaptureError(f"there is no file {path}")
    with tempfile.TemporaryDirectory(prefix="unstuck-") as folder:
        if text is not None:
            (Path(folder) / PROGRAM).write_text(text, encoding="utf-8", newline="")
        return _Run(path, args, Path(folder), watch).captured(limit, after)


class _Run:
    """One run of a program. The child writes each recipe to the folder under its number, and
    how the program ended to ``end``."""

    def __init__(self, path: Path, args: Sequence[str], folder: Path, watch: bool) -> None:
        self.path, self.folder, self.watch = path, folder, watch
        self.log = folder / "output"
        mode = "watch" if watch else "skip"
        command = [
            sys.executable,
            "-P",  # a random.py beside the program must not stand in for Python's own
            "-m",
            "unstuck.capture.runner",
            str(folder),
            mode,
            str(path),
            *args,
        ]
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(),
                start_new_session=True,
            )

    def captured(self, limit: float, after: float) -> Captured:
        try:
            stopped = self._wait(limit, after)
        finally:
            self._kill()
        recipes = [pickle.loads(p.read_bytes()) for p in self._files()]
        end = self._end()
        output = self.log.read_text(errors="replace")[-OUTPUT:]
        if not recipes:
            raise self._failure(end, stopped, limit, output)
        return Captured(tuple(recipes), output, self._notes(end, stopped, after))

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("recipe-*.pickle"))

    def _wait(self, limit: float, after: float) -> bool:
        """Wait for the child; whether it had to be stopped."""
        until = time.monotonic() + limit
        seen = 0
        while self.child.poll() is None:
            files = len(self._files())
            if files > seen:
                seen, until = files, inf if self.watch else time.monotonic() + after
            if time.monotonic() > until:
                return True
            time.sleep(POLL)
        return False

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def _end(self) -> dict[str, Any]:
        file = self.folder / "end"
        found: dict[str, Any] = pickle.loads(file.read_bytes()) if file.is_file() else {}
        return found

    def _failure(
        self, end: dict[str, Any], stopped: bool, limit: float, output: str
    ) -> CaptureError:
        name = self.path.name
        if stopped:
            return TimeLimit(
                f"{name} did not reach its training within {limit:g} s; --limit allows it more"
            )
        match end.get("kind"):
            case "refused":
                return CaptureError(f"{name}: {end['message']}")
            case "crashed":
                message = f"{name} crashed before it trained: {end['message']}"
                return ProgramCrashed(message, end["text"])
            case "exited":
                return ProgramExited(f"{name} left with exit code {end['code']} before it trained")
            case "ended":
                return NoTraining(f"{name} ended without a training: {end['message']}")
        code = self.child.returncode
        last = output.strip().splitlines()[-1:] or ["it printed nothing"]
        return ProgramExited(f"{name} died (code {code}) before it trained: {last[0]}")

    def _notes(self, end: dict[str, Any], stopped: bool, after: float) -> tuple[str, ...]:
        notes = list(end.get("notes", ()))
        if stopped:
            notes.append(f"the program was stopped {after:g} s after its training was captured")
        if end.get("kind") in ("crashed", "refused"):
            notes.append(f"after its training was captured the program raised: {end['message']}")
        return tuple(notes)


def _environment() -> dict[str, str]:
    """The user's environment, with a backend that is installed and no display."""
    quiet = {"MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    found = {**quiet, **os.environ}
    found["KERAS_BACKEND"] = _backend()
    return found


def _backend() -> str:
    """The backend that Keras would take; JAX where it would take one that is not installed.

    Keras writes TensorFlow into ``~/.keras/keras.json`` on its first import, installed or not.
    """
    file = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    chosen = os.environ.get("KERAS_BACKEND")
    if not chosen and file.is_file():
        with suppress(ValueError):
            chosen = json.loads(file.read_text()).get("backend")
    chosen = chosen or "tensorflow"
    return chosen if importlib.util.find_spec(chosen) else "jax"
