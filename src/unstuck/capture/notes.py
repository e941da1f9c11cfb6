"""What is to be said of a run: each note is written down at once, since a program may be ended."""

from __future__ import annotations

import json
from pathlib import Path

NOTES = "notes"


class Notes:
    """Notes on a program's run, each said once, in a file of ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / NOTES
        self.said: set[str] = set()

    def append(self, text: str) -> None:
        if text not in self.said:
            self.said.add(text)
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(text) + "\n")


def read_notes(folder: Path) -> list[str]:
    """The notes that were written in ``folder``, in their order."""
    file = folder / NOTES
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
