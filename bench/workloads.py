"""What is measured: trainings as programs, captured as the product captures them, and the one
place where benchmarks call the trial engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from unstuck.capture.script import capture_script
from unstuck.recipe import Array, Data, Recipe
from unstuck.trial import NOTHING, Arm, Ending, Outcome
from unstuck.trials.executors import Executor, Placement, open_executor
from unstuck.trials.orders import orders
from unstuck.trials.plan import Group
from unstuck.trials.rounds import Rounds
from unstuck.trials.split import split

ROOT = Path(__file__).parents[1]
PATIENCE = 3600.0  # seconds; more than any workload takes


@dataclass(frozen=True)
class Work:
    """A program trained over ``seeds`` seeds, ``epochs`` long (0: as the program says).

    ``fit_epochs`` is how much of one training ``model.fit`` is timed on; ``goal`` the ratio to
    it that is aimed at.
    """

    name: str
    program: str
    seeds: int
    goal: float
    fit_epochs: int
    epochs: int = 0

    def recipe(self, *, quick: bool = False) -> Recipe:
        """The program's training, captured; cut to almost nothing where ``quick``."""
        found = capture_script(ROOT / self.program, after=0.0).recipes[0]
        epochs = self.epochs or found.fit.epochs
        recipe = replace(found, fit=replace(found.fit, epochs=epochs))
        return _cut(recipe) if quick else recipe


WORKLOADS = (
    Work("xor, 8 units, batch 1", "bench/programs/xor_batch_one.py", 64, 3000, fit_epochs=200),
    Work("xor as posted", "examples/xor.py", 32, 300, fit_epochs=10),
    Work("multiply as posted", "examples/multiply.py", 32, 100, fit_epochs=3),
    Work("extrapolate as posted", "examples/extrapolate.py", 32, 200, fit_epochs=1),
    Work("mod7 LSTM", "bench/programs/mod7_lstm.py", 8, 1.2, fit_epochs=2, epochs=4),
    Work("digits CNN", "examples/healthy/digits_cnn.py", 16, 3, fit_epochs=15),
)
FOUR = WORKLOADS[:4]
QUICK_STEPS = 8


def _cut(recipe: Recipe) -> Recipe:
    """Two epochs of ``QUICK_STEPS`` updates."""
    steps = min(QUICK_STEPS, recipe.fit.steps_per_epoch)
    data = recipe.data.take(slice(0, steps * recipe.fit.batch_size))
    return replace(recipe, data=data, fit=replace(recipe.fit, epochs=2, steps_per_epoch=steps))


@dataclass
class Engine:
    """Trains an opened recipe as the product does: in worker processes, one a core. Nothing is
    kept of it."""

    executor: Executor
    rounds: Rounds | None = None

    def open(self, recipe: Recipe) -> None:
        self.rounds = Rounds(self.executor, recipe)

    def run(self, seeds: Sequence[int], steps: int) -> tuple[float, list[Outcome]]:
        """Seconds as the caller sees them, from fresh weights to outcomes, and the outcomes;
        every trial is trained to its last step.

        Raises:
            RuntimeError: no recipe is open, or a trial was not trained by the compiled engine.
        """
        if self.rounds is None:
            raise RuntimeError("no recipe is open")
        arm = Arm(NOTHING, tuple(seeds), steps)
        began = time.perf_counter()
        result = self.rounds.run([arm], PATIENCE, whole=True).first
        seconds = time.perf_counter() - began
        failed = [o.message for o in result.outcomes if o.ending is Ending.FAILED]
        if failed or result.engine != "compiled":
            raise RuntimeError(failed[0] if failed else result.message)
        return seconds, list(result.outcomes)


@contextmanager
def engine(placement: str = Placement.PROCESSES) -> Iterator[Engine]:
    """The product's workers, as many as there are cores."""
    with closing(open_executor(placement)) as executor:
        yield Engine(executor)


def in_process(recipe: Recipe) -> Callable[[Sequence[int], int], None]:
    """A function of seeds and steps that trains them in this process, as one worker does."""
    from unstuck.trials.task import Task
    from unstuck.trials.work import Bench

    bench = Bench(recipe)

    def run(seeds: Sequence[int], steps: int) -> None:
        group = Group((Arm(NOTHING, tuple(seeds), steps),), (recipe,))
        (result,) = bench.run(Task(group, PATIENCE)).results
        if result.engine != "compiled":
            raise RuntimeError(result.message)

    return run


def laid_out(recipe: Recipe, seeds: tuple[int, ...]) -> tuple[list[Array], Data, Array, Array]:
    """What the engine itself would train on: initial weights (seeds first), rows, a pool of orders
    of rows ``(orders, N)``, and which of them each seed takes in each epoch ``(seeds, epochs)``."""
    from unstuck.trials.lower import Lowered
    from unstuck.trials.program import flat_draws

    train = split(recipe).train
    with flat_draws():
        weights = [np.asarray(w) for w in Lowered(recipe).states(recipe, seeds)[0]]
    drawn = orders(recipe, train.rows, seeds, None)
    pool = np.concatenate([drawn.full.reshape(len(drawn.full), -1), drawn.last], axis=1)
    return weights, train, pool, drawn.walk
