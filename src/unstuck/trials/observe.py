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
from unstuck.trials.plan import checkpoints

SAMPLE_ROWS = 256
FEW_ROWS = 32
SHARE = 0.1  # of the rows trained on: looking must cost little beside the training
RECTIFIED = frozenset({"relu", "relu6"})


class Observer:
    """Collects a ``Trace`` of the first arm of ``lanes``."""

    def __init__(self, lanes: Lanes, planned: int) -> None:
        self.lanes, self.planned = lanes, planned
        self.groups = lanes.lowered.groups()
        self.count = len(lanes.seeds)
        batch = min(lanes.recipes[0].fit.batch_size, lanes.train.rows)
        affordable = int(SHARE * planned * batch / max(1, len(checkpoints(planned))))
        self.sample = self._sample(min(SAMPLE_ROWS, max(FEW_ROWS, affordable)))
        self.ends = self._sample(SAMPLE_ROWS)[0]
        self.look = jax.jit(jax.vmap(self._look, in_axes=(0, None)))
        self.silent = _silence(lanes.lowered)
        self.silence: dict[str, list[Array]] = {}
        self.rows: list[tuple[Any, ...]] = []
        self.weights: Any = None

    def _sample(self, count: int) -> Any:
        lanes = self.lanes
        rows = np.linspace(0, lanes.train.rows - 1, min(count, lanes.train.rows)).astype(int)
        return lanes.lowered.batch(lanes.recipes[0], lanes.train.take(rows))

    def _look(self, state: State, sample: Any) -> tuple[Any, Any]:
        loss, gradient = jax.value_and_grad(self.lanes.lowered.loss)(state[0], state, *sample)
        return loss, self._norms(gradient)

    def _norms(self, leaves: Any) -> Any:
        squares = [jnp.sum(jnp.square(leaf.astype(jnp.float32))) for leaf in leaves]
        norms = [jnp.sqrt(sum(squares[i] for i in own)) for own in self.groups.values()]
        return jnp.stack(norms) if norms else jnp.zeros((0,))

    def see(self, scores: Array, *, ends: bool = False) -> None:
        """Look at the present state; ``ends`` marks the first and the last look."""
        state = jax.tree.map(lambda leaf: leaf[: self.count], self.lanes.state)
        with lanes_in_mind(small=self.lanes.small):
            loss, gradient = self.look(state, self.sample)
        update = self._update(state)
        self.rows.append(
            (self.lanes.step, np.asarray(loss), scores[: self.count], np.asarray(gradient), update)
        )
        if ends and self.silent is not None:
            with lanes_in_mind(small=self.lanes.small):
                shares = self.silent(state, self.ends)
            for name, share in shares.items():
                self.silence.setdefault(name, []).append(np.asarray(share))

    def _update(self, state: State) -> Array:
        now = [np.asarray(leaf, dtype=np.float64) for leaf in state[0]]
        before, self.weights = self.weights, now
        if before is None:
            return np.zeros((self.count, len(self.groups)))
        steps = max(1, self.lanes.step - self.rows[-1][0])
        moved = self._sizes([n - b for n, b in zip(now, before, strict=True)])
        return moved / np.maximum(self._sizes(now), 1e-12) / steps

    def _sizes(self, leaves: list[Array]) -> Array:
        squares = [(leaf**2).reshape(self.count, -1).sum(axis=1) for leaf in leaves]
        sizes = [np.sqrt(sum(squares[i] for i in own)) for own in self.groups.values()]
        return np.stack(sizes, 1) if sizes else np.zeros((self.count, 0))

    def trace(self) -> Trace:
        """Everything seen so far."""
        steps, loss, score, gradient, update = zip(*self.rows, strict=True)
        return Trace(
            steps=np.array(steps),
            loss=np.stack(loss, 1),
            score=np.stack(score, 1),
            learning_rate=np.array([self.lanes.lowered.rate(step) for step in steps]),
            layers=tuple(self.groups),
            gradient=np.stack(gradient, 1),
            update=np.stack(update, 1),
            silent={k: np.stack(v, 1) for k, v in self.silence.items() if len(v) == 2},
            planned=self.planned,
        )


def _silence(lowered: Lowered) -> Any:
    """A function of (states, x): for each rectified layer, the share of rows ``(lanes, units)``
    for which a unit gives zero; None where the graph is not known."""
    names = [x.name for x in lowered.recipe.model.layers if x.activation in RECTIFIED]
    outputs = lowered.activations(names)
    if outputs is None:
        return None

    def share(state: State, x: Any) -> dict[str, Any]:
        found = outputs(state, x)
        zero = [jnp.mean(o == 0, axis=tuple(range(o.ndim - 1))) for o in found]
        return dict(zip(names, zero, strict=True))

    return jax.jit(jax.vmap(share, in_axes=(0, None)))
