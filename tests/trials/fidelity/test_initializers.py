"""Fresh weights follow each variable's own initializer.

A drawn sample is compared with one that the initializer itself draws, by the two-sample test of
Kolmogorov and Smirnov. All seeds are fixed, so a test gives the same on every run; ``P`` is far
below what a right sample gives, and far above what a wrong one does.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from stepwise import lanes_of

from unstuck.capture.keras import capture_fit

P = 1e-4
RNG = np.random.default_rng(9)
layers, init = keras.layers, keras.initializers
SEEDS = tuple(range(1, 9))
RANDOM = {
    "glorot_uniform": init.GlorotUniform,
    "glorot_normal": init.GlorotNormal,
    "he_uniform": init.HeUniform,
    "he_normal": init.HeNormal,
    "lecun_uniform": init.LecunUniform,
    "lecun_normal": init.LecunNormal,
    "random_normal": lambda: init.RandomNormal(0.3, 0.2),
    "random_uniform": lambda: init.RandomUniform(-0.1, 0.4),
    "truncated_normal": lambda: init.TruncatedNormal(0.1, 0.2),
    "variance_scaling": lambda: init.VarianceScaling(2.0, "fan_out", "uniform"),
    "orthogonal": lambda: init.Orthogonal(1.5),
}
FIXED = {
    "zeros": init.Zeros,
    "ones": init.Ones,
    "constant": lambda: init.Constant(0.7),
    "identity": lambda: init.Identity(2.0),
    "seeded": lambda: init.HeNormal(seed=3),
    "seeded orthogonal": lambda: init.Orthogonal(seed=3),
    "own function": lambda: lambda shape, dtype=None: keras.ops.full(shape, 0.3, dtype),
}


def _fresh(layer: Any, width: int = 12, x: Any = None) -> list[np.ndarray]:
    """The trainable weights of ``layer`` under fresh seeds, seeds on the first axis."""
    x = RNG.normal(size=(8, width)).astype("float32") if x is None else x
    kind = "int32" if x.dtype.kind == "i" else "float32"
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=kind), layer, layers.Flatten()])
    model.add(layers.Dense(1))
    model.compile("sgd", "mse")
    state = lanes_of(capture_fit(model, x, np.zeros(8), epochs=1), SEEDS).state
    return [np.asarray(leaf)[: len(SEEDS)] for leaf in state[0]]


def _distance(one: np.ndarray, two: np.ndarray) -> float:
    """The probability, at most, that samples of one distribution lie as far apart."""
    one, two = np.sort(one.ravel()), np.sort(two.ravel())
    every = np.concatenate([one, two])
    shares = [np.searchsorted(s, every, side="right") / len(s) for s in (one, two)]
    size = len(one) * len(two) / (len(one) + len(two))
    return float(2 * np.exp(-2 * size * np.abs(shares[0] - shares[1]).max() ** 2))


@pytest.mark.parametrize("name", RANDOM)
def test_what_is_drawn_at_random(name: str) -> None:
    keras.utils.set_random_seed(1)
    made = RANDOM[name]
    kernels = _fresh(layers.Dense(10, kernel_initializer=made()))[0]
    assert len(np.unique(kernels[:, 0, 0])) == len(SEEDS)
    expected = np.stack([np.asarray(made()((12, 10))) for _ in range(20)])
    assert _distance(kernels, expected) > P
    assert _distance(kernels * 1.6 + 0.05, expected) < P  # the test can fail


@pytest.mark.parametrize("name", FIXED)
def test_what_is_the_same_on_every_run(name: str) -> None:
    kernels = _fresh(layers.Dense(12, kernel_initializer=FIXED[name]()))[0]
    expected = np.asarray(FIXED[name]()((12, 12), dtype="float32"))
    np.testing.assert_allclose(kernels, np.broadcast_to(expected, kernels.shape), rtol=1e-6)


def test_orthogonal_kernels_are_orthogonal() -> None:
    kernels = _fresh(layers.Dense(12, kernel_initializer="orthogonal"))[0]
    for kernel in kernels:
        np.testing.assert_allclose(kernel @ kernel.T, np.eye(12), atol=1e-5)


def test_a_distribution_of_ones_own() -> None:
    class Exponential(init.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return -keras.ops.log(keras.random.uniform(shape, 1e-6, 1.0, seed=None))

    keras.utils.set_random_seed(2)
    kernels = _fresh(layers.Dense(10, kernel_initializer=Exponential()))[0]
    assert len(np.unique(kernels[:, 0, 0])) == len(SEEDS)
    assert _distance(kernels, RNG.exponential(size=2000)) > P


def test_variables_of_recurrent_layers() -> None:
    """The kernel is Glorot's, the recurrent one orthogonal, and the bias of the forget gate 1."""
    keras.utils.set_random_seed(3)
    x = RNG.normal(size=(8, 3, 8)).astype("float32")
    kernel, recurrent, bias = _fresh(layers.LSTM(6), x=x)[:3]
    bound = np.sqrt(6 / (8 + 24))
    assert _distance(kernel, RNG.uniform(-bound, bound, 2000)) > P
    for one in recurrent:
        np.testing.assert_allclose(one @ one.T, np.eye(6), atol=1e-5)
    np.testing.assert_array_equal(bias, np.tile(np.repeat([0.0, 1.0, 0.0, 0.0], 6), (8, 1)))


def test_embeddings_and_normalisation() -> None:
    keras.utils.set_random_seed(4)
    table = _fresh(layers.Embedding(20, 6), x=RNG.integers(0, 20, (8, 4)))[0]
    assert _distance(table, RNG.uniform(-0.05, 0.05, 2000)) > P
    scale, shift = _fresh(layers.BatchNormalization(gamma_initializer=init.Constant(0.5)))[:2]
    assert (np.unique(scale), np.unique(shift)) == (0.5, 0.0)


def test_a_layer_of_ones_own() -> None:
    """Under other seeds its weights are drawn by its own initializer too."""

    class Own(keras.Layer):
        def build(self, shape: Any) -> None:
            self.kernel = self.add_weight(shape=(shape[-1], 10), initializer="he_normal")

        def call(self, x: Any) -> Any:
            return keras.ops.matmul(x, self.kernel)

    keras.utils.set_random_seed(5)
    kernels = _fresh(Own())[0]
    assert len(np.unique(kernels[:, 0, 0])) == len(SEEDS)
    expected = np.stack([np.asarray(init.HeNormal()((12, 10))) for _ in range(20)])
    assert _distance(kernels, expected) > P


def test_weights_that_the_program_gave_a_layer_stay() -> None:
    """A pretrained embedding is the same on every run; what stands after it is not. The child
    process that runs a program marks such layers."""
    x, table = RNG.integers(0, 5, (8, 3)), RNG.normal(size=(5, 4)).astype("float32")
    embedding = layers.Embedding(5, 4, weights=[table])
    embedding._unstuck_loaded = True
    kernels, head = _fresh(embedding, x=x)[:2]
    np.testing.assert_array_equal(kernels, np.broadcast_to(table, kernels.shape))
    assert len(np.unique(head[:, 0, 0])) == len(SEEDS)
