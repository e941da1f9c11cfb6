"""Every way of Python to a file, led through an ``Overlay``.

Functions of ``builtins``, ``io`` and ``os`` are replaced before the program and its libraries take
hold of them; what opens files in C by itself (HDF5, SQLite, OpenCV) is led by its first argument.
Not led are TensorFlow's own readers and writers, and commands that the program starts.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from unstuck.capture.surroundings.late import Wraps
from unstuck.capture.surroundings.overlay import Overlay

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_COMMANDS = frozenset(
    {"os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.startfile"}
)
Function = Callable[..., Any]


def lead_files(overlay: Overlay, temporary: Path) -> None:
    """Lead every file that the program opens through ``overlay``. ``temporary`` takes its
    temporary ones."""
    temporary.mkdir(exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
    original = io.open
    builtins.open = io.open = _opening(original, overlay)
    _hand_out(original, io.open)
    os.open = _os_opening(os.open, overlay)
    for name in ("stat", "lstat", "access", "readlink", "chdir"):
        setattr(os, name, _reading(getattr(os, name), overlay))
    for name in ("chmod", "utime", "chown"):
        setattr(os, name, _touching(getattr(os, name), overlay))
    os.remove = os.unlink = _removing(os.unlink, overlay)
    os.rmdir = _removing_empty(os.rmdir, overlay)
    shutil.rmtree = _removing_trees(shutil.rmtree, overlay)  # type: ignore[assignment]
    os.listdir = _listing(os.listdir, overlay)
    os.scandir = _scanning(os.scandir, overlay)
    os.mkdir = _making(os.mkdir, overlay)
    os.rename = os.replace = _renaming(overlay)
    for name in ("symlink", "link"):
        setattr(os, name, _linking(getattr(os, name), overlay))
    os.truncate = _truncating(os.truncate, overlay)


def _hand_out(original: Function, instead: Function) -> None:
    """Give it to modules that took hold of the original before."""
    for module in [m for n, m in sys.modules.items() if n not in ("_io", "io")]:
        for name in [n for n, value in list(vars(module).items()) if value is original]:
            setattr(module, name, instead)
    numpys = getattr(sys.modules.get("numpy.lib._datasource"), "_file_openers", None)
    if numpys is not None:
        numpys._file_openers[None] = instead


def leads(overlay: Overlay) -> Wraps:
    """Functions of libraries that open files in C, each with what leads it."""

    def reads(original: Function) -> Function:
        return lambda path, *args, **named: original(overlay.reading(path), *args, **named)

    def writes(original: Function) -> Function:
        return lambda path, *args, **named: original(overlay.writing(path), *args, **named)

    def data_bases(original: Function) -> Function:
        def connect(database: Any, *args: Any, **named: Any) -> Any:
            special = str(database).startswith((":memory:", "file:")) or not str(database)
            path = database if special else overlay.writing(database, keep=True)
            return original(path, *args, **named)

        return connect

    def hdf5(original: Function) -> Function:
        def made(self: Any, name: Any, mode: str = "r", *args: Any, **named: Any) -> None:
            original(self, _by_mode(overlay, name, mode), mode, *args, **named)

        return made

    return (
        ("h5py.File", {"__init__": hdf5}),
        ("sqlite3", {"connect": data_bases}),
        ("cv2", {"imread": reads, "imwrite": writes}),
        ("soundfile", {"read": reads, "write": writes}),
    )


def refuse_commands() -> None:
    """From now on, start no command: it would find a model that was never trained."""
    sys.addaudithook(_refused)


def _refused(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _COMMANDS:
        command = arguments[1] if event == "subprocess.Popen" else arguments[0]
        raise PermissionError(f"no command is started after a skipped training: {command}")


def _by_mode(overlay: Overlay, path: Any, mode: str) -> Any:
    if not any(letter in mode for letter in "wax+-"):
        return overlay.reading(path)
    if mode[:1] in "x" or mode == "w-":
        _refuse_existing(overlay, path)
    return overlay.writing(path, keep="a" in mode or "r" in mode)


def _refuse_existing(overlay: Overlay, path: Any) -> None:
    if os.path.lexists(path):
        raise FileExistsError(17, "File exists", os.fsdecode(path))


def _opening(original: Function, overlay: Overlay) -> Function:
    def opened(file: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
        return original(_by_mode(overlay, file, mode), mode, *args, **named)

    return opened


def _os_opening(original: Function, overlay: Overlay) -> Function:
    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None:
            return int(original(path, flags, mode, dir_fd=dir_fd))
        if not flags & _WRITES:
            return int(original(overlay.reading(path), flags, mode))
        if flags & os.O_EXCL:
            _refuse_existing(overlay, path)
        return int(original(overlay.writing(path, keep=not flags & os.O_TRUNC), flags, mode))

    return opened


def _reading(original: Function, overlay: Overlay) -> Function:
    def read(path: Any, *args: Any, **named: Any) -> Any:
        try:
            found = overlay.reading(path) if named.get("dir_fd") is None else path
        except FileNotFoundError:
            if original.__name__ == "access":
                return False
            raise
        return original(found, *args, **named)

    return read


def _touching(original: Function, overlay: Overlay) -> Function:
    """Of what the program wrote; a file of the user's keeps its times and rights."""

    def touched(path: Any, *args: Any, **named: Any) -> None:
        found = overlay.reading(path)
        if found is not path or not isinstance(path, str | bytes | os.PathLike):
            original(found, *args, **named)
        elif overlay.is_free(path):
            original(path, *args, **named)
        else:
            os.stat(path)

    return touched


