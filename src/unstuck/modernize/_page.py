"""The table of old names: ``python -m unstuck.modernize._page docs/reference/old-names.md``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from unstuck.modernize.python2 import FIXERS
from unstuck.modernize.rules import FAMILIES

COMMAND = "python -m unstuck.modernize._page docs/reference/old-names.md"
INTRO = (
    "What `unstuck modernize` understands, and `unstuck check` with it: each old form and what it "
    "becomes. An empty second column is a form that is named, with its line, and stays. Names are "
    "read through the program's own imports, whatever they call them, `tf.keras` included. "
    "[How it works](../explanation/modernizing.md)."
)


def page() -> str:
    """The whole page, from the tables of the rules."""
    parts = [
        f"<!-- Written by `{COMMAND}`: change the rules, not this page. -->",
        "# Old names",
        INTRO,
        "## Python 2\n\nOnly in a program that is no Python 3.\n\n"
        + _table(("fixer", "why"), [(f"`{name}`", why) for name, why in FIXERS.items()]),
    ]
    for family in FAMILIES:
        rows = [(_code(old), _code(new), _plain(more)) for old, new, more in family.rows]
        table = _table(("old", "today", "to know"), list(dict.fromkeys(rows)))
        parts.append(f"## {family.title}\n\n{table}")
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _plain(text: str) -> str:
    return re.sub(r"([*_<|\[\]])", r"\\\1", text)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
