"""The program itself, run as ``__main__``."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from types import ModuleType

from unstuck.capture.reshapes import run_watched, watch_modules
from unstuck.capture.shell import shell_names
from unstuck.notebooks import is_notebook


def run_as_main(path: str, instead: Path) -> None:
    """Run the program, or the text of ``instead``, where it is, under the program's own name."""
    program: str | bytes
    if instead.is_file():
        program = instead.read_text(encoding="utf-8")
        linecache.cache[path] = (len(program), None, program.splitlines(keepends=True), path)
    else:
        program = Path(path).read_bytes()
        linecache.getlines(path)  # now, since the program may go to another folder
    module = ModuleType("__main__")
    module.__file__ = path
    if is_notebook(Path(path)):
        vars(module).update(shell_names())
    sys.modules["__main__"] = module
    watch_modules()
    run_watched(program, path, module)
