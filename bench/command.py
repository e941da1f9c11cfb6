"""What all benchmarks share: arguments, a head that names the machine, a plain table."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.workloads import Work

INTERNAL = "(what a benchmark passes to processes of its own)"
PACKAGES = ("unstuck", "jax", "keras", "numpy", "numba", "torch", "ray")


def arguments(text: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--only", default="", metavar="NAME", help="work whose name contains this")
    parser.add_argument("--quick", action="store_true", help="a tiny run, to see that it runs")
    return parser


def chosen(works: Sequence[Work], only: str) -> list[Work]:
    """The workloads that ``--only`` names; all of them without it."""
    found = [work for work in works if only in work.name]
    if not found:
        names = ", ".join(repr(work.name) for work in works)
        raise SystemExit(f"no work is called {only!r}; there are {names}")
    return found


def head() -> None:
    """Print when and on what this ran."""
    print(time.strftime("%Y-%m-%d %H:%M"), "on", _processor(), f"({os.cpu_count()} cores,")
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"load {load}), Python {platform.python_version()},", ", ".join(_versions()), "\n")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


class Table:
    """Rows printed as they come, so that a long run shows what it has."""

    def __init__(self, **columns: int) -> None:
        self.widths = list(columns.values())
        self.row(*(name.replace("_", " ") for name in columns))

    def row(self, *cells: object) -> None:
        """Print one row: texts to the left, numbers to the right."""
        parts = [
            f"{cell:<{w}}" if isinstance(cell, str) else f"{_number(cell):>{w}}"
            for cell, w in zip(cells, self.widths, strict=True)
        ]
        print("  ".join(parts).rstrip(), flush=True)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def met(ratio: float, goal: float) -> str:
    """Whether a ratio reaches its goal."""
    return "yes" if ratio >= goal else "no"
