"""Watching a training from inside: what a trace needs, at each checkpoint."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unstuck.recipe import Array
from unstuck.trace import Trace
from unstuck.trials.batching import lanes_in_mind
from unstuck.trials.engine import Lanes
from unstuck.trials.initial import State
from unstuck.trials.lower import Lowered
from unstuck.trials.measure import Measure
from unstuck.trials.plan import checkpoints

SAMPLE_ROWS = 256
FEW_ROWS = 32
SHARE = 0.1  # of the rows trained on: looking must cost little beside the training
RECTIFIED = frozenset({"relu", "relu6"})
BOUNDED = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
BOUNDED |= {"softsign": (-1.0, 1.0), "hard_tanh": (-1.0, 1.0)}
PINNED = 0.005  # of the range, from an end: tanh beyond 0.99
STEPWISE = frozenset(
    {"LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}
)  # gate what they give


class Observer:
    """Collects a ``Trace`` of the first arm of ``lanes``."""

    def __init__(self, lanes: Lanes, measure: Measure, planned: int) -> None:
        self.lanes, self.measure, self.planned = lanes, measure, planned
        self.groups = lanes.lowered.groups()
        self.count = len(lanes.seeds)
        batch = min(lanes.recipes[0].fit.batch_size, lanes.train.rows)
        affordable = int(SHARE * planned * batch / max(1, len(checkpoints(planned))))
        self.sample = self._sample(min(SAMPLE_ROWS, max(FEW_ROWS, affordable)))
        self.ends = self._sample(SAMPLE_ROWS)[0]
        self.look = jax.jit(jax.vmap(self._look, in_axes=(0, None)))
        self.penalised = lanes.lowered.penalised()
        self.shares = _shares(lanes.lowered)
        self.seen: dict[tuple[str, str], list[Array]] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.weights: Any = None

    def _sample(self, count: int) -> Any:
        lanes = self.lanes
        rows = np.linspace(0, lanes.train.rows - 1, min(count, lanes.train.rows)).astype(int)
        return lanes.lowered.batch(lanes.recipes[0], lanes.train.take(rows))

    def _look(self, state: State, sample: Any) -> tuple[Any, Any, Any]:
        lowered = self.lanes.lowered
        loss, gradient = jax.value_and_grad(lowered.loss)(state[0], state, *sample)
        if not self.penalised:
            return loss, self._norms(gradient), ((), ())
        penalty = jax.grad(lowered.penalty)(state[0], state, sample[0])
        data = [whole - part for whole, part in zip(gradient, penalty, strict=True)]
        return loss, self._norms(gradient), (self._norms(penalty), self._norms(data))

    def _norms(self, leaves: Any) -> Any:
        squares = [jnp.sum(jnp.square(leaf.astype(jnp.float32))) for leaf in leaves]
        norms = [jnp.sqrt(sum(squares[i] for i in own)) for own in self.groups.values()]
        return jnp.stack(norms) if norms else jnp.zeros((0,))

    def see(self, scores: Array, *, ends: bool = False) -> None:
        """Look at the present state; ``ends`` marks the first and the last look."""
        state = jax.tree.map(lambda leaf: leaf[: self.count], self.lanes.state)
        with lanes_in_mind(small=self.lanes.small):
            loss, gradient, parts = self.look(state, self.sample)
        update, size = self._update(state)
        norms = np.asarray(gradient), update, size, *(np.asarray(part) for part in parts)
        self.rows.append((self.lanes.step, np.asarray(loss), scores[: self.count], *norms))
        if ends and self.shares is not None:
            with lanes_in_mind(small=self.lanes.small):
                shares = self.shares(state, self.ends)
            for kind, layers in shares.items():
                for name, share in layers.items():
                    self.seen.setdefault((kind, name), []).append(np.asarray(share))

    def _update(self, state: State) -> tuple[Array, Array]:
        """How far each layer's weights have moved since the last look, a step, over their size;
        and that size."""
        now = [np.asarray(leaf, dtype=np.float64) for leaf in state[0]]
        before, self.weights, sizes = self.weights, now, self._sizes(now)
        if before is None:
            return np.zeros_like(sizes), sizes
        steps = max(1, self.lanes.step - self.rows[-1][0])
        moved = self._sizes([n - b for n, b in zip(now, before, strict=True)])
        return moved / np.maximum(sizes, 1e-12) / steps, sizes

    def _sizes(self, leaves: list[Array]) -> Array:
        squares = [(leaf**2).reshape(self.count, -1).sum(axis=1) for leaf in leaves]
        sizes = [np.sqrt(sum(squares[i] for i in own)) for own in self.groups.values()]
        return np.stack(sizes, 1) if sizes else np.zeros((self.count, 0))

    def trace(self) -> Trace:
        """Everything seen so far."""
        steps, loss, score, gradient, update, size, *parts = zip(*self.rows, strict=True)
        none = np.zeros((self.count, 0, 0))
        penalty, data = (np.stack(p, 1) if self.penalised else none for p in parts)
        return Trace(
            steps=np.array(steps),
            loss=np.stack(loss, 1),
            score=np.stack(score, 1),
            learning_rate=np.array([self.lanes.lowered.rate(step) for step in steps]),
            layers=tuple(self.groups),
            gradient=np.stack(gradient, 1),
            update=np.stack(update, 1),
            silent=self._seen("silent"),
            planned=self.planned,
            size=np.stack(size, 1),
            penalty=penalty,
            unpenalised=data,
            pinned=self._seen("pinned"),
            fitted=self.lanes.fitted(self.measure, min(SAMPLE_ROWS, self.lanes.known.rows)),
        )

    def _seen(self, kind: str) -> dict[str, Array]:
        """Shares of a kind by layer ``(seeds, 2, units)``."""
        own = {name: looks for (of, name), looks in self.seen.items() if of == kind}
        return {name: np.stack(looks, 1) for name, looks in own.items() if len(looks) == 2}


def _shares(lowered: Lowered) -> Any:
    """A function of (states, x): for each rectified layer the share of rows ``(lanes, units)`` for
    which a unit gives zero ("silent"), and for each bounded one for which it is at an end
    ("pinned"); None where the graph is not known."""
    at_hand = {x.name for x in lowered.model.layers}  # not within another model
    kinds = {
        x.name: x.activation
        for x in lowered.recipe.model.layers
        if x.activation in RECTIFIED or (x.activation in BOUNDED and x.kind not in STEPWISE)
        if x.name in at_hand
    }
    outputs = lowered.activations(list(kinds))
    if outputs is None:
        return None

    def share(state: State, x: Any) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {"silent": {}, "pinned": {}}
        for (name, activation), given in zip(kinds.items(), outputs(state, x), strict=True):
            kind = "silent" if activation in RECTIFIED else "pinned"
            there = given == 0 if kind == "silent" else _pinned(given, *BOUNDED[activation])
            found[kind][name] = jnp.mean(there, axis=tuple(range(given.ndim - 1)))
        return found

    return jax.jit(jax.vmap(share, in_axes=(0, None)))


def _pinned(values: Any, low: float, high: float) -> Any:
    near = PINNED * (high - low)
    return (values < low + near) | (values > high - near)
