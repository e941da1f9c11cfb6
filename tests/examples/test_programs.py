"""The examples as programs: plain scripts that say what they try and not what ails them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from unstuck.checks._run import all_checks

ROOT = Path(__file__).parents[2] / "examples"
FILES = sorted(ROOT.rglob("*.py"))
BLAME = {"bug", "broken", "dead", "fail", "fails", "fault", "stuck", "too", "unstuck", "wrong"}


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def test_there_are_programs_of_both_kinds() -> None:
    healthy = [file for file in FILES if file.parent.name == "healthy"]
    assert len(healthy) >= 5
    assert len(FILES) - len(healthy) >= 7


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_says_what_it_tries(file: Path) -> None:
    text = ast.get_docstring(_tree(file)) or ""
    assert text.endswith(".")
    assert len(text.split()) >= 5


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_does_not_name_its_fault(file: Path) -> None:
    """No check's name, in any spelling, and no word of blame in comments or docstrings."""
    text = re.sub(r"[^a-z0-9]+", " ", file.read_text(encoding="utf-8").lower())
    names = [check.name.replace("-", " ") for check in all_checks()]
    assert not [name for name in names if f" {name} " in f" {text} "]
    prose = " ".join([ast.get_docstring(_tree(file)) or "", *_comments(file)]).lower()
    assert not BLAME & set(re.findall(r"[a-z]+", prose))


def _comments(file: Path) -> list[str]:
    return re.findall(r"#(.*)", file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_trains_once_and_stays_short(file: Path) -> None:
    calls = [node.func for node in ast.walk(_tree(file)) if isinstance(node, ast.Call)]
    trained = [ast.unparse(f) for f in calls if isinstance(f, ast.Attribute) and f.attr == "fit"]
    assert trained.count("model.fit") == 1
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 50
