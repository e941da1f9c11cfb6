"""Whether a ``train_step`` that a program has written anew does what Keras's own does.

Most do: they are copied from the guide to them, and add a print or a metric, or a loss that is not
compiled.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.forms import structured
from unstuck.capture.keras.tapes.objective import close
from unstuck.capture.keras.tapes.watched import Tapes, Update
from unstuck.recipe import Recipe


def minimised(tapes: Tapes, model: Any, recipe: Recipe) -> Any:
    """The loss that the program's ``train_step`` minimises, where one update of the first batch,
    which is only looked at, gives the gradients of all weights to the optimizer; else None."""
    batch = _first_batch(recipe)
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]
    loss = None
    with suppress(Exception):
        seen = tapes.look(lambda: model.train_step(batch))
        if len(seen) == 1 and not seen[0].unlike and seen[0].optimizer is model.optimizer:
            loss = _loss(model, seen[0].update, batch)
    for variable, value in zip(model.variables, before, strict=False):
        variable.assign(value)
    return loss


def _first_batch(recipe: Recipe) -> tuple[Any, ...]:
    few = recipe.data.take(slice(0, recipe.fit.batch_size))
    x, y = (
        structured(few.inputs, recipe.forms.inputs),
        structured(few.targets, recipe.forms.targets),
    )
    given = (x, y) if few.weights is None else (x, y, few.weights)
    return tuple(keras.tree.map_structure(keras.ops.convert_to_tensor, v) for v in given)


def _loss(model: Any, update: Update, batch: tuple[Any, ...]) -> Any:
    """The loss as compiled, where it gives the number that was minimised; else the one that was
    told, of the targets that ``fit`` would give."""
    with suppress(Exception):  # nothing may be compiled
        whole = model.compute_loss(batch[0], batch[1], update.call.outputs, *batch[2:])
        if close(float(keras.ops.convert_to_numpy(whole)), update.number):
            return model.loss
    if len(batch) > 2:  # the step may leave the weights of rows out
        return None
    targets = keras.tree.flatten(batch[1])
    pairs = zip(targets, update.targets, strict=True)
    same = all(np.array_equal(keras.ops.convert_to_numpy(y), told) for y, told in pairs)
    return update.loss if same and update.shares is None else None
