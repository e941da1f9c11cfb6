"""What the tests of fidelity share: one training by the engine and by ``fit``, step by step."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Recipe
from unstuck.trials.engine import Lanes
from unstuck.trials.lower import Lowered
from unstuck.trials.split import Split

TOLERANCE = 1e-4
Array = np.ndarray


class Losses(keras.callbacks.Callback):
    """The loss of each batch. Keras reports the running mean of the epoch, so that is begun anew
    with every batch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        self.model.jax_state_sync()
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.seen.append(float(logs["loss"]))


def lanes_of(recipe: Recipe, seeds: tuple[int, ...] = (0,)) -> Lanes:
    """Lanes that train on all rows of a recipe."""
    rows = Split(recipe.data, recipe.data.take(slice(0, 5)), "")
    return Lanes(Lowered(recipe), (recipe,), rows, seeds)


def advance(lanes: Lanes, steps: int) -> Array:
    """The losses ``(steps, lanes)`` of single updates."""
    until = time.monotonic() + 600
    return np.array([lanes.advance(step + 1, until) for step in range(lanes.step, steps)])


def agree(
    model: Any, *data: Any, batch: int = 16, epochs: int = 2, rtol: float = TOLERANCE, **fit: Any
) -> Recipe:
    """Assert that the engine and ``fit`` come to the same losses step by step, from the model's
    weights over the same batches, and to the same answers in the end; gives the recipe."""
    fit = {"batch_size": batch, "epochs": epochs, "shuffle": False, **fit}
    recipe = capture_fit(model, *data, **fit)
    lanes = lanes_of(recipe)
    ours = advance(lanes, recipe.fit.steps)[:, 0]
    mine = Lowered.batch(recipe, recipe.data)[0]
    answers = lanes.lowered.predict(lanes.lane(0), mine)
    seen = Losses()
    model.fit(*data, verbose=0, callbacks=[seen], **fit)
    theirs = np.array(seen.seen)
    assert len(ours) == len(theirs)
    assert np.isfinite(theirs).all()
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-6)
    expected = keras.tree.flatten(model.predict(mine, verbose=0))
    for mine, wanted in zip(answers, expected, strict=True):
        np.testing.assert_allclose(
            np.asarray(mine, "float64"), wanted, rtol=20 * rtol, atol=20 * rtol
        )
    return recipe


Made = Callable[[], list[Any]]
