"""Layers x losses x optimizers: the engine and ``fit`` agree step by step.

Not every triple is tried. Case number ``i`` has the ``i``-th loss, stack of layers and optimizer,
each list begun again where it ends. The lengths of the lists have no common factor, so that every
entry stands in some case, and next to other entries each time round.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from stepwise import agree

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(5)
ROWS = 16  # in two batches of 8; partial batches are tried elsewhere, they compile once more
layers, losses = keras.layers, keras.losses
optimizers, schedules = keras.optimizers, keras.optimizers.schedules

NUMBERS = RNG.normal(size=(ROWS, 4)).astype("float32")
IDS = RNG.integers(0, 5, (ROWS, 4))
SERIES = RNG.normal(size=(ROWS, 6, 2)).astype("float32")
GAPS = np.where(np.arange(6)[:, None] < 4, SERIES, 0)
IMAGES = RNG.normal(size=(ROWS, 6, 6, 2)).astype("float32")
CUBES = RNG.normal(size=(ROWS, 4, 4, 4, 1)).astype("float32")

Stack = tuple[np.ndarray, Callable[[], list[Any]]]
STACKS: dict[str, Stack] = {
    "dense": (
        NUMBERS,
        lambda: [
            layers.Dense(4, "relu", kernel_regularizer="l2", kernel_constraint="max_norm"),
            layers.Dense(3, activity_regularizer="l1", bias_constraint="non_neg"),
        ],
    ),
    "rectifiers": (
        NUMBERS,
        lambda: [layers.Dense(4), layers.PReLU(), layers.LeakyReLU(), layers.ELU()],
    ),
    "einsum": (SERIES, lambda: [layers.EinsumDense("abc,cd->abd", output_shape=(6, 3))]),
    "batch normalisation": (NUMBERS, lambda: [layers.Dense(4), layers.BatchNormalization()]),
    "layer normalisation": (
        NUMBERS,
        lambda: [layers.LayerNormalization(), layers.UnitNormalization(), layers.Dense(3)],
    ),
    "group normalisation": (
        IMAGES,
        lambda: [layers.Conv2D(4, 2), layers.GroupNormalization(2), layers.ReLU()],
    ),
    "spectral normalisation": (
        NUMBERS,
        lambda: [layers.SpectralNormalization(layers.Dense(3)), layers.ActivityRegularization(0.1)],
    ),
    "convolution in one dimension": (
        SERIES,
        lambda: [
            layers.Conv1D(3, 2, padding="causal"),
            layers.AveragePooling1D(2),
            layers.UpSampling1D(2),
            layers.Cropping1D(1),
        ],
    ),
    "convolution in two dimensions": (
        IMAGES,
        lambda: [
            layers.ZeroPadding2D(1),
            layers.Conv2D(3, 3, activation="tanh"),
            layers.MaxPooling2D(2),
            layers.Conv2DTranspose(2, 2),
        ],
    ),
    "convolution in three dimensions": (
        CUBES,
        lambda: [layers.Conv3D(2, 2), layers.GlobalAveragePooling3D()],
    ),
    "separable convolution": (
        IMAGES,
        lambda: [
            layers.SeparableConv2D(3, 2),
            layers.DepthwiseConv2D(2),
            layers.GlobalMaxPooling2D(),
        ],
    ),
    "categories": (IDS, lambda: [layers.CategoryEncoding(5, "multi_hot"), layers.Dense(3)]),
    "adapted": (
        NUMBERS * 5 + 3,
        lambda: [_adapted(), layers.Rescaling(0.5, 0.1), layers.Dense(3)],
    ),
    "frozen": (NUMBERS, lambda: [layers.Dense(4, trainable=False), layers.Dense(3)]),
    "embedding and LSTM": (
        IDS,
        lambda: [layers.Embedding(5, 3, mask_zero=True), layers.LSTM(2)],
    ),
    "masked GRU": (GAPS, lambda: [layers.Masking(), layers.GRU(2)]),
    "bidirectional": (
        SERIES,
        lambda: [
            layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(2)),
        ],
    ),
}


def _adapted() -> Any:
    layer = layers.Normalization()
    layer.adapt(NUMBERS * 5 + 3)
    return layer


SUM = np.tanh(NUMBERS.sum(axis=1))
CLASSES = np.digitize(SUM, (-0.5, 0.5))
TARGETS: dict[str, tuple[np.ndarray, int, str]] = {
    "number": (SUM, 1, "linear"),
    "positive": (np.exp(SUM), 1, "softplus"),
    "binary": ((SUM > 0).astype(int), 1, "sigmoid"),
    "logit": ((SUM > 0).astype(int), 1, "linear"),
    "signed": (np.sign(SUM), 1, "tanh"),
    "class": (CLASSES, 3, "softmax"),
    "class logits": (CLASSES, 3, "linear"),
    "one hot": (np.eye(3)[CLASSES], 3, "softmax"),
    "one hot logits": (np.eye(3)[CLASSES], 3, "linear"),
}
LOSSES: dict[str, tuple[str, Callable[[], Any]]] = {
    "mse": ("number", lambda: "mse"),
    "MeanAbsoluteError": ("number", losses.MeanAbsoluteError),
    "mape": ("positive", lambda: "mape"),
    "msle": ("positive", lambda: "msle"),
    "huber": ("number", lambda: losses.Huber(delta=0.3)),
    "log_cosh": ("number", lambda: "log_cosh"),
    "cosine": ("one hot", losses.CosineSimilarity),
    "poisson": ("positive", lambda: "poisson"),
    "kl": ("one hot", losses.KLDivergence),
    "bce": ("binary", lambda: "binary_crossentropy"),
    "bce logits": ("logit", lambda: losses.BinaryCrossentropy(True, label_smoothing=0.1)),
    "focal": ("binary", lambda: losses.BinaryFocalCrossentropy(apply_class_balancing=True)),
    "cce": ("one hot", lambda: "categorical_crossentropy"),
    "cce smoothed": ("one hot logits", lambda: losses.CategoricalCrossentropy(True, 0.1)),
    "categorical focal": ("one hot", losses.CategoricalFocalCrossentropy),
    "generalised": ("class", lambda: losses.CategoricalGeneralizedCrossEntropy(q=0.6)),
    "scce": ("class", lambda: "sparse_categorical_crossentropy"),
    "scce logits": ("class logits", lambda: losses.SparseCategoricalCrossentropy(True)),
    "hinge": ("signed", lambda: "hinge"),
    "squared hinge": ("signed", lambda: "squared_hinge"),
    "categorical hinge": ("one hot", losses.CategoricalHinge),
    "dice": ("one hot", lambda: "dice"),
    "tversky": ("one hot", lambda: losses.Tversky(alpha=0.3, beta=0.7)),
    "sum": ("number", lambda: losses.MeanSquaredError(reduction="sum")),
    "weighted mean": ("number", lambda: losses.MeanSquaredError("mean_with_sample_weight")),
    "own function": ("number", lambda: lambda a, b: keras.ops.mean((a - b) ** 4)),
}
OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True, clipvalue=0.3),
    "adam": lambda: optimizers.Adam(schedules.ExponentialDecay(0.01, 3, 0.5), amsgrad=True),
    "adamw": lambda: optimizers.AdamW(schedules.CosineDecay(0.01, 5, warmup_steps=2)),
    "adamax": lambda: optimizers.Adamax(schedules.PiecewiseConstantDecay([2], [0.01, 0.001])),
    "nadam": lambda: optimizers.Nadam(schedules.PolynomialDecay(0.01, 5), global_clipnorm=0.1),
    "adagrad": lambda: optimizers.Adagrad(schedules.InverseTimeDecay(0.05, 2, 0.5)),
    "adadelta": lambda: optimizers.Adadelta(1.0, clipnorm=0.5),
    "rmsprop": lambda: optimizers.RMSprop(0.005, centered=True, momentum=0.5),
    "ftrl": lambda: optimizers.Ftrl(0.05, l1_regularization_strength=0.01),
    "lion": lambda: optimizers.Lion(schedules.CosineDecayRestarts(0.002, 3)),
    "lamb": lambda: optimizers.Lamb(0.005),
    "adafactor": lambda: optimizers.Adafactor(0.01),
    "muon": lambda: optimizers.Muon(0.005),
    "accumulating": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "scaled": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.01)),
    "decaying": lambda: optimizers.SGD(0.02, weight_decay=0.1),
}
CASES = max(len(STACKS), len(LOSSES), len(OPTIMIZERS))


def _turn(entries: dict[str, Any], number: int) -> str:
    return list(entries)[number % len(entries)]


@pytest.mark.parametrize("number", range(CASES))
def test_the_engine_and_fit_agree(number: int) -> None:
    stack, loss, optimizer = (_turn(e, number) for e in (STACKS, LOSSES, OPTIMIZERS))
    x, made = STACKS[stack]
    target, given = LOSSES[loss]
    y, units, activation = TARGETS[target]
    kind = "int32" if x is IDS else "float32"
    head = [layers.Flatten(), layers.Dense(units, activation)]
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=kind), *made(), *head])
    model.compile(optimizer=OPTIMIZERS[optimizer](), loss=given())
    agree(model, x, y, batch=8)
