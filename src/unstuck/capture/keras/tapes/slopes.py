"""Gradients of a model's loss by JAX, for programs whose tape is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from unstuck.capture.keras.tapes.objective import Objective


class Slopes:
    """Gradients of one model under one objective, compiled."""

    def __init__(self, model: Any, objective: Objective, training: Any) -> None:
        self.model, self.objective = model, objective
        takes = model._call_has_training_arg  # ``__call__`` drops what ``call`` does not take
        self.named = {"training": training} if takes else {}
        self._compiled: Callable[..., Any] = jax.jit(jax.grad(self._value))

    def __call__(self, inputs: Any, targets: Any, weights: Any) -> dict[int, Any]:
        """The gradient for each trainable variable, by its ``id``."""
        trained = self.model.trainable_variables
        rest = [v.value for v in self.model.non_trainable_variables]
        found = self._compiled([v.value for v in trained], rest, inputs, targets, weights)
        return {id(v): slope for v, slope in zip(trained, found, strict=True)}

    def _value(self, trained: Any, rest: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        outputs, _, penalties = self.model.stateless_call(
            trained, rest, inputs, return_losses=True, **self.named
        )
        return self.objective.of(targets, outputs, weights) + sum(penalties)
