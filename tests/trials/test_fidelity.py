"""The engine against ``fit``: from the same weights over the same batches, loss by loss."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
import pytest

from unstuck.capture.keras import capture_fit
from unstuck.recipe import Data, Recipe
from unstuck.remedies import CopyBatches
from unstuck.trial import Arm
from unstuck.trials.engine import Lanes
from unstuck.trials.lower import Lowered
from unstuck.trials.plan import grouped
from unstuck.trials.split import Split, split

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(3)
TOLERANCE = 1e-4
layers = keras.layers


def _normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype("float32")


def _images() -> tuple[np.ndarray, np.ndarray]:
    return _normal(50, 8, 8, 1), np.eye(3)[RNG.integers(0, 3, 50)]


def _rows() -> tuple[np.ndarray, np.ndarray]:
    x = _normal(50, 4)
    return x, x.sum(axis=1)


def _sequences() -> tuple[np.ndarray, np.ndarray]:
    x = _normal(50, 6, 2)
    return x, x.sum(axis=(1, 2))


MODELS: dict[str, tuple[Callable[[], list], Callable, str]] = {
    "dense": (
        lambda: [layers.Dense(8, "relu", kernel_regularizer="l2"), layers.Dense(1)],
        _rows,
        "mse",
    ),
    "convolution": (
        lambda: [
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ],
        _images,
        "categorical_crossentropy",
    ),
    "lstm": (lambda: [layers.LSTM(8), layers.Dense(1)], _sequences, "mae"),
    "batch normalisation": (
        lambda: [layers.Dense(8), layers.BatchNormalization(), layers.Dense(1)],
        _rows,
        "huber",
    ),
}
OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(
        keras.optimizers.schedules.ExponentialDecay(0.05, 5, 0.9), momentum=0.9, nesterov=True
    ),
    "adam": lambda: keras.optimizers.Adam(0.01, clipnorm=1.0),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.005),
}


class _Losses(keras.callbacks.Callback):
    """The loss of each batch; Keras reports the running mean of the epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[list[float]] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.means.append([])

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.means[-1].append(logs["loss"])


def _model(made: list, x: np.ndarray, optimizer: object, loss: str) -> keras.Model:
    model = keras.Sequential([keras.Input(x.shape[1:]), *made])
    model.compile(optimizer=optimizer, loss=loss)
    return model


def _batch_losses(epoch: list[float], sizes: list[int]) -> list[float]:
    """Losses of single batches from the running means weighted by rows."""
    sums = np.array(epoch) * np.cumsum(sizes)
    return list(np.diff(np.concatenate([[0.0], sums])) / sizes)


