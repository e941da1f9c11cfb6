"""The life of a program's process, and the memory that it and its children may take."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

SHARE = 0.8  # of the memory that is free when the program begins
POLL = 0.5
_GROUP = Path("/sys/fs/cgroup")


def end_with_parent() -> None:
    """End this process and its group when the process that started it is gone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def first_to_go() -> None:
    """Where memory runs out, let Linux end this process before any other."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def finish_threads() -> None:
    """Wait for the program's threads, as the interpreter does at its end."""
    threading._shutdown()  # type: ignore[attr-defined]


def memory_limit() -> int:
    """Bytes that a program may take: most of what is free, on the machine and in its container."""
    return int(SHARE * min(psutil.virtual_memory().available, _free_in_group()))


def _free_in_group() -> float:
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        used = int((_GROUP / "memory.current").read_text())
        cached = _inactive()
    except (OSError, ValueError):
        return float("inf")
    return float("inf") if limit == "max" else int(limit) - used + cached


def _inactive() -> int:
    """Bytes of files that the container would give up first."""
    lines = (_GROUP / "memory.stat").read_text().splitlines()
    return next((int(x.split()[1]) for x in lines if x.startswith("inactive_file ")), 0)


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started, also those in groups of their own."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def memory_of(processes: list[psutil.Process]) -> int:
    """Bytes of memory that processes hold together."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total
