"""Experiments on a program before its first update: cheap questions to the network.

Each question is asked apart from the others. One that cannot be asked, for whatever reason,
leaves its part of the answer empty: no training may fail for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unstuck.experiments import Experiments
from unstuck.recipe import Array, Recipe
from unstuck.trials.batching import lanes_in_mind
from unstuck.trials.engine import Lanes
from unstuck.trials.initial import State
from unstuck.trials.objective import asked_of_the_loss
from unstuck.trials.reach import dependence

SETS = 4  # of weights
ROWS = 64
BATCHES = 8
FEATURES = 128
SECONDS = 3.0  # after which no further question is begun
SHARE = 0.1
PARAMETERS = 3_000_000
NUMBERS = 2**26  # that the layers may give for the rows of all sets together
STEP = 1e-3  # of the loss, which a tiny step is to take away
MOVED = 1e-5  # of the largest output, beyond the rounding of single precision


def experiments(lanes: Lanes, seconds: float) -> Experiments | None:
    """What comes of them, on the first lanes as they stand, in a share of the ``seconds`` that
    the training has; None for a network too large."""
    recipe = lanes.recipes[0]
    if _is_dear(recipe):
        return None
    found, asking = Experiments(), Asking(lanes)
    ends = time.monotonic() + min(SECONDS, SHARE * seconds)
    for ask in (_traced, _exchanged, _loss, _features, _stepped):
        if time.monotonic() < ends:
            found = _asked(ask, asking, found)
    return found


def _asked(ask: Question, of: Asking, known: Experiments) -> Experiments:
    try:
        with np.errstate(all="ignore"), lanes_in_mind(small=of.lanes.small):
            return ask(of, known)
    except Exception:  # the user's own code may raise anything where it is asked otherwise
        return known


def _is_dear(recipe: Recipe) -> bool:
    layers = recipe.model.layers
    given = sum(prod(n or 1 for n in layer.output_shape) for layer in layers)
    weights = sum(layer.parameters for layer in layers)
    return weights > PARAMETERS or given * SETS * _rows(recipe) > NUMBERS


def _rows(recipe: Recipe) -> int:
    """A batch of the program's own size where that is small: the network may rely on it."""
    own = min(recipe.fit.batch_size, recipe.data.rows)
    return own if own <= 4 * ROWS else ROWS


