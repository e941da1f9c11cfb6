"""Every benchmark runs: a tiny run of each, whose figures mean nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SCRIPTS = {
    "against_fit": ["--only", "xor, 8"],
    "against_loops": ["--only", "xor as"],
    "cold_start": ["--only", "xor, 8"],
    "diagnosis": ["--only", "regression/relu-output/1", "--results"],
    "growth": ["--only", "seeds", "--plots"],
    "learn": ["--only", "add"],
    "matrix_rate": [],
    "ray_workers": ["--only", "xor, 8"],
    "watch": [],
}
NEEDS = {"against_loops": ["numba", "torch"], "growth": ["matplotlib", "psutil"]}


def test_every_script_is_tried_and_described() -> None:
    scripts = {p.stem for p in (ROOT / "bench").glob("*.py") if '"__main__"' in p.read_text()}
    assert scripts == set(SCRIPTS)
    described = (ROOT / "bench" / "README.md").read_text()
    assert not [name for name in scripts if f"`{name}.py`" not in described]


@pytest.mark.parametrize("name", SCRIPTS)
def test_runs(name: str, tmp_path: Path) -> None:
    missing = [package for package in NEEDS.get(name, []) if find_spec(package) is None]
    if missing:
        pytest.skip(f"{missing[0]} is installed for benchmarks only")
    written = {"--plots": [str(tmp_path)], "--results": [str(tmp_path / "results.jsonl")]}
    target = written.get((SCRIPTS[name] or [""])[-1], [])
    command = [sys.executable, "-m", f"bench.{name}", "--quick", *SCRIPTS[name], *target]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 4, done.stdout
    assert bool(list(tmp_path.iterdir())) == bool(target)
