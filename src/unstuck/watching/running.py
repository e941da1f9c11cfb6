"""The ``fit`` that is running: what it was given, as a recipe."""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.data import is_arrays, joined
from unstuck.capture.keras.fit import callbacks_of, describe_fit
from unstuck.capture.keras.forms import ends
from unstuck.errors import CaptureError
from unstuck.recipe import Recipe
from unstuck.watching.sites import located

ROWS = 20_000  # rows that are looked at before training; more are thinned evenly


def running_call(model: Any) -> dict[str, Any]:
    """The arguments of the ``fit`` that is running on ``model``, by name. Keras hands a callback
    no data, so they are read where ``fit`` keeps them.

    Raises:
        CaptureError: the training is not one of Keras's own ``fit``.
    """
    code = inspect.unwrap(keras.Model.fit).__code__
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is code and frame.f_locals.get("self") is model:
            values = frame.f_locals
            names = inspect.signature(inspect.unwrap(keras.Model.fit)).parameters
            return {name: values[name] for name in names if name != "self"}
        frame = frame.f_back
    raise CaptureError("the training is not one of Keras's own fit")


def of_arrays(model: Any, call: dict[str, Any], per_epoch: int) -> Recipe:
    """The recipe of a ``fit`` on arrays, of ``per_epoch`` updates an epoch. Of very many rows, some
    are kept, in their order.

    Raises:
        CaptureError: what it was given cannot be described.
    """
    rows = _rows(call["x"])
    thin = -(-rows // ROWS)
    size = call["batch_size"] or 32
    parts = {name: _thinned(call[name], thin) for name in ("x", "y", "sample_weight")}
    own = {**_plain(call), **parts, "batch_size": size, "steps_per_epoch": None}
    recipe = located(describe_fit(model, own, answers=False))
    data = replace(recipe.data, complete=recipe.data.complete and thin == 1)
    return replace(recipe, data=data, fit=replace(recipe.fit, steps_per_epoch=per_epoch))


def of_source(model: Any, call: dict[str, Any]) -> Recipe:
    """The recipe of a ``fit`` on a source of batches, before any was drawn: it has one row, which
    ``drawn`` replaces.

    Raises:
        CaptureError: what it was given cannot be described.
    """
    row = np.zeros((1, 1), dtype=np.float32)
    own: dict[str, Any] = {"x": row, "y": row, "sample_weight": None, "batch_size": None}
    own |= {"class_weight": None, "steps_per_epoch": None, "validation_split": 0.0}
    return located(describe_fit(model, {**_plain(call), **own}, answers=False))


def drawn(recipe: Recipe, model: Any, batches: list[Any], per_epoch: int) -> Recipe:
    """The recipe with the rows of some batches as its data; each batch is the tuple that ``fit``
    trains on."""
    data, forms = joined(batches, ends(model))
    size = len(keras.tree.flatten(batches[0])[0])
    fit = replace(recipe.fit, batch_size=size, steps_per_epoch=per_epoch, shuffle=False)
    return replace(recipe, data=replace(data, complete=False), forms=forms, fit=fit)


def _plain(call: dict[str, Any]) -> dict[str, Any]:
    """The call with Keras's own callbacks alone, and with validation that can be looked at
    without drawing from it."""
    given = call["validation_data"]
    arrays = isinstance(given, (tuple, list)) and len(given) >= 2 and is_arrays(given[0])
    kept = [c for c in callbacks_of(call) if type(c).__module__.startswith("keras.")]
    if not arrays or _rows(given[0]) > ROWS:
        given = None
    return {**call, "callbacks": kept, "validation_data": given}


def _rows(x: Any) -> int:
    first = keras.tree.flatten(x)[0]
    return len(first) if getattr(first, "shape", ()) else len(x)


def _thinned(values: Any, every: int) -> Any:
    if every == 1 or values is None:
        return values
    if not getattr(keras.tree.flatten(values)[0], "shape", ()):
        return np.asarray(values)[::every]
    return keras.tree.map_structure(lambda v: v[::every], values)
