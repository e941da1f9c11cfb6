"""Looks at a model while Keras trains it on JAX: one seed of a ``Trace``.

A look takes the state that the training step has just returned, so nothing of the training
waits for it, changes, or is drawn at random. It costs a forward and a backward pass of a few
rows, some two dozen times in a training.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, prod
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from unstuck.capture.keras.forms import structured
from unstuck.recipe import Array, Recipe
from unstuck.trace import Trace
from unstuck.trials.lower import activations, groups
from unstuck.trials.measure import measure_of
from unstuck.trials.plan import checkpoints

SAMPLE_ROWS, FEW_ROWS = 256, 32
SHARE = 0.01  # of the rows trained on, for all looks together
BYTES = 64 * 2**20  # of activations; beyond, no more rows than the training takes at once
GROWTH = 1.31  # from one look to the next where the length is not known; 24 looks in 500 updates
RECTIFIED = frozenset({"relu", "relu6"})

State = tuple[Any, ...]  # trainable, other, optimizer and metrics variables


@dataclass(frozen=True)
class _Look:
    step: int
    rate: float
    loss: float
    gradient: Array
    update: Array
    score: float
    silent: dict[str, Array]


class Live:
    """Looks at one training. ``planned`` is 0 where its length is not known."""

    def __init__(self, model: Any, recipe: Recipe, planned: int) -> None:
        self.model, self.recipe, self.planned = model, recipe, planned
        self.due = iter(checkpoints(planned))
        self.next = 0
        self.looks: list[_Look] = []
        self.weights: list[Array] = []
        data = recipe.data
        self.rows = np.linspace(0, data.rows - 1, self._count()).astype(int)
        few, forms = data.take(self.rows), recipe.forms
        self.measure, self.targets = measure_of(recipe), few.targets
        weights = few.weights
        if few.output_weights:
            weights = structured(few.output_weights, forms.weights)
        ends = structured(few.inputs, forms.inputs), structured(few.targets, forms.targets)
        self.sample = jax.tree.map(jnp.asarray, (*ends, weights))
        self.groups = groups(model)
        at_hand = {x.name for x in model.layers}  # not within another model
        layers = [x for x in recipe.model.layers if x.name in at_hand]
        self.rectified = [x.name for x in layers if x.activation in RECTIFIED]
        self.outputs = activations(model, self.rectified)
        self.compiled = jax.jit(self._computed)

    def _count(self) -> int:
        """How many rows to look at: so few that they cost little time, and little memory."""
        recipe = self.recipe
        trained = self.planned * recipe.fit.batch_size
        numbers = sum(prod(n or 1 for n in x.output_shape) for x in recipe.model.layers)
        fitting = max(recipe.fit.batch_size, BYTES // (4 * max(1, numbers)))
        wanted = max(FEW_ROWS, int(SHARE * trained / 25))
        return int(min(recipe.data.rows, SAMPLE_ROWS, fitting, wanted))

    def is_due(self, step: int) -> bool:
        """Whether to look after ``step`` updates."""
        return step >= self.next

    def look(self, step: int, state: State) -> float:
        """Look at a state; the loss on the sample."""
        with np.errstate(all="ignore"):  # a training may well diverge
            return self._look(step, state)

    def _look(self, step: int, state: State) -> float:
        trainable, other, optimizer, metrics = state
        loss, gradient, outputs, silent = self.compiled(trainable, other, metrics, *self.sample)
        seen = _Look(
            step,
            self._rate(step, optimizer),
            float(loss),
            np.asarray(gradient),
            self._update(step, trainable),
            self._score(outputs),
            {name: np.asarray(share) for name, share in silent.items()},
        )
        self.looks.append(seen)
        self._plan(step)
        return seen.loss

    def _score(self, outputs: Any) -> float:
        try:
            found = tuple(np.asarray(o)[None] for o in jax.tree.leaves(outputs))
            return float(self.measure.score(found, self.targets)[0])
        except (ValueError, IndexError):  # outputs and targets that do not compare
            return float("nan")

    def _plan(self, step: int) -> None:
        later = (point for point in self.due if point > step)
        self.next = next(later, max(step + 1, ceil(step * GROWTH)))

    def _computed(self, trainable: Any, other: Any, metrics: Any, x: Any, y: Any, w: Any) -> Any:
        """Loss, gradient norms by layer, outputs, and the silence of rectified layers."""
        lossy = jax.value_and_grad(self.model.compute_loss_and_updates, has_aux=True)
        (loss, after), gradient = lossy(trainable, other, metrics, x, y, w, training=False)
        norms = [
            jnp.sqrt(sum(jnp.sum(jnp.square(gradient[i].astype(jnp.float32))) for i in own))
            for own in self.groups.values()
        ]
        found = self.outputs((trainable, other), x) if self.outputs else []
        zero = [jnp.mean(o == 0, axis=tuple(range(o.ndim - 1))) for o in found]
        silent = dict(zip(self.rectified, zero, strict=True)) if self.outputs else {}
        return loss, jnp.stack(norms or [jnp.zeros(())]), after[1], silent

    def _update(self, step: int, trainable: Any) -> Array:
        """The change of each layer's weights since the last look, a step, over their norm."""
        before, self.weights = self.weights, [np.array(v) for v in trainable]
        if not before:
            return np.zeros(max(1, len(self.groups)))
        steps = max(1, step - self.looks[-1].step)
        moved = self._norms([n - b for n, b in zip(self.weights, before, strict=True)])
        return moved / np.maximum(self._norms(self.weights), 1e-12) / steps

    def _norms(self, leaves: list[Array]) -> Array:
        squares = [float(np.sum(np.square(leaf.astype(np.float32)))) for leaf in leaves]
        return np.sqrt([sum(squares[i] for i in own) for own in self.groups.values()] or [0.0])

    def _rate(self, step: int, optimizer: Any) -> float:
        own = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        given = own._learning_rate
        if isinstance(given, keras.optimizers.schedules.LearningRateSchedule):
            return float(given(jnp.asarray(step)))
        variables = self.model.optimizer.variables
        place = next((i for i, v in enumerate(variables) if v is given), None)
        return self.recipe.optimizer.learning_rate if place is None else float(optimizer[place])

    def trace(self) -> Trace:
        """What was seen so far: one seed. The score is that on the sample."""
        first, last = self.looks[0].silent, self.looks[-1].silent
        return Trace(
            steps=np.array([x.step for x in self.looks]),
            loss=np.array([[x.loss for x in self.looks]]),
            score=np.array([[x.score for x in self.looks]]),
            learning_rate=np.array([x.rate for x in self.looks]),
            layers=tuple(self.groups),
            gradient=np.stack([x.gradient for x in self.looks])[None],
            update=np.stack([x.update for x in self.looks])[None],
            silent={n: np.stack([first[n], last[n]])[None] for n in last},
            planned=self.planned or self.looks[-1].step,
        )
