"""Files as the program sees them: its own, those that it was given, and on top what it writes.

What a program writes during a check goes to a folder of the check's own, where the program finds
it again, and what it removes is only said to be gone. Its ``fit`` is skipped, so that a model that
it saves afterwards is untrained, and must not take the place of a trained one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

_DEVICES = ("/dev/", "/proc/", "/sys/")


class Overlay:
    """Where a path really lies.

    ``given`` are files by the name, or the last parts of the path, by which the program opens them;
    ``free`` are folders that are written to as they are; all are, unless ``contained``. ``told``
    hears of each file that is not written where it was meant.
    """

    def __init__(
        self,
        folder: Path,
        given: Mapping[str, Path] | None = None,
        free: Iterable[Path] = (),
        *,
        contained: bool = True,
        told: Callable[[str], None] = lambda _path: None,
    ) -> None:
        self.folder = os.path.abspath(folder)
        self.given = {k.rstrip("/"): str(v.absolute()) for k, v in (given or {}).items()}
        self.free = tuple(str(f) + os.sep for f in (self.folder, *free))
        self.contained, self.told = contained, told
        self.used: set[str] = set()
        self.gone: set[str] = set()
        self.written: set[str] = set()

    def reading(self, path: Any) -> Any:
        """The path to read in place of ``path``.

        Raises:
            FileNotFoundError: the program removed it.
        """
        name = _name(path)
        if name is None:
            return path
        full = os.path.abspath(name)
        if self._outside(full):
            return path
        if _within(full, self.written):
            return self._above(full)
        found = self._given(full)
        if found is not None:
            return found
        if self._removed(full):
            raise FileNotFoundError(2, "No such file or directory", name)
        return path

    def writing(self, path: Any, *, keep: bool = False) -> Any:
        """The path to write in place of ``path``; with ``keep``, what is there comes along.

        Raises:
            FileNotFoundError: the folder is not there.
        """
        name = _name(path)
        if name is None or self.is_free(name):
            return path
        full = os.path.abspath(name)
        above, parent = self._above(full), os.path.dirname(full)
        if not os.path.isdir(self.reading(parent)):
            raise FileNotFoundError(2, "No such file or directory", name)
        os.makedirs(os.path.dirname(above), exist_ok=True)
        if keep and full not in self.written and not self._removed(full):
            source = self.reading(full)
            if os.path.lexists(source) and not os.path.isdir(source):
                shutil.copyfile(source, above)
        self.written.add(full)
        self.told(full)
        return above

    def remove(self, path: Any, remove: Callable[[Any], None]) -> None:
        """Take a path away from the program's sight; ``remove`` is for one of a free folder."""
        full = os.path.abspath(os.fsdecode(path))
        if self.is_free(full):
            remove(path)
            return
        if not os.path.lexists(self.reading(path)):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        above = self._above(full)
        if os.path.isdir(above):
            shutil.rmtree(above)
        elif os.path.lexists(above):
            os.unlink(above)
        self.written = {w for w in self.written if w != full and not w.startswith(full + os.sep)}
        self.gone.add(full)

    def names(self, path: Any, listed: Callable[[Any], list[str]]) -> list[str]:
        """The names in a folder, by ``listed``, as the program sees them."""
        full = os.path.abspath(os.fsdecode(path))
        if self._outside(full):
            return listed(path)
        found = self.reading(path)
        names = set(listed(found)) if os.path.lexists(found) else set()
        above = self._above(full)
        if os.path.isdir(above) and found != above:
            names |= set(listed(above))
        return sorted(n for n in names if not self._removed(os.path.join(full, n)))

    def places(self, path: Any) -> list[str]:
        """The real folders that make up a folder; what is in the later ones wins."""
        found = [os.fsdecode(self.reading(path))]
        above = self._above(os.path.abspath(os.fsdecode(path)))
        return [p for p in dict.fromkeys([*found, above]) if os.path.isdir(p)]

    def is_free(self, path: Any) -> bool:
        """Whether a path is written to as it is."""
        return not self.contained or self._outside(os.path.abspath(os.fsdecode(path)))

    def settle(self, folders: Iterable[Path]) -> None:
        """Move what was written under ``folders`` to its real place."""
        for full in sorted(self.written):
            above = self._above(full)
            inside = any(full.startswith(str(f) + os.sep) for f in folders)
            if inside and os.path.lexists(above) and not os.path.isdir(above):
                os.makedirs(os.path.dirname(full), exist_ok=True)
                shutil.move(above, full)
                self.written.discard(full)

    def _above(self, full: str) -> str:
        return os.path.join(self.folder, os.path.splitdrive(full)[1].lstrip(os.sep))

    def _outside(self, full: str) -> bool:
        return full.startswith((*self.free, *_DEVICES)) or full + os.sep in self.free

    def _removed(self, full: str) -> bool:
        if full in self.written:
            return False
        return _within(full, self.gone)

    def _given(self, full: str) -> str | None:
        """What was given for a path, or for a folder that it lies in."""
        for key in sorted(self.given, key=len, reverse=True):
            tail = os.sep + key.lstrip("./") if not os.path.isabs(key) else key
            at = full.find(tail + os.sep)
            if full.endswith(tail) or at >= 0:
                rest = "" if full.endswith(tail) else full[at + len(tail) :]
                self.used.add(key)
                return self.given[key] + rest
        return None


def _within(full: str, paths: set[str]) -> bool:
    """Whether a path is one of these or lies in one of them."""
    while full not in paths:
        above = os.path.dirname(full)
        if above == full:
            return False
        full = above
    return True


def _name(path: Any) -> str | None:
    """The name of a path; None for an open file's number and what is no path."""
    if isinstance(path, str | bytes | os.PathLike):
        return os.fsdecode(path)
    return None
