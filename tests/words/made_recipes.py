"""Recipes without a model to train, one for each thing that remedies change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.recipe import (
    Array,
    Data,
    Feed,
    Fit,
    Layer,
    Loss,
    Model,
    ModelKind,
    Optimizer,
    Recipe,
    Reshape,
)

BITS = (1.0, 2.0, 4.0, 8.0)
SCHEDULE = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}}


def make_layer(name: str, kind: str, shape: tuple[int, ...], **config: Any) -> Layer:
    parameters = 1 if kind in ("Dense", "LSTM") else 0
    return Layer(name, kind, {"name": name, **config}, (), shape, parameters)


HEAD = make_layer("head", "Dense", (1,), units=1, activation="relu")
STACK = (
    make_layer("input", "InputLayer", (4,), batch_shape=[None, 4]),
    make_layer("hidden", "Dense", (3,), units=3, activation="relu"),
    make_layer("wide", "Dense", (64,), units=64, activation="tanh"),
    HEAD,
)


def make_model(layers: tuple[Layer, ...]) -> Model:
    entries = [
        {"class_name": layer.kind, "config": dict(layer.config), "build_config": {}}
        for layer in layers
    ]
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": entries}}
    return Model(ModelKind.SEQUENTIAL, config, layers, weights=(np.ones(3),))


HOLED = Data((np.array([[1.0, np.nan], [3.0, 4.0], [np.inf, 8.0]]),), (np.ones(3),))


def make_recipe(layers: tuple[Layer, ...] = STACK, y: Array | None = None, **more: Any) -> Recipe:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, (40, 4)).astype(float)
    targets = rng.uniform(0, 1000, (40, 1)) if y is None else y
    drawn = Data((x + 1,), (targets + 1,), feed=Feed.BATCHES)
    config = {"class_name": "SGD", "config": {"learning_rate": SCHEDULE, "momentum": 0.9}}
    return replace(
        Recipe(
            model=make_model(layers),
            data=Data((x,), (targets,), feed=Feed.BATCHES, shared_memory=True, drawn=drawn),
            loss=Loss("mean_squared_error"),
            optimizer=Optimizer("SGD", config, 0.1, SCHEDULE),
            fit=Fit(epochs=5, batch_size=8, steps_per_epoch=5),
            source="model.fit(x, y)",
        ),
        **more,
    )


def loaded() -> Recipe:
    """All weights were set by the program, those of ``hidden`` by themselves."""
    layers = (make_layer("in", "Normalization", (4,)), STACK[1], HEAD)
    owning = tuple(replace(layer, owns=(place,)) for place, layer in enumerate(layers))
    weights = tuple(np.full(place + 1, 7.0) for place in range(3))
    model = replace(make_model(owning), weights=weights, warm=True, given=(1,), drawn=(2,))
    return make_recipe(model=model)


def regrouped() -> Recipe:
    recipe = make_recipe()
    return replace(recipe, data=replace(recipe.data, shared_memory=False, regrouped=0.9))


def reshaped() -> Recipe:
    """Rows of 3 x 5 that a program reshaped to 5 x 3."""
    rows = np.arange(600.0).reshape(40, 5, 3)
    data = Data((rows,), (COLUMN,), reshapes=(Reshape((40, 3, 5), (40, 5, 3)),))
    return make_recipe(data=data)


def weighed() -> Recipe:
    recipe = make_recipe()
    return replace(recipe, data=replace(recipe.data, weights=np.ones(40)))


RECURRENT = (
    make_layer("reshape", "Reshape", (1, 4), target_shape=(1, -1)),
    make_layer("lstm", "LSTM", (8,), units=8, activation="tanh"),
    HEAD,
)
STRAIGHT = (STACK[0], make_layer("flat", "Dense", (8,), units=8, activation="linear"), *STACK[2:])
DROPPED = (*STACK[:2], make_layer("drop", "Dropout", (3,), rate=0.8), HEAD)
NORM = make_layer("norm", "BatchNormalization", (3,), axis=1, momentum=0.99)
NORMED = (*STACK[:2], replace(NORM, input_shape=(5, 3)), HEAD)
COLD = (*STACK[:3], replace(HEAD, trainable=False, config={**HEAD.config, "trainable": False}))
STEPS = (
    make_layer("lstm", "LSTM", (7, 8), units=8, return_sequences=True),
    make_layer("head", "Dense", (7, 1), units=1, activation="linear"),
)
READERS = (
    make_layer("scaling", "Rescaling", (4,), scale=1 / 255, offset=0.0),
    make_layer("ids", "Embedding", (4, 2), input_dim=2, output_dim=2, mask_zero=False),
    HEAD,
)
AT_END = (*STACK, make_layer("drop", "Dropout", (1,), rate=0.5))
SOFTMAX = (*STACK, make_layer("soft", "Softmax", (1,), axis=0))
COLUMN = np.arange(40.0) % 5
L2 = {"class_name": "L2", "config": {"l2": 0.5}}
ONES = {"class_name": "Ones", "config": {}}
PENALISED = (*STACK[:3], make_layer("head", "Dense", (1,), units=1, kernel_regularizer=L2))
CONSTANT = (*STACK[:3], make_layer("head", "Dense", (1,), units=1, kernel_initializer=ONES))


def steered() -> Recipe:
    stops = {"EarlyStopping": {"patience": 0}, "EarlyStopping 2": {"patience": 9}}
    names = ("EarlyStopping", "CSVLogger", "EarlyStopping")
    return make_recipe(fit=Fit(5, 8, 5, callbacks=names, callback_configs=stops))


def optimized(**settings: Any) -> Recipe:
    config = {"class_name": "Adam", "config": {"learning_rate": 0.1, **settings}}
    return make_recipe(optimizer=Optimizer("Adam", config, 0.1))


def normalised() -> Recipe:
    """One mean and one variance for all features, in weights of the model."""
    scaling = make_layer("scaling", "Normalization", (4,), axis=None)
    return make_recipe((replace(scaling, owns=(0, 1, 2)), HEAD))


def flat() -> Recipe:
    """A layer of the user's own, with a matrix of zeros that is its first weights."""
    made = make_recipe((replace(make_layer("own", "Own", (3,)), owns=(0,)), HEAD))
    model = replace(made.model, weights=(np.zeros((4, 3)), np.ones(3)), drawn=(0, 1))
    return replace(made, model=model)


ROWS = Data((np.ones((40, 4)),), (np.ones((40, 1)),))
OTHER = replace(make_recipe(), model=make_model((HEAD,)), loss=Loss("mae"), fit=Fit(1, 2, 3))
