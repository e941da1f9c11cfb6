"""Seconds from the start of a fresh process to the first finished trial, by stages.

Like the command line: worker processes start, meanwhile the program runs up to its ``fit``, then
one trial is trained whole. Files are in the system's cache; nothing compiled is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from statistics import median

from bench import command
from bench.workloads import WORKLOADS, Work, engine

RUNS = 5
WARM_RUNS = 4
STAGES = ("imported", "captured", "trained", "again")


def main() -> None:
    parser = command.arguments(__doc__)
    parser.add_argument("--child", type=float, default=0.0, help=command.INTERNAL)
    chosen = parser.parse_args()
    works = command.chosen(WORKLOADS, chosen.only)
    if chosen.child:
        print(json.dumps(_stages(works[0], chosen.child, quick=chosen.quick)))
        return
    command.head()
    table = command.Table(
        work=24, updates=9, imports_s=9, capture_s=9, first_trial_s=13, whole_s=9, warm_trial_s=12
    )
    for work in works:
        _measure(work, table, quick=chosen.quick)


def _measure(work: Work, table: command.Table, *, quick: bool) -> None:
    runs = [_child(work, quick=quick) for _ in range(1 if quick else RUNS)]
    imported, captured, trained, again = (median(run[stage] for run in runs) for stage in STAGES)
    updates = int(runs[0]["updates"])
    table.row(work.name, updates, imported, captured - imported, trained - captured, trained, again)


def _child(work: Work, *, quick: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.cold_start", "--only", work.name]
    command += ["--quick"] if quick else []
    command += ["--child", repr(time.time())]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _stages(work: Work, began: float, *, quick: bool) -> dict[str, float]:
    """Seconds since ``began`` (``time.time``) at the end of each stage; ``again`` by itself."""
    found = {"imported": time.time() - began}
    with engine() as product:
        recipe = work.recipe(quick=quick)
        found["captured"] = time.time() - began
        product.open(recipe)
        product.run((0,), recipe.fit.steps)
        found["trained"] = time.time() - began
        runs = [product.run((1,), recipe.fit.steps) for _ in range(WARM_RUNS)]
        found["again"] = min(seconds for seconds, _ in runs)  # not by a worker new to it
        found["updates"] = recipe.fit.steps
    return found


if __name__ == "__main__":
    main()
