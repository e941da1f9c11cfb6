"""What is to be said of a run: each note is written down at once, since a program may be ended."""

from __future__ import annotations

import json
from pathlib import Path

NOTES = "notes"


class Notes:
    """Notes on a program's run, each said once, in a file of ``folder``. Those of one text that
    are about names are one note, which ends with the names."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / NOTES
        self.said: set[tuple[str, str]] = set()

    def append(self, text: str, name: str = "") -> None:
        if (text, name) not in self.said:
            self.said.add((text, name))
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps([text, name]) + "\n")


def read_notes(folder: Path) -> list[str]:
    """The notes that were written in ``folder``, in their order."""
    file = folder / NOTES
    if not file.is_file():
        return []
    named: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        text, name = json.loads(line)
        named.setdefault(text, []).append(name)
    return [f"{text} {', '.join(names)}".strip() for text, names in named.items()]
