"""The compiled loop: all seeds of all arms of one shape train together.

The idea. A small network's step costs microseconds, and calling into Python for it costs a
hundred times more. So the whole stretch between two looks is one XLA program: a counted loop
over steps whose body is Keras's own training step, vectorised over *lanes*. A lane is one trial:
its own weights, its own random state, its own order of rows. Arms that differ in numbers only
(scales of the data, learning rate, initial weights) are more lanes of the same program; data are
laid out once on the device, with an axis for the arm.

Orders. Drawing a fresh permutation per lane and epoch would cost more than training, so a pool
of orders is drawn beforehand and each lane walks through it in a random sequence of its own.
Rows that fill no whole batch make a smaller last batch, as in ``fit``; they are the second branch
of a condition on the step number, which is the same for all lanes, so only one branch runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unstuck.recipe import Array, Data, Feed, Recipe
from unstuck.trials.fold import Fold, fold
from unstuck.trials.lower import Lowered, State
from unstuck.trials.measure import Measure
from unstuck.trials.plan import Split

POOL_NUMBERS = 20_000_000
POOL_ORDERS = 64
WALK = 4096
STRETCH_SECONDS = 0.5
TIMED_SECONDS = 0.05


@dataclass(frozen=True)
class Orders:
    """What every batch is made of: ``full`` is ``(orders, batches, batch)`` row numbers, ``last``
    is ``(orders, rest)``, ``walk`` is ``(lanes, WALK)``: which order a lane takes in an epoch.
    Folded, ``full`` holds the weights of the distinct rows instead, ``(orders, batches, U)``,
    the smaller last batch among them."""

    full: Array
    last: Array
    walk: Array


def orders(
    recipe: Recipe, rows: int, seeds: tuple[int, ...], epochs: int, folded: Fold | None
) -> Orders:
    """The orders in which lanes see ``rows`` rows; in the program's own where it does not
    shuffle or hands over finished batches."""
    batch = min(recipe.fit.batch_size, rows)
    shuffled = recipe.fit.shuffle and recipe.data.feed is Feed.ARRAYS
    count = max(1, min(POOL_ORDERS, epochs, POOL_NUMBERS // rows)) if shuffled else 1
    random = np.random.default_rng(1)
    one = random.permutation if shuffled else np.arange
    pool = np.stack([one(rows) for _ in range(count)]).astype(np.int32)
    whole = rows // batch
    full = pool[:, : whole * batch].reshape(count, whole, batch)
    last = pool[:, whole * batch :]
    walk = np.stack([np.random.default_rng(seed).integers(0, count, WALK) for seed in seeds])
    if folded is not None:
        parts = [folded.weights(full)]
        if last.shape[1]:
            parts.append(folded.weights(last)[:, None])
        full, last = np.concatenate(parts, axis=1), last[:, :0]
    return Orders(full, last, walk.astype(np.int32))


class Lanes:
    """All trials of one shape, trained side by side.

    ``recipes`` are the arms (remedies applied), ``seeds`` the trials of each. Lanes are ordered
    by arm, then seed.
    """

    def __init__(
        self,
        lowered: Lowered,
        recipes: tuple[Recipe, ...],
        rows: Split,
        seeds: tuple[int, ...],
        epochs: int,
    ) -> None:
        self.lowered, self.recipes, self.seeds = lowered, recipes, seeds
        self.train, self.judged = rows.train, rows.judged
        folded = fold(recipes[0], self.train)
        lowered.folded = folded is not None
        lanes = seeds * len(recipes)
        self.orders = orders(recipes[0], self.train.rows, lanes, epochs, folded)
        train = self.train if folded is None else self.train.take(folded.rows)
        self.data = _stacked([lowered.batch(r, _data(r, train)) for r in recipes])
        self.fresh_rows = _stacked([(lowered.batch(r, self.judged)[0],) for r in recipes])[0]
        self.arms = np.repeat(np.arange(len(recipes)), len(seeds)).astype(np.int32)
        self.state = _stacked([self._begin(r, s) for r in recipes for s in seeds])
        self.step = 0
        self.rate = 0.0  # seconds a step, measured
        self.stretch = 1  # steps until the next look at the clock

    def _begin(self, recipe: Recipe, seed: int) -> State:
        state = self.lowered.fresh(recipe, seed)
        index = self.lowered.rate_index()
        if index is not None:
            state[2][index] = jnp.asarray(recipe.optimizer.learning_rate, jnp.float32)
        return state

    def advance(self, target: int, deadline: float) -> Array:
        """Train up to step ``target`` or until ``deadline`` (``time.monotonic``): the mean loss
        of each lane over the steps done."""
        total, done = np.zeros(len(self.arms)), 0
        while self.step < target and time.monotonic() < deadline:
            stretch = max(1, min(target - self.step, self.stretch))
            total += self._train(stretch)
            done += stretch
        return total / max(done, 1)

    def _train(self, stretch: int) -> Array:
        compiled = self.step > 0
        began = time.monotonic()
        self.state, loss = _advance(self.lowered)(
            self.state,
            self.data,
            self.orders.full,
            self.orders.last,
            self.orders.walk,
            self.arms,
            self.step,
            self.step + stretch,
        )
        total = np.asarray(loss, dtype=np.float64)
        taken = time.monotonic() - began
        self.step += stretch
        if compiled:
            self.rate = taken / stretch
            self.stretch = min(stretch * 8, max(1, int(STRETCH_SECONDS / self.rate)))
        return total

    def timed(self, deadline: float) -> None:
        """Train until ``rate`` is that of the loop and no longer that of calling it."""
        self._train(1)
        while time.monotonic() < deadline:
            before = time.monotonic()
            self._train(self.stretch)
            if time.monotonic() - before > TIMED_SECONDS:
                return

    def scores(self, measure: Measure) -> Array:
        """The score of every lane on the judged rows."""
        outputs = _predict(self.lowered)(self.state, self.fresh_rows, self.arms)
        found = np.empty(len(self.arms))
        for arm, recipe in enumerate(self.recipes):
            mine = self.arms == arm
            answers = recipe.answers(tuple(np.asarray(o)[mine] for o in outputs))
            found[mine] = measure.score(answers, self.judged.targets)
        return found

    def lane(self, index: int) -> State:
        """The state of one lane."""
        return jax.tree.map(lambda leaf: np.asarray(leaf[index]), self.state)


def _data(recipe: Recipe, train: Data) -> Data:
    """The rows an arm trains on: those drawn, where a remedy has put them in place."""
    return train.drawn if train.drawn is not None and recipe.data.drawn is None else train


def _stacked(trees: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(x) for x in leaves]), *trees)


def _cached(make: Callable[[Lowered], Any]) -> Callable[[Lowered], Any]:
    """One compiled function for each lowered recipe, kept with it."""
    name = f"_compiled_{make.__name__}"

    def get(lowered: Lowered) -> Any:
        if name not in lowered.__dict__:
            lowered.__dict__[name] = make(lowered)
        return lowered.__dict__[name]

    return get


@_cached
def _advance(lowered: Lowered) -> Any:
    def lane(data: Any, rows: Any, arm: Any, state: State) -> tuple[State, Any]:
        if lowered.folded:
            x, y, _ = jax.tree.map(lambda leaf: leaf[arm], data)
            return lowered.step(state, x, y, rows)
        return lowered.step(state, *jax.tree.map(lambda leaf: leaf[arm, rows], data))

    def advance(
        state: State, data: Any, full: Any, last: Any, walk: Any, arms: Any, begin: int, end: int
    ) -> tuple[State, Any]:
        batches = full.shape[1]
        per_epoch = batches + (last.shape[1] > 0)

        def many(state: State, rows: Any) -> Any:
            return jax.vmap(partial(lane, data))(rows, arms, state)

        def body(step: Any, carry: Any) -> Any:
            state, total = carry
            epoch, batch = step // per_epoch, step % per_epoch
            order = walk[:, epoch % walk.shape[1]]

            def whole(state: State) -> Any:
                return many(state, full[order, jnp.minimum(batch, batches - 1)])

            if last.shape[1]:
                state, loss = jax.lax.cond(
                    batch == batches, lambda s: many(s, last[order]), whole, state
                )
            else:
                state, loss = whole(state)
            return state, total + loss

        return jax.lax.fori_loop(begin, end, body, (state, jnp.zeros(len(arms))))

    return jax.jit(advance, donate_argnums=0)


@_cached
def _predict(lowered: Lowered) -> Any:
    def predict(state: State, rows: Any, arms: Any) -> Any:
        return jax.vmap(lambda s, arm: lowered.predict(s, jax.tree.map(lambda x: x[arm], rows)))(
            state, arms
        )

    return jax.jit(predict)
