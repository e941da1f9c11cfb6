"""What is drawn at random: masks, noise, and the order of rows.

Losses of single steps cannot agree, so distributions do. Sixty-four lanes are compared with
sixty-four runs of ``fit`` by their means, which may lie ``ERRORS`` standard errors apart: beyond
chance to one in ten thousand. All seeds are fixed, so a test that passes once passes always.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from stepwise import Losses, advance, lanes_of

from unstuck.capture.keras import capture_fit

pytestmark = pytest.mark.slow

ERRORS = 4
RUNS = 64
layers = keras.layers
RNG = np.random.default_rng(10)
X = RNG.normal(size=(20, 6)).astype("float32")
Y = np.tanh(X.sum(axis=1))
SERIES = RNG.normal(size=(20, 4, 3)).astype("float32")
IMAGES = RNG.uniform(size=(20, 6, 6, 1)).astype("float32")
NOISY: dict[str, tuple[np.ndarray, Any]] = {
    "dropout": (X, lambda: [layers.Dropout(0.5)]),
    "gaussian noise": (X, lambda: [layers.GaussianNoise(1.0)]),
    "gaussian dropout": (X, lambda: [layers.GaussianDropout(0.5)]),
    "alpha dropout": (X, lambda: [layers.AlphaDropout(0.4)]),
    "spatial dropout": (SERIES, lambda: [layers.SpatialDropout1D(0.5)]),
    "recurrent dropout": (SERIES, lambda: [layers.SimpleRNN(4, recurrent_dropout=0.5)]),
    "flipped images": (IMAGES, lambda: [layers.RandomFlip(), layers.RandomTranslation(0.2, 0.2)]),
}


def _model(x: np.ndarray, made: list[Any]) -> keras.Model:
    head = [layers.Flatten(), layers.Dense(8, "tanh"), layers.Dense(1)]
    model = keras.Sequential([keras.Input(x.shape[1:]), *made, *head])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def _apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """How many standard errors the means lie apart."""
    error = np.sqrt(ours.var() / len(ours) + theirs.var() / len(theirs))
    return float(abs(ours.mean() - theirs.mean()) / error)


@pytest.mark.parametrize("name", NOISY)
def test_noise_has_the_distribution_of_fits(name: str) -> None:
    keras.utils.set_random_seed(1)
    x, made = NOISY[name]
    model = _model(x, made())
    recipe = capture_fit(model, x, Y, epochs=2, batch_size=20, shuffle=False)
    warm = replace(recipe, model=replace(recipe.model, warm=True))
    ours = advance(lanes_of(warm, tuple(range(RUNS))), 2)
    start, theirs = model.get_weights(), []
    for _ in range(RUNS):
        model.set_weights(start)
        seen = Losses()
        model.fit(x, Y, epochs=2, batch_size=20, shuffle=False, verbose=0, callbacks=[seen])
        theirs.append(seen.seen)
    for mine, wanted in zip(ours, np.array(theirs).T, strict=True):
        assert len(np.unique(mine)) > RUNS / 2
        assert _apart(mine, wanted) < ERRORS
        assert 0.4 < mine.std() / wanted.std() < 2.5


@pytest.mark.parametrize("rows", [20, 23])
def test_an_epoch_has_each_row_once(rows: int) -> None:
    """A batch's loss is the sum of its rows' own powers of two, so it tells which rows these
    were; the weights stand still."""
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanAbsoluteError(reduction="sum"))
    y = 2.0 ** np.arange(rows)
    recipe = capture_fit(model, np.ones((rows, 1)), y, epochs=6, batch_size=5)
    per_epoch = recipe.fit.steps_per_epoch
    losses = advance(lanes_of(recipe, (0, 1, 2)), recipe.fit.steps).round().astype(int)
    epochs = losses.reshape(6, per_epoch, 3)
    assert (epochs.sum(axis=1) == 2**rows - 1).all()
    sizes = [[int(n).bit_count() for n in epoch[:, 0]] for epoch in epochs]
    assert all(s == [5] * (rows // 5) + [rows % 5] * (rows % 5 > 0) for s in sizes)
    orders = {tuple(epochs[e, :, lane]) for e in range(6) for lane in range(3)}
    assert len(orders) > 6  # the lanes have orders of their own


def test_shuffled_trainings_end_like_those_of_fit() -> None:
    """From the same weights over 32 orders each, the last losses agree in mean."""
    keras.utils.set_random_seed(2)
    model = _model(X, [])
    recipe = capture_fit(model, X, Y, epochs=6, batch_size=6)
    warm = replace(recipe, model=replace(recipe.model, warm=True))
    ours = advance(lanes_of(warm, tuple(range(32))), recipe.fit.steps)[-4:].mean(axis=0)
    start, theirs = model.get_weights(), []
    for _ in range(32):
        model.set_weights(start)
        seen = Losses()
        model.fit(X, Y, epochs=6, batch_size=6, verbose=0, callbacks=[seen])
        theirs.append(np.mean(seen.seen[-4:]))
    assert ours.std() > 0
    assert _apart(ours, np.array(theirs)) < ERRORS


@pytest.mark.parametrize("shuffle", [True, False])
def test_finished_batches_change_places_and_stay_whole(shuffle: bool) -> None:
    """As ``fit`` shuffles a ``PyDataset``; a generator has an order of its own."""
    powers = 2.0 ** np.arange(20)

    class Batched(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> tuple:
            return np.ones((5, 1)), powers[5 * index : 5 * index + 5]

    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanAbsoluteError(reduction="sum"))
    recipe = capture_fit(model, Batched(), epochs=4, shuffle=shuffle)
    losses = advance(lanes_of(recipe, (0, 1)), 16).reshape(4, 4, 2)
    batches = powers.reshape(4, 5).sum(axis=1)
    assert all((np.sort(losses[e, :, lane]) == batches).all() for e in range(4) for lane in (0, 1))
    orders = {tuple(losses[e, :, lane]) for e in range(4) for lane in (0, 1)}
    assert len(orders) > 3 if shuffle else orders == {tuple(batches)}
