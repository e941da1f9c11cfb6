"""The process in which a program runs under capture: ``python -m unstuck.capture.child``.

Its surroundings are arranged before any library is imported, so that none keeps a hold of what
is replaced.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from unstuck.capture.notes import Notes
from unstuck.capture.surroundings import Arranged, Surroundings


def main() -> None:
    """Entry point: folder, program, its arguments."""
    folder, path, *arguments = sys.argv[1:]
    home = Path(folder)
    around = Arranged(Surroundings.load(home), home, Notes(home))
    from unstuck.capture.runner import Runner

    Runner(home, around).run(path, arguments)
    with suppress(Exception):  # the program may have closed it
        sys.stdout.flush()
    os._exit(0)  # worker threads and queues of the program must not keep us


if __name__ == "__main__":
    main()