class Asking:
    """Sets of weights and batches of rows."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes, self.lowered, self.recipe = lanes, lanes.lowered, lanes.recipes[0]
        count = min(SETS, len(lanes.seeds))
        self.state: State = jax.tree.map(lambda leaf: leaf[:count], lanes.state)
        self.rows = min(_rows(self.recipe), lanes.train.rows)

    @property
    def one(self) -> State:
        """The first set alone."""
        return jax.tree.map(lambda leaf: leaf[0], self.state)

    def batch(self, number: int = 0) -> Any:
        """A batch in the structure that the model takes."""
        picked = (np.arange(self.rows) + number * self.rows) % self.lanes.train.rows
        return self.taken(picked)

    def taken(self, rows: Array) -> Any:
        return self.lowered.batch(self.recipe, self.lanes.train.take(rows))

    def loss(self, trainable: Any, state: State, batch: Any) -> Any:
        """The loss in training mode, as it is differentiated."""
        model, metrics = self.lowered.model, self.lowered.metrics
        given = trainable, state[1], metrics, *batch
        _, aux = model.compute_loss_and_updates(*given, training=True, optimizer_variables=state[2])
        return aux[0]

    def in_order(self, inputs: Sequence[Any]) -> list[Any]:
        """Something of each input, in the order in which JAX walks their structure."""
        return [inputs[place] for place in self._places(len(inputs))]

    def as_handed(self, found: Sequence[Any]) -> tuple[Any, ...]:
        """The other way round."""
        places = self._places(len(found))
        return tuple(found[places.index(place)] for place in range(len(found)))

    def _places(self, count: int) -> list[int]:
        form = self.recipe.forms.inputs
        return list(range(count)) if form is None else jax.tree.leaves(form)

    @cached_property
    def _predict(self) -> Any:
        return jax.jit(jax.vmap(self.lowered.predict, in_axes=(0, None)))

    def outputs(self, x: Any, state: State) -> list[Array]:
        """The outputs of all sets, in inference mode."""
        return [np.asarray(o) for o in self._predict(state, x)]


Question = Callable[[Asking, Experiments], Experiments]


def _traced(of: Asking, known: Experiments) -> Experiments:
    """What the loss depends on, and where its derivatives lead."""
    state, (x, y, weights) = of.one, of.batch()
    leaves, form = jax.tree.flatten(x)

    def value(trainable: Any, leaves: Any) -> Any:
        batch = jax.tree.unflatten(form, leaves), y, weights
        return of.loss(trainable, state, batch)

    def back(trainable: Any, cotangent: Any) -> Any:
        return jax.vjp(lambda t: value(t, leaves), trainable)[1](cotangent)

    trainable = list(state[0])
    reached = dependence(jax.make_jaxpr(value)(trainable, leaves))[0]
    count = len(trainable)
    ones = jnp.ones((), jax.eval_shape(value, trainable, leaves).dtype)
    led = dependence(jax.make_jaxpr(back)(trainable, ones))
    return replace(
        known,
        variables=tuple(v.path for v in of.lowered.model.trainable_variables),
        used=np.array([i in reached for i in range(count)], dtype=bool),
        led=np.array([count in marks for marks in led], dtype=bool),
        inputs=np.array(of.as_handed([count + i in reached for i in range(len(leaves))])),
    )


def _loss(of: Asking, known: Experiments) -> Experiments:
    """The loss alone, of predictions that it is given."""
    x, y, weights = of.batch()
    outputs = tuple(o[0] for o in of.outputs(x, of.state))
    return asked_of_the_loss(of.lowered.model, outputs, y, weights, known)


def _exchanged(of: Asking, known: Experiments) -> Experiments:
    """One row of a batch exchanged for another: which outputs of the other rows move?"""
    rows = np.arange(of.rows)
    if of.rows < 2:
        return known
    other = np.where(rows == 0, of.lanes.train.rows // 2, rows)
    if _equal(of, other):
        return known
    before, after = (of.outputs(of.taken(r)[0], of.state) for r in (rows, other))
    changes = [_change(b, a, of.rows) for b, a in zip(before, after, strict=True)]
    share = [(c[:, 1:] > MOVED).mean(axis=1) for c in changes]
    weight = [c[:, 1:].max(axis=1) / np.maximum(c.max(axis=1), MOVED) for c in changes]
    return replace(known, mixed=np.max(share, axis=0), weight=np.max(weight, axis=0))


def _equal(of: Asking, other: Array) -> bool:
    """Whether the exchange changes nothing."""
    inputs = of.lanes.train.inputs
    return all(np.array_equal(x[0], x[other[0]]) for x in inputs)


def _change(before: Array, after: Array, rows: int) -> Array:
    """``(S, rows)`` how far a row's outputs have moved, over the largest output.

    Raises:
        ValueError: outputs have no axis of rows, or are no finite numbers.
    """
    if before.shape[1:2] != (rows,) or not (np.isfinite(before) & np.isfinite(after)).all():
        raise ValueError("no outputs for each row")
    change = np.abs(after.astype(np.float64) - before)
    change = change.reshape(*before.shape[:2], -1).max(axis=2)
    size = np.abs(before).reshape(len(before), -1).max(axis=1, keepdims=True)
    return change / np.maximum(size, 1e-30)


def _stepped(of: Asking, known: Experiments) -> Experiments:
    """The gradient of several batches, and a tiny step against that of the first; to compile
    this is dear where the network is not small."""
    if not of.lanes.small:
        return known

    def look(state: State, batch: Any) -> Any:
        loss, gradient = jax.value_and_grad(of.loss)(state[0], state, batch)
        square = sum(jnp.sum(jnp.square(g.astype(jnp.float32))) for g in gradient)
        size = sum(jnp.sum(jnp.square(w.astype(jnp.float32))) for w in state[0])
        far = jnp.minimum(STEP * jnp.abs(loss) / square, STEP * jnp.sqrt(size / square))
        moved = [w - (far * g).astype(w.dtype) for w, g in zip(state[0], gradient, strict=True)]
        fall = (loss - of.loss(moved, state, batch)) / (far * square)
        return loss, square, fall, of.lowered.loss(state[0], state, *batch)

    asked = jax.jit(jax.vmap(look, in_axes=(0, None)))
    count = max(1, min(BATCHES, of.lanes.train.rows // of.rows))
    seen = [[np.asarray(a, np.float64) for a in asked(of.state, of.batch(i))] for i in range(count)]
    broken = [np.isfinite(loss) & ~np.isfinite(square) for loss, square, _, _ in seen]
    loss, _, fall, inference = seen[0]
    return replace(
        known,
        training_loss=loss,
        loss=inference,
        descent=fall,
        broken=np.mean(broken, axis=0),
    )


def _features(of: Asking, known: Experiments) -> Experiments:
    """Each feature given other values: does any output move? Asked again of weights moved at
    random, since at the start a unit may be dead, or a layer zero."""
    inputs = of.in_order(of.recipe.trained_inputs(of.lanes.train))
    narrow = sum(x.shape[-1] for x in inputs) <= FEATURES
    if not (of.lanes.small and narrow and all(x.ndim == 2 for x in inputs)):
        return known
    leaves, form = jax.tree.flatten(of.batch()[0])
    values = [[np.unique(column) for column in x.T] for x in inputs]
    found = [np.array([len(v) < 2 for v in columns]) for columns in values]
    random = np.random.default_rng(0)
    for state in (of.state, _shaken(of.state)):
        before = of.outputs(jax.tree.unflatten(form, leaves), state)
        for i, leaf in enumerate(leaves):
            for f in np.flatnonzero(~found[i]):
                changed = np.array(leaf)
                changed[:, f] = random.choice(values[i][f], len(leaf))
                x = jax.tree.unflatten(form, [*leaves[:i], changed, *leaves[i + 1 :]])
                pairs = zip(before, of.outputs(x, state), strict=True)
                found[i][f] = any(_change(b, a, of.rows).any() for b, a in pairs)
        if all(f.all() for f in found):
            break
        found = [f | s for f, s in zip(found, _sloped(of, leaves, form, state), strict=True)]
    return replace(known, features=of.as_handed(found))


def _sloped(of: Asking, leaves: list[Any], form: Any, state: State) -> list[Array]:
    """For each input ``(F,)``, whether an output has a derivative by a feature: one of small
    values moves nothing that single precision can hold."""

    def total(leaves: Any, state: State) -> Any:
        outputs = of.lowered.predict(state, jax.tree.unflatten(form, leaves))
        return sum(jnp.sum(jnp.sin(o)) for o in outputs)  # of a softmax too it is no constant

    real = [i for i, leaf in enumerate(leaves) if leaf.dtype.kind == "f"]
    found = [np.zeros(leaf.shape[1], dtype=bool) for leaf in leaves]

    def part(some: Any, state: State) -> Any:
        given = [some[real.index(i)] if i in real else leaf for i, leaf in enumerate(leaves)]
        return total(given, state)

    slopes = jax.jit(jax.vmap(jax.grad(part), in_axes=(None, 0)))([leaves[i] for i in real], state)
    for i, slope in zip(real, slopes, strict=True):
        found[i] = (np.asarray(slope) != 0).any(axis=(0, 1))
    return found


def _shaken(state: State) -> State:
    random = np.random.default_rng(0)

    def moved(leaf: Any) -> Any:
        values = np.asarray(leaf, dtype=np.float32)
        scale = max(0.1, float(values.std()))
        return (values + random.normal(scale=scale, size=values.shape)).astype(leaf.dtype)

    return [moved(leaf) for leaf in state[0]], state[1], state[2]