def _removing(original: Function, overlay: Overlay) -> Function:
    def removed(path: Any, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None:
            original(path, dir_fd=dir_fd)
        elif not overlay.is_free(path) and os.path.isdir(path):
            raise IsADirectoryError(21, "Is a directory", os.fsdecode(path))
        else:
            overlay.remove(path, original)

    return removed


def _removing_empty(original: Function, overlay: Overlay) -> Function:
    def removed(path: Any, *, dir_fd: int | None = None) -> None:
        if dir_fd is not None:
            original(path, dir_fd=dir_fd)
        elif not overlay.is_free(path) and os.listdir(path):
            raise OSError(39, "Directory not empty", os.fsdecode(path))
        else:
            overlay.remove(path, original)

    return removed


def _removing_trees(original: Function, overlay: Overlay) -> Function:
    def removed(path: Any, ignore_errors: bool = False, *args: Any, **named: Any) -> None:
        try:
            overlay.remove(path, lambda free: original(free, ignore_errors, *args, **named))
        except OSError:
            if not ignore_errors:
                raise

    return removed


def _listing(original: Function, overlay: Overlay) -> Function:
    def listed(path: Any = ".") -> Any:
        if isinstance(path, int):
            return original(path)
        names = overlay.names(path or ".", original)
        return [os.fsencode(n) for n in names] if isinstance(path, bytes) else names

    return listed


class _Scan:
    """What ``os.scandir`` gives: entries, as an iterator that can be closed."""

    def __init__(self, entries: Iterable[Any]) -> None:
        self.entries = iter(list(entries))

    def __iter__(self) -> Iterator[Any]:
        return self.entries

    def __next__(self) -> Any:
        return next(self.entries)

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_error: Any) -> None:
        return None

    def close(self) -> None:
        return None


def _scanning(original: Function, overlay: Overlay) -> Function:
    """Entries of the real folder and of what was written to it; the latter win."""

    def scanned(path: Any = ".") -> Any:
        if isinstance(path, int):
            return original(path)
        names = set(os.listdir(path))
        found: dict[Any, Any] = {}
        for place in overlay.places(path):
            with original(place) as entries:
                found.update({e.name: e for e in entries if e.name in names})
        return _Scan(found.values())

    return scanned


def _making(original: Function, overlay: Overlay) -> Function:
    def made(path: Any, *args: Any, **named: Any) -> None:
        if named.get("dir_fd") is None:
            _refuse_existing(overlay, path)
            path = overlay.writing(path)
        if not os.path.isdir(path):
            original(path, *args, **named)

    return made


def _renaming(overlay: Overlay) -> Function:
    rename = os.rename

    def renamed(source: Any, target: Any, **named: Any) -> None:
        if overlay.is_free(source) and overlay.is_free(target):
            rename(source, target, **named)
            return
        found, above = overlay.reading(source), overlay.writing(target)
        if os.path.isdir(found):
            shutil.copytree(found, above, dirs_exist_ok=True)
        else:
            shutil.copyfile(found, above)
        overlay.remove(source, _delete)

    return renamed


def _delete(path: Any) -> None:
    (shutil.rmtree if os.path.isdir(path) else os.unlink)(path)


def _linking(original: Function, overlay: Overlay) -> Function:
    def linked(source: Any, target: Any, **named: Any) -> None:
        _refuse_existing(overlay, target)
        original(overlay.reading(source), overlay.writing(target), **named)

    return linked


def _truncating(original: Function, overlay: Overlay) -> Function:
    def cut(path: Any, length: int) -> None:
        original(overlay.writing(path, keep=True), length)

    return cut
