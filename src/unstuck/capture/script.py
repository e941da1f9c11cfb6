"""Running a program under capture, in a process of its own."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from math import inf
from pathlib import Path
from typing import Any

import psutil

from unstuck.capture.again import read_again, with_again
from unstuck.capture.environment import environment
from unstuck.capture.notes import read_notes
from unstuck.capture.own_loops import own_loop
from unstuck.capture.surroundings import Surroundings
from unstuck.capture.surroundings.limits import family, memory_limit, memory_of
from unstuck.errors import (
    CaptureError,
    MemoryLimit,
    NoTraining,
    ProgramCrashed,
    ProgramExited,
    TimeLimit,
)
from unstuck.notebooks import is_notebook
from unstuck.recipe import BY_HAND, Recipe

OUTPUT = 20_000  # characters of the program's output that are kept
POLL = 0.05
LOOP_SECONDS = 15.0  # a loop of train_on_batch may run so long; more is not waited for
STEPPING = "stepping"  # the file that tells that one has begun
WEIGH = 0.25  # seconds between two looks at its memory
PROGRAM = "program"  # the file of a text that runs in place of the program's own


class Stop(Enum):
    """Why a program was ended."""

    TIME = "time"
    MEMORY = "memory"


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
    data: Mapping[str, Path] | None = None,
    stand_in: bool = False,
) -> Captured:
    """Run a program as ``__main__`` up to its trainings and describe them.

    The file is not edited; ``text``, if given, runs in its place and under its name. Its ``fit``
    is described and skipped (with ``watch``, run to its end, however long that takes), and it may
    go on for ``after`` seconds more, so that later trainings are seen too. ``data`` are files by
    the name under which the program opens them; with ``stand_in``, data sets of Keras that are not
    on this machine are generated. What surrounds the program is told in ``surroundings/``.

    Raises:
        CaptureError: there is no such program, or ``fit`` would refuse what it is given.
        NoTraining: it ended without a training.
        ProgramCrashed: it raised before its first training.
        ProgramExited: it left or died before its first training.
        TimeLimit: it ran past ``limit`` seconds before its first training.
        MemoryLimit: it took most of the machine's memory before its first training.
    """
    if not path.is_file():
        raise CaptureError(f"there is no file {path}")
    with tempfile.TemporaryDirectory(prefix="unstuck-") as folder:
        if text is not None:
            (Path(folder) / PROGRAM).write_text(text, encoding="utf-8", newline="")
        Surroundings(dict(data or {}), stand_in, watch).save(Path(folder))
        return _Run(path, args, Path(folder), watch).captured(limit, after)


class _Run:
    """One run of a program. The child writes each recipe to the folder under its number, and
    how the program ended to ``end``."""

    def __init__(self, path: Path, args: Sequence[str], folder: Path, watch: bool) -> None:
        self.path, self.folder, self.watch = path, folder, watch
        self.log = folder / "output"
        self.memory = memory_limit()
        command = [
            sys.executable,
            "-P",  # a random.py beside the program must not stand in for Python's own
            "-m",
            "unstuck.capture.child",
            str(folder),
            str(path),
            *args,
        ]
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment(),
                start_new_session=True,
            )

    def captured(self, limit: float, after: float) -> Captured:
        try:
            stopped = self._wait(limit, after)
        finally:
            self._kill()
        found: dict[str, Recipe] = {p.name: pickle.loads(p.read_bytes()) for p in self._files()}
        for number, again in enumerate(read_again(self.folder)):
            if (name := f"recipe-{number}.pickle") in found:
                found[name] = with_again(found[name], again)
        recipes = list(found.values())
        end = self._end()
        output = self.log.read_text(errors="replace")[-OUTPUT:]
        if not recipes:
            raise self._failure(end, stopped, limit, output)
        return Captured(tuple(recipes), output, self._notes(end, stopped, after))

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("recipe-*.pickle"))

    def _wait(self, limit: float, after: float) -> Stop | None:
        """Wait for the child; why it had to be stopped, if it had to."""
        until = time.monotonic() + limit
        seen, weighed, stepping = 0, 0.0, False
        while self.child.poll() is None:
            files, now = len(self._files()), time.monotonic()
            if not stepping and (self.folder / STEPPING).exists():
                stepping = True
                until = inf if self.watch else max(until, now + 2 * LOOP_SECONDS)
            if files > seen:
                seen, until = files, inf if self.watch else now + after
            if now > until:
                return Stop.TIME
            if now > weighed + WEIGH:
                weighed = now
                if memory_of(family(self.child.pid)) > self.memory:
                    return Stop.MEMORY
            time.sleep(POLL)
        return None

    def _kill(self) -> None:
        """End the child and all that it started."""
        others = family(self.child.pid)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        for process in others:
            with suppress(psutil.Error):
                process.kill()
        self.child.wait()

    def _end(self) -> dict[str, Any]:
        file = self.folder / "end"
        found: dict[str, Any] = pickle.loads(file.read_bytes()) if file.is_file() else {}
        return found

    def _failure(
        self, end: dict[str, Any], stopped: Stop | None, limit: float, output: str
    ) -> CaptureError:
        error = self._reason(end, stopped, limit, output)
        error.output = output
        return error

    def _reason(
        self, end: dict[str, Any], stopped: Stop | None, limit: float, output: str
    ) -> CaptureError:
        name = self.path.name
        own = own_loop(self._text())
        if stopped is Stop.TIME:
            more = own or "--limit allows it more"
            return TimeLimit(f"{name} did not reach its training within {limit:g} s; {more}")
        if own and end.get("kind") == "ended" and BY_HAND not in end["message"]:
            return NoTraining(f"{name} ended without a training: {own}")
        if stopped is Stop.MEMORY:
            return MemoryLimit(f"{name} took {self._bound()} before it trained, and was ended")
        if not end:
            code = self.child.returncode
            return ProgramExited(f"{name} died (code {code}) before it trained: {_last(output)}")
        return _ended(name, end, output)

    def _text(self) -> str:
        """The program as its author wrote it; of a notebook, the code that runs."""
        instead = self.folder / PROGRAM
        is_code = not is_notebook(self.path) or not instead.is_file()
        return (self.path if is_code else instead).read_text(errors="replace")

    def _bound(self) -> str:
        return f"more than {self.memory / 2**30:.1f} GiB of memory (80 % of what was free)"

    def _notes(self, end: dict[str, Any], stopped: Stop | None, after: float) -> tuple[str, ...]:
        notes = read_notes(self.folder)
        if stopped is Stop.TIME:
            notes.append(f"the program was stopped {after:g} s after its training was captured")
        if stopped is Stop.MEMORY:
            notes.append(
                f"after its training was captured the program took {self._bound()}, and was ended"
            )
        if end.get("kind") in ("crashed", "refused"):
            notes.append(f"after its training was captured the program raised: {end['message']}")
        return tuple(notes)


def _ended(name: str, end: dict[str, Any], output: str) -> CaptureError:
    """How a program came to its own end without a training."""
    match end["kind"]:
        case "refused":
            return CaptureError(f"{name}: {end['message']}")
        case "crashed":
            message = f"{name} crashed before it trained: {end['message']}"
            return ProgramCrashed(message, end["text"])
        case "exited":
            return ProgramExited(_exited(name, end["code"], output))
    return NoTraining(f"{name} ended without a training: {end['message']}")


def _exited(name: str, code: object, output: str) -> str:
    """A program that left; where it could not understand its arguments, how to give it some."""
    if isinstance(code, str):
        return f"{name} left before it trained: {code}"
    said = f"{name} left with exit code {code} before it trained"
    if code == 2 and "usage:" in output:
        return f"{said}: {_last(output)}; its own arguments follow after --"
    return f"{said}: {_last(output)}" if code else said


def _last(output: str) -> str:
    return next(iter(output.strip().splitlines()[-1:]), "it printed nothing")
