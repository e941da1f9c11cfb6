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
from copy import deepcopy
from typing import Any

import cloudpickle
import jax
import jax.numpy as jnp
import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import HARMLESS, Array, Recipe

State = tuple[list[Any], list[Any], list[Any]]
SEED_STATE = "seed_generator_state"


def build(recipe: Recipe, seed: int | None = None) -> Any:
    """The compiled model of a recipe, with fresh weights drawn under ``seed``.

    Raises:
        Unsupported: Keras cannot make this model or compile it here.
    """
    try:
        model = revived(recipe, seed)
        custom = _custom(recipe)
        optimizer = deepcopy(dict(recipe.optimizer.config))
        loss = recipe.loss
        with keras.saving.custom_object_scope(custom):
            model.compile(
                optimizer=keras.optimizers.deserialize(optimizer, custom),
                loss=cloudpickle.loads(loss.pickled) if loss.pickled else loss.name,
            )
    except Exception as error:
        raise Unsupported(f"Keras could not make the model again: {first_line(error)}") from error
    return model


def revived(recipe: Recipe, seed: int | None) -> Any:
    """The model, not compiled."""
    if seed is not None:
        keras.utils.set_random_seed(seed)
    config = deepcopy(dict(recipe.model.config))  # reviving a model takes it apart
    config.pop("compile_config", None)
    custom = _custom(recipe)
    with keras.saving.custom_object_scope(custom):
        return keras.saving.deserialize_keras_object(config, custom, safe_mode=False)


def _custom(recipe: Recipe) -> dict[str, Any]:
    """The user's own classes and functions, by name."""
    found: dict[str, Any] = cloudpickle.loads(recipe.model.custom) if recipe.model.custom else {}
    return found


def first_line(error: Exception) -> str:
    """The first line of an error's message, after its kind."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else 'no message'}"


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
        others = set(recipe.fit.callbacks) - HARMLESS
        if others:
            raise Unsupported(f"the callback {sorted(others)[0]} steers the training")
        self.recipe = recipe
        self.folded = False  # whether batches come as weights of the distinct rows
        self.model = build(recipe)
        one = recipe.data.take(slice(0, 2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model._symbolic_build(data_batch=self.batch(recipe, one))
        self.metrics = [v.value for v in self.model.metrics_variables]

    @staticmethod
    def batch(recipe: Recipe, data: Any) -> tuple[Any, Any, Any]:
        """``(x, y, weights)`` in the structure that the model takes, transforms applied."""
        inputs, targets = recipe.trained_inputs(data), recipe.trained_targets(data)
        return structure(inputs), structure(targets), data.weights

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

    def fresh(self, recipe: Recipe, seed: int) -> State:
        """The state in which a training under ``seed`` begins.

        Seed 0 has the weights that the program itself drew; others have fresh ones from each
        layer's own initializer. Weights that training does not touch, such as the statistics of
        an adapted ``Normalization``, are the program's own; the random states are not.
        """
        model = build(recipe, seed)
        if not model.built:
            model.build(self.model.input_shape)
        known = _captured(model, recipe)
        keep = recipe.model.warm or (seed == 0 and len(known) == len(model.weights))
        trainable = [
            known.get(id(v), v.value) if keep else v.value for v in model.trainable_variables
        ]
        other = [known.get(id(v), v.value) for v in model.non_trainable_variables]
        model.optimizer.build(model.trainable_variables)
        return trainable, other, [v.value for v in model.optimizer.variables]

    def forward_error(self) -> float:
        """How far the forward pass is from the captured model's, on its sample and from its
        weights: the largest difference over the largest output; ``nan`` where either is absent."""
        sample = self.recipe.model.sample_output
        if not sample or any(self.recipe.before) or any(self.recipe.after):
            return float("nan")
        state = self.fresh(self.recipe, 0)
        x, _, _ = self.batch(self.recipe, self.recipe.data.take(slice(0, len(sample[0]))))
        pairs = zip(self.predict(state, x), sample, strict=True)
        worst = [
            float(np.max(np.abs(np.asarray(p) - s)) / max(float(np.max(np.abs(s))), 1e-6))
            for p, s in pairs
        ]
        return max(worst)

    def activations(self, layers: Sequence[str]) -> Any:
        """A function of (state, x) that gives the outputs of the named layers, or None for a
        model whose graph is not known."""
        if not getattr(self.model, "_functional", self.model) or not hasattr(self.model, "inputs"):
            return None
        found = {layer.name: layer for layer in self.model.layers}
        wanted = [found[name].output for name in layers if name in found]
        if not wanted:
            return None
        probe = keras.Model(self.model.inputs, wanted)
        own = [id(v) for v in self.model.trainable_variables]
        other = [id(v) for v in self.model.non_trainable_variables]
        picks = [own.index(id(v)) for v in probe.trainable_variables]
        others = [other.index(id(v)) for v in probe.non_trainable_variables]

        def outputs(state: State, x: Any) -> list[Any]:
            given = [state[0][i] for i in picks], [state[1][i] for i in others]
            return jax.tree.leaves(probe.stateless_call(*given, x, training=False)[0])

        return outputs

    def groups(self) -> dict[str, list[int]]:
        """Indices of the trainable variables by the layer that owns them, in layer order."""
        place = {id(v): i for i, v in enumerate(self.model.trainable_variables)}
        layers = self.model._flatten_layers(include_self=False, recursive=True)
        owned = {
            x.name: [place[id(v)] for v in x._trainable_variables if id(v) in place] for x in layers
        }
        return {name: indices for name, indices in owned.items() if indices}

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


def _captured(model: Any, recipe: Recipe) -> dict[int, Any]:
    """The captured weights that fit, by the identity of the model's variables."""
    pairs = zip(model.weights, recipe.model.weights, strict=False)
    if len(model.weights) != len(recipe.model.weights):
        return {}
    return {id(v): jnp.asarray(w, v.dtype) for v, w in pairs if tuple(v.shape) == w.shape}


def structure(arrays: tuple[Array, ...]) -> Any:
    return arrays[0] if len(arrays) == 1 else list(arrays)
