"""The command line: arguments in, exit code out. One file a command; each registers itself.

Exit codes: 0 it learns and nothing above a note was found; 1 findings; 2 unstuck or its
arguments failed; 3 inconclusive. The output format never changes the exit code.
"""

from __future__ import annotations

import sys

from unstuck.cli import check, learn, modernize, reference  # noqa: F401
from unstuck.cli._shared import app, say
from unstuck.errors import CaptureError, ProgramCrashed, UnstuckError

__all__ = ["app", "main"]

PRINTED = 15  # lines of a program's output that are shown where it failed


def main() -> None:
    """Run the command line; every expected failure is one sentence and exit code 2."""
    try:
        app()
    except UnstuckError as error:
        if isinstance(error, CaptureError):
            _show_end(error)
        say(str(error))
        sys.exit(2)


def _show_end(error: CaptureError) -> None:
    """How the program ended: the last lines that it printed, and its traceback."""
    printed = error.output.strip().splitlines()[-PRINTED:]
    if printed:
        sys.stderr.write("The end of what the program printed:\n")
        sys.stderr.writelines(f"| {line}\n" for line in printed)
    if isinstance(error, ProgramCrashed):
        sys.stderr.write(error.traceback)
