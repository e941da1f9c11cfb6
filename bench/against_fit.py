"""The trial engine against ``model.fit`` on the same backend, one seed after another.

Both are timed warm, and what the first run costs beyond that (compiling, mostly) stands in
columns of its own. The engine trains every trial whole, fresh weights and scores included; the
median of several runs is taken. ``fit`` prints nothing, and is timed on some epochs of one
training, which are scaled to all epochs and seeds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from bench import command
from bench.matrix_rate import matrix_rate
from bench.workloads import WORKLOADS, Engine, Work, engine
from unstuck.recipe import Data, Recipe
from unstuck.trials.build import build, structure

RUNS = 5


@dataclass(frozen=True)
class Timed:
    """Seconds for the work, warm, and what the first time cost on top."""

    seconds: float
    cold: float


def main() -> None:
    parser = command.arguments(__doc__)
    chosen = parser.parse_args()
    command.head()
    works = command.chosen(WORKLOADS, chosen.only)
    table = command.Table(
        work=24, seeds=5, updates=9, engine_s=9, compile=7, fit_s=9, compile_=8, ratio=8,
        goal=6, met=4, us_a_step=9,
    )  # fmt: skip
    with engine() as product:
        for work in works:
            _compare(work, product, table, quick=chosen.quick)


def _compare(work: Work, product: Engine, table: command.Table, *, quick: bool) -> None:
    recipe = work.recipe(quick=quick)
    steps = recipe.fit.steps
    ours = engine_seconds(product, recipe, range(work.seeds), 1 if quick else RUNS)
    fit = fit_seconds(recipe, 1 if quick else work.fit_epochs)
    ratio = fit.seconds * work.seeds / ours.seconds
    table.row(
        work.name, work.seeds, steps, ours.seconds, ours.cold, fit.seconds * work.seeds, fit.cold,
        ratio, work.goal, command.met(ratio, work.goal), ours.seconds / steps * 1e6,
    )  # fmt: skip
    if any(layer.kind == "LSTM" for layer in recipe.model.layers):
        _share(recipe, work.seeds, ours.seconds, product.executor.workers)


def engine_seconds(product: Engine, recipe: Recipe, seeds: range, runs: int = RUNS) -> Timed:
    """The engine's time for all seeds."""
    product.open(recipe)
    steps = recipe.fit.steps
    timed = [product.run(seeds, steps)[0] for _ in range(runs + 1)]
    warm = median(timed[1:])
    return Timed(warm, timed[0] - warm)


def fit_seconds(recipe: Recipe, epochs: int) -> Timed:
    """``fit``'s time for one whole training, from that of some epochs of it."""
    model = build(recipe, seed=0, whole=True)
    first = _fit(model, recipe, 1)
    a_epoch = _fit(model, recipe, epochs) / epochs
    return Timed(a_epoch * recipe.fit.epochs, first - a_epoch)


def _fit(model: object, recipe: Recipe, epochs: int) -> float:
    x, y = _handed(recipe, recipe.data)
    validation = recipe.validation and _handed(recipe, recipe.validation)
    began = time.perf_counter()
    model.fit(  # type: ignore[attr-defined]
        x,
        y,
        epochs=epochs,
        batch_size=recipe.fit.batch_size,
        shuffle=recipe.fit.shuffle,
        validation_data=validation,
        verbose=0,
    )
    return time.perf_counter() - began


def _handed(recipe: Recipe, data: Data) -> tuple[object, object]:
    """Inputs and targets as the program hands them over."""
    inputs, targets = structure(data.inputs, recipe.forms.inputs), data.targets
    return inputs, structure(targets, recipe.forms.targets)


def _share(recipe: Recipe, seeds: int, seconds: float, workers: int) -> None:
    """Print how much of what the machine can multiply the work reaches."""
    reached = lstm_operations(recipe) * seeds * recipe.fit.steps / seconds
    rate = matrix_rate(workers)
    print(
        f"    products of the LSTM's work: {reached / 1e9:.1f} GFLOP/s, "
        f"{reached / rate:.0%} of the {rate / 1e9:.0f} GFLOP/s of large products"
    )


def lstm_operations(recipe: Recipe) -> float:
    """Floating point operations of the matrix products in one update of one lane.

    Forward, every weight of a matrix is multiplied and added once for each row and time; back,
    once more for its own gradient, and once for that of what it was given, except where nothing
    before it learns: the first matrix, and the recurrent one at the first time.
    """
    rows, total = recipe.fit.batch_size, 0.0
    first = True
    for layer in recipe.model.learned_layers:
        units = layer.units or 0
        inside = layer.input_shape[-1] or 0
        if layer.kind == "LSTM":
            times = layer.input_shape[0] or 1
            total += times * inside * 4 * units * (2 if first else 3)
            total += (3 * times - 1) * units * 4 * units
        else:
            total += inside * units * (2 if first else 3)
        first = False
    return 2.0 * rows * total


if __name__ == "__main__":
    main()
