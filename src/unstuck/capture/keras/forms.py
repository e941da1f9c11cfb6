"""How inputs and targets are handed over: dictionaries, lists, tuples, and their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from unstuck.recipe import Array


@dataclass(frozen=True)
class Ends:
    """How a model takes inputs and gives outputs: names by which dictionaries are put in order,
    empty where the model takes or gives dictionaries itself or is not known."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


def ends(model: Any) -> Ends:
    """The names of a model's inputs and outputs, in its order."""
    takes = getattr(model, "_inputs_struct", None)
    gives = getattr(model, "_outputs_struct", None)
    inputs = [tensor.name for tensor in getattr(model, "inputs", None) or ()]
    outputs = getattr(model, "output_names", None) or ()
    return Ends(
        () if isinstance(takes, Mapping) else tuple(inputs),
        () if isinstance(gives, Mapping) else tuple(outputs),
    )


def laid_out(values: Any, names: tuple[str, ...]) -> tuple[tuple[Array, ...], Any]:
    """Arrays in the model's order, and the structure they came in: nested dictionaries and
    tuples of positions, or None for one array or a plain list. A dictionary for a model whose
    ends have names is a list in their order; any other stands in the order of its keys, in
    which Keras flattens."""
    if values is None:
        return (), None
    if isinstance(values, Mapping) and values and set(values) <= set(names):
        values = [values[n] for n in names if n in values]
    if isinstance(values, (list, tuple)) and not (values and _is_part(values[0])):
        return (array(values),), None
    leaves = keras.tree.flatten(values)
    places = keras.tree.pack_sequence_as(values, list(range(len(leaves))))
    plain = not isinstance(values, Mapping) and places in (0, [*range(len(leaves))])
    return tuple(array(v) for v in leaves), None if plain else places


def structured(values: tuple[Array, ...], form: Any) -> Any:
    """Arrays in the structure in which ``fit`` was given them; None for no array."""
    if form is not None:
        return keras.tree.map_structure(lambda place: values[place], form)
    return values[0] if len(values) == 1 else list(values) or None


def _is_part(value: Any) -> bool:
    """Whether a value in a list stands for a whole end of the model, and not for one row."""
    if isinstance(value, (Mapping, list, tuple)):
        return any(map(_is_part, value.values() if isinstance(value, Mapping) else value))
    return bool(getattr(value, "ndim", 0) or len(getattr(value, "shape", ())))


def array(value: Any) -> Array:
    """A tensor, frame, series or list as an array of NumPy."""
    if hasattr(value, "to_numpy"):
        found = np.asarray(value.to_numpy())
        return found[:, None] if found.ndim == 1 else found  # as Keras takes a series
    if hasattr(value, "detach"):
        return np.asarray(value.detach().cpu().numpy())
    return np.array(value)
