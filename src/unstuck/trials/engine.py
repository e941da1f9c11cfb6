"""The compiled loop: all seeds of all arms of one shape train together.

The idea. A small network's step costs microseconds, and calling into Python for it costs a
hundred times more. So the whole stretch between two looks is one XLA program: a counted loop
over steps whose body is Keras's own training step, vectorised over *lanes*. A lane is one trial:
its own weights, its own random state, its own order of rows. Arms that differ in numbers only
(scales of the data, learning rate, initial weights) are more lanes of the same program; data are
laid out once on the device, equal ones once for all arms.

Rows that fill no whole batch make a smaller last batch, as in ``fit``; they are the second branch
of a condition on the step number, which is the same for all lanes, so only one branch runs.
Counts of lanes are rounded up to few sizes (the lanes too many are not looked at), so that one
compiled program serves many groups.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unstuck.recipe import Array, Recipe
from unstuck.trials.batching import lanes_in_mind
from unstuck.trials.callbacks import steers
from unstuck.trials.fold import fold
from unstuck.trials.initial import State
from unstuck.trials.lower import Lowered
from unstuck.trials.measure import Measure
from unstuck.trials.orders import orders
from unstuck.trials.plan import in_few_sizes, is_small
from unstuck.trials.program import advance, evaluate, predict
from unstuck.trials.split import Split, trained
from unstuck.trials.steering import Logs, Steering

STRETCH_SECONDS = 0.5
TIMED_SECONDS = 0.05


class Lanes:
    """All trials of one shape and on the same rows, trained side by side.

    ``recipes`` are the arms (remedies applied), ``seeds`` the trials of each. Lanes are ordered
    by arm, then seed.
    """

    def __init__(
        self,
        lowered: Lowered,
        recipes: tuple[Recipe, ...],
        rows: Split,
        seeds: tuple[int, ...],
    ) -> None:
        self.lowered, self.recipes, self.seeds = lowered, recipes, seeds
        self.small = is_small(recipes[0])
        self.train, self.judged = trained(recipes[0], rows), rows.judged
        self.known = rows.train
        folded = fold(recipes[0], self.train)
        lowered.folded = folded is not None
        self.count = len(seeds) * len(recipes)
        train = self.train if folded is None else self.train.take(folded.rows)
        self.data, sets = _laid_out([lowered.batch(r, train) for r in recipes])
        rows_judged = [(lowered.batch(r, self.judged)[0],) for r in recipes]
        (self.judged_rows,), judged_sets = _laid_out(rows_judged)
        self.arms = np.repeat(np.arange(len(recipes)), len(seeds))
        lanes = self._lanes()
        self.sets, self.judged_sets = sets[self.arms[lanes]], judged_sets[self.arms[lanes]]
        lane_seeds = tuple(seeds[lane % len(seeds)] for lane in lanes)
        found = orders(recipes[0], self.train.rows, lane_seeds, folded)
        self.orders = jax.device_put((found.full, found.last, found.walk))
        self.state = self._begin(lanes)
        self.steering = self._steering() if any(map(steers, recipes)) else None
        if self.steering:
            self.state = self.steering.begin(self.state)
        self.step = 0
        self.rate = 0.0  # seconds a step, measured
        self.stretch = 1  # steps until the next look at the clock

    def _lanes(self) -> Array:
        """The number of the lane that stands in each place; those too many repeat the first."""
        places = in_few_sizes(self.count) if self.small else self.count
        lanes = np.zeros(places, dtype=int)
        lanes[: self.count] = np.arange(self.count)
        return lanes

    def _begin(self, lanes: Array) -> State:
        states = self.lowered.states(self.recipes[0], self.seeds)
        picks = lanes % len(self.seeds)
        state: State = jax.tree.map(lambda leaf: np.asarray(leaf)[picks], states)
        index = self.lowered.rate_index()
        if index is not None:
            rates = np.array([r.optimizer.learning_rate for r in self.recipes], np.float32)
            state[2][index] = rates[self.arms[lanes]]
        return jax.device_put(state)

    def advance(self, target: int, deadline: float) -> Array:
        """Train up to step ``target`` or until ``deadline`` (``time.monotonic``): the mean loss
        of each lane over the steps done."""
        total, done = np.zeros(self.count), 0
        while self.step < target and time.monotonic() < deadline and (self.ends() < 0).any():
            stretch = max(1, min(target - self.step, self.stretch, self._until_look()))
            loss = self._train(stretch)
            if self.steering:
                self.state = self.steering.note(self.state, self.step, loss / stretch, stretch)
            total += loss
            done += stretch
        if self.steering:
            self.state = self.steering.held(self.state)
        return total / max(done, 1)

    def restores(self) -> bool:
        """Whether a callback puts other weights back at the end."""
        return self.steering is not None and self.steering.restores

    def finish(self) -> None:
        """After the last update, what callbacks do at the end of a training."""
        if self.steering:
            self.state = self.steering.end(self.state, self.step)

    def ends(self) -> Array:
        """The step at which a callback has ended each lane, -1 where none has."""
        return self.steering.ends if self.steering else np.full(self.count, -1)

    def _until_look(self) -> int:
        return self.steering.until_look(self.step) if self.steering else self.stretch

    def _steering(self) -> Steering:
        recipes = [self.recipes[arm] for arm in self.arms]
        return Steering(self.lowered, recipes, self.train.rows, self._validated())

    def _validated(self) -> Callable[[State], Logs]:
        """What the program's own validation rows come to, by the names that ``fit`` gives."""
        if self.recipes[0].validation is None:
            return lambda state: {}
        batches, numbers = _laid_out([_in_batches(self.lowered, r) for r in self.recipes])
        sets = numbers[self.arms[self._lanes()]]

        def logs(state: State) -> Logs:
            with lanes_in_mind(small=self.small):
                found = evaluate(self.lowered)(state, batches, sets)
            return {f"val_{name}": np.asarray(v)[: self.count] for name, v in found.items()}

        return logs

    def _train(self, stretch: int) -> Array:
        compiled = self.step > 0
        began = time.monotonic()
        with lanes_in_mind(small=self.small):
            self.state, loss = advance(self.lowered)(
                self.state,
                self.data,
                *self.orders,
                self.sets,
                self.step,
                self.step + stretch,
            )
        total = np.asarray(loss, dtype=np.float64)[: self.count]
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

    def timed_look(self, measure: Measure) -> float:
        """The seconds that scoring takes once it is compiled."""
        self.scores(measure)
        began = time.monotonic()
        self.scores(measure)
        return time.monotonic() - began

    def scores(self, measure: Measure) -> Array:
        """The score of every lane on the judged rows."""
        with lanes_in_mind(small=self.small):
            outputs = predict(self.lowered)(self.state, self.judged_rows, self.judged_sets)
        found = np.empty(self.count)
        for arm, recipe in enumerate(self.recipes):
            mine = np.flatnonzero(self.arms == arm)
            answers = recipe.answers(tuple(np.asarray(o)[mine] for o in outputs))
            found[mine] = measure.score(answers, self.judged.targets)
        return found

    def fitted(self, measure: Measure, most: int) -> Array:
        """The score of every trial of the first arm on rows that it has trained on."""
        rows = self.known.take(np.linspace(0, self.known.rows - 1, most).astype(int))
        own, recipe = slice(0, len(self.seeds)), self.recipes[0]
        x = jax.tree.map(lambda leaf: leaf[None], self.lowered.batch(recipe, rows)[0])
        with lanes_in_mind(small=self.small):
            outputs = predict(self.lowered)(self.state, x, np.zeros_like(self.judged_sets))
        answers = recipe.answers(tuple(np.asarray(o)[own] for o in outputs))
        return measure.score(answers, rows.targets)

    def weights(self) -> list[Array]:
        """The trainable weights of every lane, lanes first."""
        return [np.asarray(leaf)[: self.count] for leaf in self.state[0]]

    def trained(self) -> tuple[Array, ...]:
        """All weights of the trials of the first arm, trainable ones first; trials first."""
        leaves = [*self.state[0], *self.state[1]]
        return tuple(np.asarray(leaf)[: len(self.seeds)] for leaf in leaves)

    def lane(self, index: int) -> State:
        """The state of one lane."""
        return jax.tree.map(lambda leaf: np.asarray(leaf[index]), self.state)


