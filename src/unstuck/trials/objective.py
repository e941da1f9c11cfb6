"""Questions to the loss alone: what does it give for predictions made up for the purpose?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np

from unstuck.experiments import COPIES, WRONG, Experiments
from unstuck.recipe import Array

DRAWS = 4
FAR = (0.0, 0.5, 1.0, 2.0, 4.0)  # standard deviations that a prediction is off


def asked_of_the_loss(
    model: Any, outputs: tuple[Array, ...], y: Any, weights: Any, known: Experiments
) -> Experiments:
    """``known``, with what the loss of one output against one target tells."""
    if len(outputs) != 1 or weights is not None or not isinstance(y, np.ndarray):
        return known
    given, right = outputs[0], _right(y, outputs[0])
    made_up = np.zeros((1, 1, *given.shape)) if right is None else _wrong(right, given)

    def loss(copies: int, prediction: Any) -> Any:
        with keras.StatelessScope():
            target = jnp.asarray(np.concatenate([y] * copies))
            return model._compile_loss(target, jnp.concatenate([prediction] * copies))

    def ask(given: Any, exact: Any, made_up: Any) -> Any:
        copied = [loss(copies, given) for copies in (1, *COPIES)]
        wrong = jax.vmap(jax.vmap(partial(loss, 1)))(made_up)
        return jnp.stack(copied), wrong, jax.value_and_grad(partial(loss, 1))(exact)

    exact = given if right is None else right
    asked = jax.jit(ask)(given, *(a.astype(given.dtype) for a in (exact, made_up)))
    copied, wrong, (value, slope) = jax.tree.map(lambda a: np.asarray(a, np.float64), asked)
    known = replace(known, copied=copied[1:] / copied[0])
    if right is None:
        return known
    steepest = float(np.max(np.abs(slope)))
    return replace(known, wrong=wrong, exact=float(value), exact_gradient=steepest)


def _wrong(right: Array, outputs: Array) -> Array:
    """Predictions ``(draws, R, rows, ...)``, from right to wrong."""
    if np.isin(right, (0, 1)).all():
        return np.stack([_as_outputs(_blurred(right, w), outputs) for w in WRONG])[None]
    random, spread = np.random.default_rng(0), max(float(right.std()), 1e-6)
    signs = random.choice((-1.0, 1.0), (DRAWS, *right.shape))
    return np.stack(
        [[right + spread * far * s for far in FAR] for sign in signs for s in (sign, -sign)]
    )


def _right(y: Array, outputs: Array) -> Array | None:
    """The targets in the shape of the outputs."""
    if not (np.issubdtype(y.dtype, np.number) or y.dtype == bool) or not np.isfinite(y).all():
        return None
    values = y.astype(np.float64)
    if values.size == outputs.size and len(values) == len(outputs):
        return values.reshape(outputs.shape)
    classes, places = outputs.shape[-1], outputs[..., 0].shape
    whole = values.size == np.prod(places) and (np.mod(values, 1) == 0).all()
    if classes < 2 or not whole or values.min() < 0 or values.max() >= classes:
        return None
    return np.eye(classes)[values.astype(int).reshape(places)]


def _blurred(right: Array, wrong: float) -> Array:
    """Labels with ``wrong`` of their certainty given to the others."""
    classes = right.shape[-1] if right.ndim > 1 else 1
    exclusive = classes > 1 and (right.sum(axis=-1) == 1).all()
    others = (1 - right) / (classes - 1) if exclusive else 1 - right
    return (1 - wrong) * right + wrong * others


def _as_outputs(probabilities: Array, outputs: Array) -> Array:
    """As the network gives them: probabilities, or the logits of such."""
    if outputs.min() >= 0 and outputs.max() <= 1:
        return probabilities
    return np.log(probabilities / (1 - probabilities))
