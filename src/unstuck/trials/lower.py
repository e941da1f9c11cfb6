"""Lowering: a recipe as pure functions of explicit state.

The functions are Keras's own. ``train_step`` and ``stateless_call`` of the JAX trainer are what
``fit`` compiles, so loss, regularisation, metrics, clipping, schedules, dropout and batch
statistics are not written here a second time: a trial is faithful to ``fit`` because it runs
the same step. Keras must have been imported with the JAX backend in this process.

A state is ``(trainable, non_trainable, optimizer)``, three lists of arrays in Keras's order.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import Recipe
from unstuck.trials.build import adopt, build, keep_from_decay, structure
from unstuck.trials.callbacks import by_metrics, refuse_others
from unstuck.trials.initial import State, as_drawn, begin, noting


class Lowered:
    """One shape of training as pure functions; ``recipe`` gives model, loss and optimizer.

    Raises:
        Unsupported: the recipe names an obstacle, or the model cannot be made.
    """

    def __init__(self, recipe: Recipe) -> None:
        if recipe.obstacle:
            raise Unsupported(recipe.obstacle)
        if keras.backend.backend() != "jax":
            raise Unsupported(f"code of the program runs on {keras.backend.backend()} only")
        refuse_others(recipe)
        self.recipe = recipe
        self.folded = False  # whether batches come as weights of the distinct rows
        one = recipe.data.take(slice(0, 2))
        with warnings.catch_warnings(), noting() as noted:
            warnings.simplefilter("ignore")
            self.model = build(recipe, whole=by_metrics(recipe))
            self.model._symbolic_build(data_batch=self.batch(recipe, one))
        self.noted = noted if as_drawn(self.model, noted) else None
        keep_from_decay(self.model, recipe)
        adopt(self.model, recipe)
        self.metrics = [v.value for v in self.model.metrics_variables]

    @staticmethod
    def batch(recipe: Recipe, data: Any) -> tuple[Any, Any, Any]:
        """``(x, y, weights)`` in the structure that the model takes, transforms applied."""
        inputs, targets = recipe.trained_inputs(data), recipe.trained_targets(data)
        forms, weights = recipe.forms, data.weights
        if data.output_weights:
            weights = structure(data.output_weights, forms.weights)
        return structure(inputs, forms.inputs), structure(targets, forms.targets), weights

    def step(self, state: State, x: Any, y: Any, weights: Any) -> tuple[State, Any]:
        """One update on one batch: the new state and the batch's loss."""
        data = (x, y) if weights is None else (x, y, weights)
        logs, after = self.model.train_step((*state, self.metrics), data)
        return after[:3], logs["loss"]

    def predict(self, state: State, x: Any) -> tuple[Any, ...]:
        """The outputs for ``x`` in inference mode."""
        mode = {"training": False} if self.model._call_has_training_arg else {}
        outputs, _ = self.model.stateless_call(state[0], state[1], x, **mode)
        return tuple(jax.tree.leaves(outputs))

    def loss(self, trainable: Any, state: State, x: Any, y: Any, weights: Any) -> Any:
        """The loss of ``x`` in inference mode, penalties included."""
        return self.model.compute_loss_and_updates(
            trainable, state[1], self.metrics, x, y, weights, training=False
        )[0]

    def penalised(self) -> bool:
        """Whether weights or outputs of layers are penalised."""
        layers = self.model._flatten_layers(include_self=False, recursive=True)
        by_weight = any(v.regularizer is not None for v in self.model.trainable_variables)
        return by_weight or any(getattr(x, "activity_regularizer", None) for x in layers)

    def penalty(self, trainable: Any, state: State, x: Any) -> Any:
        """The sum of all penalties, those of activities for ``x`` in inference mode."""
        mode = {"training": False} if self.model._call_has_training_arg else {}
        _, _, losses = self.model.stateless_call(trainable, state[1], x, return_losses=True, **mode)
        return sum(losses, jnp.zeros(()))

    def states(self, recipe: Recipe, seeds: Sequence[int]) -> State:
        """The states in which trainings under ``seeds`` begin; seeds on the first axis."""
        return begin(self.model, self.noted, recipe, seeds)

    @cached_property
    def forward_error(self) -> float:
        """How far the forward pass is from the captured model's, on its sample and from its
        weights: the largest difference over the largest output; ``nan`` where either is absent."""
        sample = self.recipe.model.sample_output
        if not sample or any(self.recipe.before) or any(self.recipe.after):
            return float("nan")
        state = jax.tree.map(lambda leaf: leaf[0], self.states(self.recipe, (0,)))
        x, _, _ = self.batch(self.recipe, self.recipe.data.take(slice(0, len(sample[0]))))
        pairs = zip(self.predict(state, x), sample, strict=True)
        worst = [
            float(np.max(np.abs(np.asarray(p) - s)) / max(float(np.max(np.abs(s))), 1e-6))
            for p, s in pairs
        ]
        return max(worst)

    def activations(self, layers: Sequence[str]) -> Any:
        """As the function of this name, of the recipe's model."""
        return activations(self.model, layers)

    def groups(self) -> dict[str, list[int]]:
        """As the function of this name, of the recipe's model."""
        return groups(self.model)

    def rate_index(self) -> int | None:
        """Which optimizer variable holds the learning rate; None under a schedule."""
        rate = getattr(self.model.optimizer, "_learning_rate", None)
        found = [i for i, v in enumerate(self.model.optimizer.variables) if v is rate]
        return found[0] if found else None

    def rate(self, step: int) -> float:
        """The learning rate in force at ``step``."""
        rate = self.model.optimizer._learning_rate
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            return float(rate(jnp.asarray(step)))
        return self.recipe.optimizer.learning_rate


def activations(model: Any, layers: Sequence[str]) -> Any:
    """A function of (state, x) that gives the outputs of the named layers, or None for a model
    whose graph is not known."""
    if not getattr(model, "_functional", model) or not hasattr(model, "inputs"):
        return None
    found = {layer.name: layer for layer in model.layers}
    wanted = [found[name].output for name in layers if name in found]
    if not wanted:
        return None
    asked = getattr(model, "_inputs_struct", model.inputs)  # by the names that rows come under
    probe = keras.Model(asked, wanted, name="unstuck_probe")
    own = [id(v) for v in model.trainable_variables]
    other = [id(v) for v in model.non_trainable_variables]
    picks = [own.index(id(v)) for v in probe.trainable_variables]
    others = [other.index(id(v)) for v in probe.non_trainable_variables]

    def outputs(state: Any, x: Any) -> list[Any]:
        given = [state[0][i] for i in picks], [state[1][i] for i in others]
        return jax.tree.leaves(probe.stateless_call(*given, x, training=False)[0])

    return outputs


def groups(model: Any) -> dict[str, list[int]]:
    """Indices of a model's trainable variables by the layer that owns them, in layer order."""
    place = {id(v): i for i, v in enumerate(model.trainable_variables)}
    layers = model._flatten_layers(include_self=False, recursive=True)
    owned = {
        x.name: [place[id(v)] for v in x._trainable_variables if id(v) in place] for x in layers
    }
    return {name: indices for name, indices in owned.items() if indices}
