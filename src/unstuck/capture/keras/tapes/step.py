"""Whether a ``train_step`` that a program has written anew does what Keras's own does.

Most do: they are copied from the guide to them and add a print or a metric.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.forms import structured
from unstuck.capture.keras.tapes.objective import close
from unstuck.capture.keras.tapes.watched import Tapes
from unstuck.recipe import Recipe


def takes_usual_step(tapes: Tapes, model: Any, recipe: Recipe) -> bool:
    """Whether one update of the first batch, made by the program's ``train_step`` and only looked
    at, minimises the compiled loss, and gives the gradients of all weights to the optimizer."""
    batch = _first_batch(recipe)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]
    usual = False
    with suppress(Exception):
        seen = tapes.look(lambda: model.train_step(batch))
        usual = len(seen) == 1 and not seen[0].unlike and _is_compiled(model, seen[0], batch)
    for variable, value in zip(model.variables, before, strict=False):
        variable.assign(value)
    return usual


def _first_batch(recipe: Recipe) -> tuple[Any, ...]:
    few = recipe.data.take(slice(0, recipe.fit.batch_size))
    x, y = (
        structured(few.inputs, recipe.forms.inputs),
        structured(few.targets, recipe.forms.targets),
    )
    given = (x, y) if few.weights is None else (x, y, few.weights)
    return tuple(keras.tree.map_structure(keras.ops.convert_to_tensor, v) for v in given)


def _is_compiled(model: Any, seen: Any, batch: tuple[Any, ...]) -> bool:
    x, y, *weights = batch
    loss = model.compute_loss(x, y, seen.update.call.outputs, *weights)
    number = float(keras.ops.convert_to_numpy(loss))
    return seen.optimizer is model.optimizer and close(number, seen.update.number)
