"""What more Ray workers give over one: a local Ray with as many processors, one actor on each.

With more actors than cores they share the cores, and the ratio shows that, not Ray's cost.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from statistics import median

from bench import command
from bench.workloads import WORKLOADS, Work, engine
from unstuck.trials.executors import Placement

WORKERS = (1, 2, 4)
RUNS = 5


def main() -> None:
    parser = command.arguments(__doc__)
    parser.add_argument("--child", type=int, default=0, help=command.INTERNAL)
    chosen = parser.parse_args()
    works = command.chosen(WORKLOADS, chosen.only)
    if chosen.child:
        print(_seconds(works[0], chosen.child, quick=chosen.quick))
        return
    command.head()
    table = command.Table(work=24, workers=8, seconds=9, over_one=9)
    for work in works:
        one = 0.0
        for workers in WORKERS[: 1 if chosen.quick else None]:
            seconds = _child(work, workers, quick=chosen.quick)
            one = one or seconds
            table.row(work.name, workers, seconds, one / seconds)


def _child(work: Work, workers: int, *, quick: bool) -> float:
    line = [sys.executable, "-m", "bench.ray_workers", "--only", work.name]
    line += ["--child", str(workers), *(["--quick"] if quick else [])]
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def _seconds(work: Work, workers: int, *, quick: bool) -> float:
    """The median of several runs after one that compiles."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    recipe = work.recipe(quick=quick)
    ray.init(
        num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
    )
    with engine(Placement.RAY) as product:
        product.open(recipe)
        runs = [product.run(range(work.seeds), recipe.fit.steps)[0] for _ in range(RUNS + 1)]
    return median(runs[1:])


if __name__ == "__main__":
    main()
