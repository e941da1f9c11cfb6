"""The process in which a program runs under capture: ``python -m unstuck.capture.child``.

Its surroundings are arranged before any library is imported, so that none keeps a hold of what
is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path

from unstuck.capture.notes import Notes
from unstuck.capture.surroundings import Arranged, Surroundings
from unstuck.keras_import import import_keras


def main() -> None:
    """Entry point: folder, program, its arguments."""
    folder, path, *arguments = sys.argv[1:]
    home = Path(folder)
    around = Arranged(Surroundings.load(home), home, Notes(home))
    import_keras()
    from unstuck.capture.runner import Runner, leave

    Runner(home, around).run(path, arguments)
    leave()


if __name__ == "__main__":
    main()
