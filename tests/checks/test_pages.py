"""The pages of the checks are what the checks themselves say."""

from __future__ import annotations

from pathlib import Path

import pytest

from unstuck.checks._areas import AREAS, areas
from unstuck.checks._base import Check
from unstuck.checks._pages import COMMAND, example, pages, proof, write
from unstuck.checks._run import all_checks

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "checks"


def test_pages_are_up_to_date() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    made = pages()
    differing = sorted(n for n in made.keys() | there.keys() if made.get(n) != there.get(n))
    assert not differing, f"{', '.join(differing)}: write them anew with `{COMMAND}`"


def test_every_check_has_an_area() -> None:
    missing = [c.name for c in all_checks() if c.name not in areas()]
    assert not missing, f"{missing} have no area: add them to checks/_areas.py"
    assert len(areas()) == sum(len(names.split()) for names in AREAS.values())


@pytest.mark.parametrize("check", all_checks(), ids=lambda c: c.name)
def test_a_page_says_all_that_the_check_knows(check: Check) -> None:
    page = pages()[f"{check.name}.md"].replace("\\", "")
    known = [check.summary, check.why, check.instead, check.false_alarms, *check.sources]
    assert [
        words for words in (*known, example(check)) if words.replace("\\", "") not in page
    ] == []
    sentence, changes = proof(check)
    assert sentence in page
    assert all(change.replace("\\", "") in page for change in changes)


def test_writing_removes_only_its_own_pages(tmp_path: Path) -> None:
    write(tmp_path)
    gone, kept = tmp_path / "gone.md", tmp_path / "kept.md"
    gone.write_text((tmp_path / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    kept.write_text("mine")
    write(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {*pages(), "kept.md"}
