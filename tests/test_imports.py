"""Imports go one way, and only few modules know a framework. Read from the source, not run."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import unstuck

ROOT = Path(unstuck.__file__).parent
RANKS = (
    (
        "cache",
        "cells",
        "differences",
        "errors",
        "experiments",
        "transform",
        "recipe",
        "remedy",
        "finding",
        "trial",
        "trace",
        "verdict",
        "goal",
        "keras_import",
    ),
    ("remedies", "layers", "notebooks"),
    ("capture", "checks", "trials"),
    ("judge", "options"),
    ("confirm", "learning", "statuses"),
    ("report", "patch"),
    ("conclude",),
    ("examination", "modernize", "testing", "trackers"),
    ("pipeline", "watching"),
    ("cli", "__init__"),
    ("__main__", "pytest_plugin"),
)
RANK = {area: rank for rank, areas in enumerate(RANKS) for area in areas}
FRAMEWORKS = {"keras", "jax", "tensorflow", "torch"}
KNOW_A_FRAMEWORK = {
    "capture/keras",
    "capture/runner.py",
    "layers.py",
    "learning/judging.py",
    "learning/learner.py",
    "learning/networks.py",
    "learning/program.py",
    "trials/batching.py",
    "trials/build.py",
    "trials/engine.py",
    "trials/experiments.py",
    "trials/fallback.py",
    "trials/initial.py",
    "trials/lower.py",
    "trials/objective.py",
    "trials/observe.py",
    "trials/program.py",
    "trials/save.py",
    "trials/steering.py",
    "watching/callback.py",
    "watching/live.py",
    "watching/running.py",
}
FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def _imports(file: Path) -> set[str]:
    """The modules that a file imports, anywhere in it, types included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            module = node.module or ""
            inside = module == "unstuck" or (ROOT.parent / module.replace(".", "/")).is_dir()
            found |= {f"{module}.{alias.name}" for alias in node.names} if inside else {module}
    return found


def _area(module: str) -> str:
    """``unstuck.checks._base`` is of the area ``checks``; the package itself of ``__init__``."""
    part = module.split(".")[1] if "." in module else "__init__"
    return part if part in RANK else "__init__"


def _own_area(file: Path) -> str:
    return file.parts[0].removesuffix(".py")


def _has_framework(file: Path) -> bool:
    return any(module.split(".")[0] in FRAMEWORKS for module in _imports(file))


def test_every_area_has_its_place() -> None:
    assert {_own_area(file) for file in FILES} == set(RANK)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_go_one_way(file: Path) -> None:
    """An area imports itself and the ranks below, never its neighbours. Only words may import
    words of their own rank."""
    own = _own_area(file)
    for module in _imports(file):
        if module.split(".")[0] != "unstuck" or _area(module) == own:
            continue
        below = RANK[_area(module)] < RANK[own] or RANK[own] == 0 == RANK[_area(module)]
        assert below, f"{file} imports {module}"


def test_only_capture_and_trials_know_a_framework() -> None:
    """``capture/keras`` is a folder; every entry must be needed, so that the list stays short."""
    knowing = {file for file in FILES if _has_framework(file)}
    allowed = {
        entry: {f for f in knowing if f.as_posix().startswith(entry)} for entry in KNOW_A_FRAMEWORK
    }
    assert all(allowed.values())
    assert knowing == set().union(*allowed.values())


def test_the_command_line_starts_without_a_framework() -> None:
    heavy = sorted(FRAMEWORKS | {"sklearn", "scipy", "libcst", "loky"})
    code = f"import sys, unstuck.cli; print(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names() -> None:
    assert unstuck.__all__ == [
        "Answer",
        "Finding",
        "Goal",
        "Remedy",
        "Severity",
        "Status",
        "UnstuckError",
        "Verdict",
        "Watch",
        "assert_learns",
        "check",
        "learn",
    ]
    assert all(hasattr(unstuck, name) for name in unstuck.__all__)
