"""The command line: arguments in, exit code out. One file a command; each registers itself.

Exit codes: 0 it learns and nothing above a note was found; 1 findings; 2 unstuck or its
arguments failed; 3 inconclusive. The output format never changes the exit code.
"""

from __future__ import annotations

import sys

from unstuck.cli import check, learn, modernize, reference  # noqa: F401
from unstuck.cli._shared import app, say
from unstuck.errors import ProgramCrashed, UnstuckError

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; every expected failure is one sentence and exit code 2."""
    try:
        app()
    except ProgramCrashed as error:
        sys.stderr.write(error.traceback)
        say(str(error))
        sys.exit(2)
    except UnstuckError as error:
        say(str(error))
        sys.exit(2)
