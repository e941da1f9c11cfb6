"""Kept work: finished trials in a SQLite file under the user's cache folder.

A check that was interrupted or killed, started again, finds there what it has done. The file is
an aid and never a need: where it cannot be read or written, the check goes on without it.
"""

from __future__ import annotations

import pickle
import shutil
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from unstuck.cache import cache_folder, compiled

LIMIT = 256 * 2**20  # bytes; beyond it, what was not used for longest goes
SPARED = 0.75  # of the limit that is left when something goes
PATIENCE = 10.0  # seconds to wait for another check that writes
TABLE = """CREATE TABLE IF NOT EXISTS kept
(key TEXT PRIMARY KEY, value BLOB NOT NULL, used REAL NOT NULL) WITHOUT ROWID"""


@dataclass(frozen=True)
class Extent:
    """How much is kept: rows, bytes, and when (seconds since 1970) the oldest was last used."""

    rows: int
    size: int
    oldest: float | None


class Store:
    """Values by key. ``path`` is the file; None keeps nothing.

    Every method may fail for reasons of the file system; the first failure is told in a sentence
    on the standard error, and from then on nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def get(self, keys: list[str]) -> dict[str, Any]:
        """The values of those keys that are known."""
        marks = ",".join("?" * len(keys))
        rows = self._run(f"SELECT key, value FROM kept WHERE key IN ({marks})", keys)
        try:
            found = {key: pickle.loads(value) for key, value in rows}
        except Exception as error:
            self._give_up(error)
            return {}
        if found:
            self._run(
                f"UPDATE kept SET used = ? WHERE key IN ({','.join('?' * len(found))})",
                [time.time(), *found],
            )
        return found

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep values, all or none of them."""
        now = time.time()
        rows = [(key, pickle.dumps(value, protocol=5), now) for key, value in values.items()]
        self._run("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows, many=True)
        self._make_room()

    def extent(self) -> Extent:
        """How much is kept."""
        query = "SELECT COUNT(*), COALESCE(SUM(LENGTH(value)), 0), MIN(used) FROM kept"
        rows = self._run(query) or [(0, 0, None)]
        return Extent(*rows[0])

    def clear(self) -> None:
        """Forget everything."""
        self._run("DELETE FROM kept")

    def _make_room(self) -> None:
        size = self.extent().size
        if size <= LIMIT:
            return
        query = "SELECT key, LENGTH(value) FROM kept ORDER BY used"
        gone = []
        for key, length in self._run(query):
            if size <= LIMIT * SPARED:
                break
            gone.append((key,))
            size -= length
        self._run("DELETE FROM kept WHERE key = ?", gone, many=True)

    def _run(self, query: str, values: Any = (), *, many: bool = False) -> list[tuple[Any, ...]]:
        if self.path is None:
            return []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE)) as file, file:
                file.execute("PRAGMA journal_mode=WAL")
                file.execute(TABLE)
                done = file.executemany(query, values) if many else file.execute(query, values)
                return done.fetchall()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return []

    def _give_up(self, error: Exception) -> None:
        sys.stderr.write(f"unstuck: nothing is kept of this check: {self.path}: {error}\n")
        self.path = None


def open_store(*, keep: bool = True) -> Store:
    """The user's store; one that keeps nothing unless ``keep``."""
    return Store(cache_folder() / "trials.sqlite" if keep else None)


def described_cache() -> str:
    """Two lines for people on how much is kept."""
    kept = open_store().extent()
    since = f", the oldest last used on {date.fromtimestamp(kept.oldest)}" if kept.oldest else ""
    programs = [f.stat().st_size for folder in compiled() for f in folder.glob("*-cache")]
    return (
        f"{kept.rows:,} finished trials, {kept.size / 1e6:.1f} MB{since}\n"
        f"{len(programs):,} compiled programs, {sum(programs) / 1e6:.1f} MB"
    )


def clear_cache() -> None:
    """Forget finished trials and compiled programs."""
    open_store().clear()
    for folder in compiled():
        shutil.rmtree(folder, ignore_errors=True)
