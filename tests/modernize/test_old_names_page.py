"""The table of old names is what the rules say."""

from __future__ import annotations

from pathlib import Path

from unstuck.modernize._page import COMMAND, page

FILE = Path(__file__).parents[2] / "docs" / "reference" / "old-names.md"


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), f"write it anew with `{COMMAND}`"


def test_no_row_is_empty() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 300
    assert not [row for row in rows if row.count("``") or row.endswith("|  |  |")]
