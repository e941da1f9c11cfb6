"""The trial engine against loops written by hand for one network each: in Numba, on one thread and
on all, and in PyTorch, one seed after another.

All begin with the engine's own weights and see its own batches. That the losses agree is checked:
printed is the share of trials whose mean loss is the engine's to within a hundredth at an early
look and at the last one. (Single precision rounds sums in another order, and a training that
depends on its start carries that on, so late on a few go other ways.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

import numba
import numpy as np

from bench import command, loops, torch_loop
from bench.against_fit import RUNS
from bench.workloads import FOUR, Engine, Work, engine, laid_out
from unstuck.recipe import Array, Recipe
from unstuck.trial import Outcome
from unstuck.trials.fold import Fold, fold
from unstuck.trials.plan import checkpoints
from unstuck.trials.split import split

WITHIN = 3.0  # times the loop's seconds
AGREE = 0.01
ENOUGH = 20.0  # seconds of a loop after which it is not run again
EARLY = 300  # steps within which rounding alone makes no difference

GRADIENTS = {
    "xor, 8 units, batch 1": loops.xor_8,
    "xor as posted": loops.xor_posted,
    "multiply as posted": loops.multiply,
    "extrapolate as posted": loops.extrapolate,
}
FOLDED = {"xor as posted": loops.xor_folded}  # by hand what the engine does by itself


@dataclass(frozen=True)
class Job:
    """What a loop is given: weights ``(seeds, n)``, rows, orders, and where it is looked at."""

    recipe: Recipe
    weights: Array
    x: Array
    y: Array
    pool: Array
    walk: Array
    marks: Array
    batch: int

    @property
    def rate(self) -> tuple[float, float]:
        """The learning rate, and by how much of it a step divides it."""
        schedule = self.recipe.optimizer.schedule
        if schedule is None:
            return self.recipe.optimizer.learning_rate, 0.0
        given = schedule["config"]
        return given["initial_learning_rate"], given["decay_rate"] / given["decay_steps"]


def main() -> None:
    chosen = command.arguments(__doc__).parse_args()
    command.head()
    works = command.chosen(FOUR, chosen.only)
    table = command.Table(
        work=24, loop=18, seconds=9, engine_s=9, engine_by_loop=14, goal=5, met=4,
        loop_us_a_step=14, engine_us_a_step=16, same_early=10, same_late=9,
    )  # fmt: skip
    with engine() as product:
        for work in works:
            _compare(work, product, table, quick=chosen.quick)


def _compare(work: Work, product: Engine, table: command.Table, *, quick: bool) -> None:
    recipe = work.recipe(quick=quick)
    runs, steps = 1 if quick else RUNS, recipe.fit.steps
    product.open(recipe)
    timed = [product.run(range(work.seeds), steps) for _ in range(runs + 1)]
    ours = median(seconds for seconds, _ in timed[1:])
    job = _job(recipe, work.seeds)
    for loop in _loops(work.name, job, quick=quick):
        seconds, losses = loop.run()
        early, late = _agreement(losses, job.marks, timed[0][1])
        ratio = ours / seconds
        met = command.met(-ratio, -WITHIN) if loop.is_goal else "-"
        table.row(
            work.name, loop.name, seconds, ours, ratio, WITHIN if loop.is_goal else "-", met,
            seconds / steps * 1e6, ours / steps * 1e6, f"{early:.0%}", f"{late:.0%}",
        )  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """A loop; ``run`` gives the seconds for all seeds, and losses ``(seeds, marks)``."""

    name: str
    run: Callable[[], tuple[float, Array]]
    is_goal: bool = False


def _loops(name: str, job: Job, *, quick: bool) -> Iterator[Loop]:
    threads = os.cpu_count() or 1
    gradient = GRADIENTS[name]
    yield Loop("Numba, 1 thread", partial(_numba, job, gradient, 1))
    yield Loop(f"Numba, {threads} threads", partial(_numba, job, gradient, threads), is_goal=True)
    folded = fold(job.recipe, split(job.recipe).train)
    if folded and name in FOLDED:
        run = partial(_numba, _folded(job, folded), FOLDED[name], threads)
        yield Loop(f"Numba, {threads}, folded", run)
    updates = 4 if quick else torch_loop.UPDATES
    yield Loop("PyTorch", partial(torch_loop.train, job, updates))


def _folded(job: Job, folded: Fold) -> Job:
    """The distinct rows, and in place of a batch's rows the weights of those."""
    batch = job.recipe.fit.batch_size
    if job.pool.shape[1] % batch:
        raise ValueError("a hand-written loop folds whole batches only")
    weights = folded.weights(job.pool.reshape(len(job.pool), -1, batch))
    pool = weights.reshape(len(job.pool), -1)
    x, y = job.x[folded.rows], job.y[folded.rows]
    return replace(job, x=x, y=y, pool=pool, batch=len(folded.rows))


def _job(recipe: Recipe, seeds: int) -> Job:
    weights, train, pool, walk = laid_out(recipe, tuple(range(seeds)))
    flat = np.concatenate([w.reshape(seeds, -1) for w in weights], axis=1)
    x = train.inputs[0].reshape(train.rows, -1).astype(np.float32)
    y = train.targets[0].reshape(train.rows).astype(np.float32)
    marks = np.array(checkpoints(recipe.fit.steps))
    return Job(recipe, flat, x, y, pool, walk, marks, recipe.fit.batch_size)


def _numba(job: Job, gradient: Any, threads: int) -> tuple[float, Array]:
    """Seconds for all seeds, the median of several runs, and losses ``(seeds, marks)``."""
    numba.set_num_threads(threads)
    loop = loops.one_after_another if threads == 1 else loops.on_threads
    given = job.x, job.y, job.pool, job.walk, job.batch
    loop(gradient, *job.rate, job.weights.copy(), *given, job.marks[:1], _room(job))  # compiles
    timed: list[float] = []
    while len(timed) < RUNS and sum(timed) < ENOUGH:
        weights, losses = job.weights.copy(), _room(job)
        began = time.perf_counter()
        loop(gradient, *job.rate, weights, *given, job.marks, losses)
        timed.append(time.perf_counter() - began)
    return median(timed), losses


def _room(job: Job) -> Array:
    return np.zeros((len(job.weights), len(job.marks)))


def _agreement(losses: Array, marks: Array, outcomes: list[Outcome]) -> tuple[float, float]:
    """The share of trials whose losses are the engine's, early and at the last look in common."""
    looks = min(losses.shape[1], *(len(o.curve) for o in outcomes))
    compared = outcomes[: len(losses)]
    known = np.array([[loss for _, loss, _ in o.curve[:looks]] for o in compared])
    same = np.isclose(losses[:, :looks], known, rtol=AGREE, atol=1e-6)
    early = max(0, int(np.searchsorted(marks[:looks], EARLY, side="right")) - 1)
    return float(same[:, early].mean()), float(same[:, -1].mean())


if __name__ == "__main__":
    main()