def _fit(model: keras.Model, x: np.ndarray, y: np.ndarray, epochs: int, batch: int) -> np.ndarray:
    seen = _Losses()
    model.fit(x, y, epochs=epochs, batch_size=batch, shuffle=False, verbose=0, callbacks=[seen])
    sizes = [batch] * (len(x) // batch) + ([len(x) % batch] if len(x) % batch else [])
    return np.concatenate([_batch_losses(epoch, sizes) for epoch in seen.means])


def _lanes(recipe: Recipe, seeds: tuple[int, ...] = (0,)) -> Lanes:
    rows = Split(recipe.data, recipe.data.take(slice(0, 5)), "")
    return Lanes(Lowered(recipe), (recipe,), rows, seeds)


def _engine(recipe: Recipe) -> np.ndarray:
    lanes, until = _lanes(recipe), time.monotonic() + 600
    return np.array([lanes.advance(step + 1, until)[0] for step in range(recipe.fit.steps)])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", MODELS)
def test_losses_equal_those_of_fit(kind: str, optimizer: str) -> None:
    """50 rows in batches of 16: three whole ones and one of two rows."""
    made, rows, loss = MODELS[kind]
    x, y = rows()
    keras.utils.set_random_seed(3)
    model = _model(made(), x, OPTIMIZERS[optimizer](), loss)
    recipe = capture_fit(model, x, y, epochs=3, batch_size=16, shuffle=False)
    assert np.allclose(_engine(recipe), _fit(model, x, y, 3, 16), rtol=TOLERANCE, atol=1e-6)


def test_weighted_rows_equal_those_of_fit() -> None:
    x, y = _rows()
    model = _model([layers.Dense(8, "tanh"), layers.Dense(1)], x, "adam", "mse")
    weights = RNG.uniform(0, 2, 50)
    recipe = capture_fit(model, x, y, epochs=2, batch_size=10, shuffle=False, sample_weight=weights)
    seen = _Losses()
    model.fit(
        x,
        y,
        epochs=2,
        batch_size=10,
        shuffle=False,
        sample_weight=weights,
        verbose=0,
        callbacks=[seen],
    )
    expected = np.concatenate([_batch_losses(epoch, [10] * 5) for epoch in seen.means])
    assert np.allclose(_engine(recipe), expected, rtol=TOLERANCE)


def test_folded_rows_equal_those_of_fit() -> None:
    """A truth table repeated: the engine trains on its four rows, weighted."""
    x = RNG.integers(0, 2, (500, 2)).astype("float32")
    y = (x[:, 0] != x[:, 1]).astype("float32")
    model = _model([layers.Dense(4, "tanh"), layers.Dense(1, "sigmoid")], x, "adam", "bce")
    recipe = capture_fit(model, x, y, epochs=2, batch_size=64, shuffle=False)
    assert _lanes(recipe).orders[0].shape == (1, 8, 4)
    assert np.allclose(_engine(recipe), _fit(model, x, y, 2, 64), rtol=TOLERANCE)


def test_dropout_trains_with_masks_and_is_judged_without() -> None:
    """Masks are random, so losses agree in distribution: the mean over lanes of the first loss
    lies within four standard errors of ``fit``'s, which draws one mask each time."""
    x, y = _rows()
    model = _model([layers.Dense(32), layers.Dropout(0.5), layers.Dense(1)], x, "sgd", "mse")
    recipe = capture_fit(model, x, y, epochs=1, batch_size=50, shuffle=False)
    warm = replace(recipe, model=replace(recipe.model, warm=True))
    first = _lanes(warm, tuple(range(64))).advance(1, time.monotonic() + 600)
    again = []
    start = model.get_weights()
    for _ in range(64):
        model.set_weights(start)
        again.append(_fit(model, x, y, 1, 50)[0])
    error = np.sqrt(np.var(first) / 64 + np.var(again) / 64)
    assert first.std() > 0
    assert abs(np.mean(first) - np.mean(again)) < 4 * error
    lanes = _lanes(warm, (0, 1))
    outputs = lanes.lowered.predict(lanes.lane(0), x)[0]
    model.set_weights(start)
    assert np.allclose(outputs, model.predict(x, verbose=0), rtol=TOLERANCE, atol=1e-5)


def test_fresh_weights_follow_the_initializers() -> None:
    """Seed 0 has the captured weights; others are drawn anew, with Glorot's bound."""
    x, y = _rows()
    model = _model([layers.Dense(64), layers.Dense(1)], x, "adam", "mse")
    lanes = _lanes(capture_fit(model, x, y, epochs=1, batch_size=10), (0, 1, 2))
    kernels = np.asarray(lanes.state[0][0])
    assert np.array_equal(kernels[0], model.get_weights()[0])
    assert not np.array_equal(kernels[1], kernels[2])
    bound = np.sqrt(6 / (4 + 64))
    assert np.abs(kernels[1:]).max() <= bound
    assert kernels[1:].std() == pytest.approx(bound / np.sqrt(3), rel=0.15)


def test_arms_with_other_data_train_on_it() -> None:
    """An arm with targets of its own is a group of its own, and ends elsewhere."""
    x, y = _rows()
    model = _model([layers.Dense(1)], x, "sgd", "mse")
    given = capture_fit(model, x, y, epochs=5, batch_size=10)
    drawn = Data(given.data.inputs, (y * 3,))
    recipe = replace(given, data=replace(given.data, shared_memory=True, drawn=drawn))
    arms = [Arm(frozenset(r), (0,), 25) for r in ((), (CopyBatches(),))]
    groups, _ = grouped(recipe, arms)
    weights = []
    for group in groups:
        lanes = Lanes(Lowered(group.recipes[0]), group.recipes, split(recipe), (0,))
        lanes.advance(25, time.monotonic() + 600)
        weights.append(np.asarray(lanes.state[0][0])[0, ..., 0])
    written, copied = weights
    assert np.allclose(copied, 3 * written, atol=1.5)
    assert not np.allclose(copied, written, atol=0.5)