def _in_batches(lowered: Lowered, recipe: Recipe) -> tuple[Any, Any]:
    """Validation rows in whole batches, and the rest; None where there is nothing of either."""
    data = recipe.validation
    if data is None:
        raise ValueError("the program has no validation data")
    x, y, weights = lowered.batch(recipe, data)
    given = (x, y) if weights is None else (x, y, weights)
    size = recipe.fit.batch_size
    count = data.rows // size

    def whole(leaf: Array) -> Array:
        return leaf[: count * size].reshape(count, size, *leaf.shape[1:])

    rest = jax.tree.map(lambda leaf: leaf[count * size :], given)
    return jax.tree.map(whole, given) if count else None, rest if data.rows % size else None


def _laid_out(trees: Sequence[Any]) -> tuple[Any, Array]:
    """Equal ones once, on a first axis, and for each the number under which it lies there."""
    digests = [_digest(tree) for tree in trees]
    first = [digests.index(d) for d in dict.fromkeys(digests)]
    stacked = jax.tree.map(
        lambda *leaves: jnp.asarray(np.stack(leaves)), *(trees[i] for i in first)
    )
    numbers = {digests[i]: number for number, i in enumerate(first)}
    return stacked, np.array([numbers[d] for d in digests], dtype=np.int32)


def _digest(tree: Any) -> bytes:
    found = hashlib.blake2b()
    for leaf in jax.tree.leaves(tree):
        found.update(np.ascontiguousarray(leaf).view(np.uint8).data)
    return found.digest()
