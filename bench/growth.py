"""How time and memory grow with seeds, rows and parameters; ``--plots FOLDER`` keeps the curves.

One network, a hidden layer of ReLU units on 8 numbers, is trained for the same number of updates
each time while one quantity grows. Every point is a fresh process that trains on one thread, as a
worker does: the seconds are those of a second, warm training of all seeds, the memory is the
process's peak beyond what it held before it was given the recipe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bench import command
from unstuck.recipe import Recipe

INPUTS = 8
BATCH = 32


@dataclass(frozen=True)
class Point:
    """What is trained: ``units`` hidden units on ``rows`` rows over ``seeds`` seeds."""

    seeds: int = 32
    rows: int = 4096
    units: int = 32
    updates: int = 1000

    @property
    def parameters(self) -> int:
        """Weights of one network."""
        return (INPUTS + 2) * self.units + 1


@dataclass(frozen=True)
class Measured:
    """A point with its seconds and its megabytes (2**20)."""

    point: Point
    seconds: float
    megabytes: float


MEMORY_UNITS = (128, 2048, 8192)
CURVES = {
    "seeds": [Point(seeds=n) for n in (1, 4, 16, 64, 256, 1024)],
    "rows": [Point(rows=n) for n in (256, 1024, 4096, 16384, 65536, 262144, 1048576)],
    "parameters": [Point(units=n) for n in (8, 32, 128, 512, 2048, 8192)],
    "memory": [
        Point(seeds=s, units=u, updates=100) for u in MEMORY_UNITS for s in (1, 4, 16, 64, 256)
    ],
}


def main() -> None:
    parser = command.arguments(__doc__)
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write the curves as SVG")
    parser.add_argument("--child", default="", help=command.INTERNAL)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(_trained(Point(**json.loads(chosen.child)))))
        return
    command.head()
    table = command.Table(
        grows=10, seeds=6, rows=9, parameters=10, updates=7, seconds=8, us_a_step=9, MB=7
    )
    for name in (name for name in CURVES if chosen.only in name):
        points = CURVES[name]
        if chosen.quick:
            points = [replace(point, updates=16) for point in points[:2]]
        measured = [_measure(name, point, table) for point in points]
        if chosen.plots:
            from bench.plots import plot

            plot(name, measured, chosen.plots / f"growth-{name}.svg")


def _measure(name: str, point: Point, table: command.Table) -> Measured:
    from unstuck.trials.executors.worker import WORKER_ENVIRONMENT

    command = [sys.executable, "-m", "bench.growth", "--child", json.dumps(asdict(point))]
    environment = {**os.environ, **WORKER_ENVIRONMENT}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, megabytes = json.loads(done.stdout)
    table.row(
        name, point.seeds, point.rows, point.parameters, point.updates, seconds,
        seconds / point.updates * 1e6, megabytes,
    )  # fmt: skip
    return Measured(point, seconds, megabytes)


def _trained(point: Point) -> tuple[float, float]:
    """Seconds of a warm training, and the megabytes that both trainings took at the most."""
    from resource import RUSAGE_SELF, getrusage
    from time import perf_counter

    import psutil

    from bench.workloads import in_process

    recipe = _recipe(point)
    before = psutil.Process().memory_info().rss
    run = in_process(recipe)
    run(range(point.seeds), point.updates)
    began = perf_counter()
    run(range(point.seeds), point.updates)
    seconds = perf_counter() - began
    peak = getrusage(RUSAGE_SELF).ru_maxrss * 1024  # Linux counts in kilobytes
    return seconds, (peak - before) / 2**20


def _recipe(point: Point) -> Recipe:
    import keras
    import numpy as np

    from unstuck.capture.keras import capture_fit

    x = np.random.default_rng(0).normal(size=(point.rows, INPUTS)).astype("float32")
    hidden = keras.layers.Dense(point.units, activation="relu")
    model = keras.Sequential([keras.Input((INPUTS,)), hidden, keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    return capture_fit(model, x, np.sin(x.sum(axis=1)), batch_size=BATCH)


if __name__ == "__main__":
    main()
