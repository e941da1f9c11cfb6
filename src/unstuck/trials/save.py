"""Saving: a trained network as an ordinary Keras model, with its transforms inside.

Only layers and operations of Keras are used, so the model loads where unstuck is not installed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any

import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import Recipe
from unstuck.transform import Axes, Bits, Classes, Fill, Ln, Log, Period, Scale, Shape, Transform
from unstuck.trials.build import revived, structure
from unstuck.trials.initial import State


def save(recipe: Recipe, state: State) -> bytes:
    """The trained model as a ``.keras`` archive, with the recipe's transforms inside: it takes
    raw inputs and gives raw outputs. It is not compiled: its loss would be that of the inner
    representation."""
    model = revived(recipe, 0)
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    for variable, value in zip(variables, [*state[0], *state[1]], strict=True):
        variable.assign(np.asarray(value))
    whole = _wrapped(model, recipe)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        with _nameless_lambdas(model):
            whole.save(path)
        return path.read_bytes()


@contextmanager
def _nameless_lambdas(model: Any) -> Iterator[None]:
    """Lambdas of the program as its own model would save them, by their bytecode: the names that
    capture has given them are known to nobody who loads the model."""
    layers = [x for x in model._flatten_layers() if isinstance(x, keras.layers.Lambda)]
    functions = [x.function for x in layers if isinstance(x.function, FunctionType)]
    named = [f for f in functions if f.__code__.co_name == "<lambda>"]
    names = [function.__name__ for function in named]
    try:
        for function in named:
            function.__name__ = "<lambda>"
        yield
    finally:
        for function, name in zip(named, names, strict=True):
            function.__name__ = name


def _wrapped(model: Any, recipe: Recipe) -> Any:
    if not any(recipe.before) and not any(recipe.after):
        return model
    ids = any(layer.kind == "Embedding" for layer in recipe.model.layers)
    kind = "int32" if ids else "float32"
    inputs = [keras.Input(x.shape[1:], dtype=kind) for x in recipe.data.inputs]
    inner = [
        _layers(x, chain, forward=True)
        for x, chain in zip(inputs, _padded(recipe.before, len(inputs)), strict=True)
    ]
    outputs = keras.tree.flatten(model(structure(tuple(inner), recipe.forms.inputs)))
    outer = [
        _layers(y, chain[::-1], forward=False)
        for y, chain in zip(outputs, _padded(recipe.after, len(outputs)), strict=True)
    ]
    return keras.Model(structure(tuple(inputs), recipe.forms.inputs), structure(tuple(outer)))


def _padded(chains: Any, count: int) -> list[tuple[Transform, ...]]:
    return [chains[i] if i < len(chains) else () for i in range(count)]


def _layers(value: Any, chain: Sequence[Transform], *, forward: bool) -> Any:
    for transform in chain:
        value = _encoded(transform, value) if forward else _decoded(transform, value)
    return value


def _encoded(transform: Transform, value: Any) -> Any:
    """A transform of inputs inside a model, from layers and operations of Keras alone, so that
    the model loads where unstuck is not installed."""
    match transform:
        case Scale(offset, spread):
            variance = np.square(np.asarray(spread))
            return keras.layers.Normalization(mean=np.asarray(offset), variance=variance)(value)
        case Period(period, places):
            # Within the period, so that single precision holds numbers of many bits exactly.
            weights = np.mod(np.asarray(places), period).astype("float32")[:, None]
            number = keras.ops.matmul(keras.ops.mod(value, float(period)), weights)
            steps = np.arange(1, period // 2 + 1, dtype="float32")[None] * (2 * np.pi / period)
            angles = keras.ops.matmul(keras.ops.mod(number, float(period)), steps)
            return keras.ops.concatenate([keras.ops.sin(angles), keras.ops.cos(angles)], axis=-1)
        case Fill(medians):
            there = keras.ops.isfinite(value)
            return keras.ops.where(there, value, np.asarray(medians, "float32"))
        case Ln():
            return keras.ops.log(value)
        case Axes(sizes, order):
            apart = keras.ops.reshape(value, (-1, *sizes))
            return keras.ops.reshape(
                keras.ops.transpose(apart, (0, *order)), (-1, *value.shape[1:])
            )
        case Bits(count, steps):
            values = np.exp2(np.arange(count - 1, -1, -1)).astype("float32")
            bits = keras.ops.mod(keras.ops.floor(value / values), 2.0)
            return keras.ops.expand_dims(bits, -1) if steps else bits
    raise Unsupported(f"{type(transform).__name__} cannot be carried before a model")


def _decoded(transform: Transform, value: Any) -> Any:
    """The inverse of a transform of targets, likewise."""
    match transform:
        case Scale(offset, spread):
            return keras.layers.Rescaling(_plain(spread), _plain(offset))(value)
        case Ln():
            return keras.ops.exp(value)
        case Log(ceiling):
            return keras.ops.expm1(keras.ops.clip(value, 0.0, ceiling))
        case Classes(table):
            chosen = keras.ops.one_hot(keras.ops.argmax(value, axis=-1), len(table))
            return keras.ops.matmul(chosen, np.asarray(table, "float32"))
        case Shape(outside, _):
            return keras.layers.Reshape(outside)(value)
    raise Unsupported(f"{type(transform).__name__} cannot be carried after a model")


def _plain(numbers: tuple[float, ...]) -> Any:
    return numbers[0] if len(numbers) == 1 else list(numbers)
