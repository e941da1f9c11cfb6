"""Networks that may compute a function, each with the training that makes it do so.

A network sees what ``before`` makes of the inputs and is trained on what ``after`` makes of the
answers; both are carried inside the saved model, which takes and gives raw numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, log2
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras import capture_fit
from unstuck.layers import Multiplication, Sine
from unstuck.recipe import Array, Recipe
from unstuck.transform import Bits, Classes, Ln, Scale, Transform

LEARNING = 0.7  # of a curriculum, for its stages


@dataclass(frozen=True)
class Network:
    """A network and its training: ``layers`` makes the output from the input tensor. The
    learning rate falls from ``rate`` to 0 along half a cosine over about ``steps`` updates;
    ``clip`` bounds the norm of the gradient."""

    name: str
    sentence: str
    layers: Callable[[Any], Any]
    loss: str
    before: tuple[Transform, ...]
    after: tuple[Transform, ...]
    rate: float
    steps: int
    batch: int
    decay: float = 0.0
    clip: float | None = None
    shortest_first: bool = False

    @property
    def takes_any_length(self) -> bool:
        """Whether it reads a number digit by digit, however many there are."""
        return any(isinstance(t, Bits) and t.steps for t in self.before)

    @property
    def carries(self) -> bool:
        """Whether it can be asked about inputs beyond those that it was trained on."""
        return self.takes_any_length or not any(isinstance(t, Bits) for t in self.before)

    def recipe(self, x: Array, y: Array, fresh: tuple[Array, Array]) -> Recipe:
        """Its training on rows ``(n, inputs)`` with answers ``(n,)``; ``fresh`` ones judge it
        meanwhile."""
        if self.shortest_first:
            order = shortest_first(x[:, 0], self.steps * self.batch)
            x, y = x[order], y[order]
        targets = y[:, None]
        inner, answers = _through(self.before, x), _through(self.after, targets)
        epochs = max(1, ceil(self.steps / ceil(len(x) / self.batch)))
        model = self._compiled(inner.shape[1:], epochs * ceil(len(x) / self.batch))
        given = {"epochs": epochs, "batch_size": self.batch, "shuffle": not self.shortest_first}
        recipe = capture_fit(model, inner, answers, **given)
        data = replace(recipe.data, inputs=(x,), targets=(targets,))
        return replace(
            recipe,
            model=replace(recipe.model, weights=(), sample_output=()),
            data=data,
            validation=replace(data, inputs=(fresh[0],), targets=(fresh[1][:, None],)),
            before=(self.before,),
            after=(self.after,),
        )

    def _compiled(self, shape: tuple[int, ...], steps: int) -> Any:
        taken = (None, *shape[1:]) if len(shape) > 1 else shape
        given = keras.Input(taken)
        model = keras.Model(given, self.layers(given))
        rate = keras.optimizers.schedules.CosineDecay(self.rate, steps)
        optimizer = keras.optimizers.AdamW(rate, weight_decay=self.decay, clipnorm=self.clip)
        model.compile(optimizer, self.loss)
        return model


def _through(chain: tuple[Transform, ...], values: Array) -> Array:
    for transform in chain:
        values = transform.forward(values)
    return values


def shortest_first(numbers: Array, count: int) -> Array:
    """Places of ``numbers`` in the order of a curriculum of ``count`` rows: stages of growing
    length in bits, as long as one another, and at the end all numbers for a third of the time.
    In a stage, half are of its own length and the others shorter, every length alike."""
    random = np.random.default_rng(0)
    lengths = np.array([max(1, int(n).bit_length()) for n in numbers])
    places = {n: np.flatnonzero(lengths == n) for n in np.unique(lengths)}
    known = np.array(sorted(places))
    stages = np.repeat(known, ceil(LEARNING * count / len(known)))[:count]
    shorter = known[random.integers(0, np.searchsorted(known, stages, side="right"))]
    chosen = np.where(random.uniform(size=len(stages)) < 0.5, stages, shorter)
    picks = random.uniform(size=len(chosen))
    found = np.empty(len(chosen), dtype=np.int64)
    for length, rows in places.items():
        mine = chosen == length
        found[mine] = rows[(picks[mine] * len(rows)).astype(int)]
    return np.concatenate([found, random.integers(0, len(numbers), count - len(found))])


def _scale(values: Array) -> Scale:
    """To at most 1 in size by powers of two, which lose no digit."""
    sizes = np.maximum(np.abs(values).max(axis=0), 1e-30)
    spread = tuple(float(2.0 ** ceil(log2(size))) for size in np.atleast_1d(sizes))
    return Scale((0.0,) * len(spread), spread)


def linear(x: Array, y: Array) -> Network:
    """A weighted sum."""
    scales = (_scale(x),), (_scale(y[:, None]),)
    sentence = "one linear layer"
    return Network("linear", sentence, keras.layers.Dense(1), "mse", *scales, 0.1, 2000, 100)


def product(x: Array, y: Array, copies: int) -> Network:
    """A product of some of the inputs, each up to ``copies`` times."""

    def layers(given: Any) -> Any:
        return Multiplication(1)(_repeated(given, copies))

    scales = (_scale(x),), (_scale(y[:, None]),)
    sentence = "one multiplication unit"
    return Network("product", sentence, layers, "mse", *scales, 0.1, 2000, 100)


def products(x: Array, y: Array, copies: int, terms: int) -> Network:
    """A weighted sum of the inputs and of products of up to ``copies`` of each. There are four
    units for each of the ``terms``: one that begins badly does not decide."""
    units = 4 * max(1, terms)

    def layers(given: Any) -> Any:
        multiplied = Multiplication(units)(_repeated(given, copies))
        return keras.layers.Dense(1)(keras.layers.Concatenate()([given, multiplied]))

    scales = (_scale(x),), (_scale(y[:, None]),)
    sentence = f"{units} multiplication units beside the inputs, and a linear layer"
    return Network("products", sentence, layers, "mse", *scales, 0.1, 40_000, 100)


def _repeated(given: Any, times: int) -> Any:
    return keras.layers.Concatenate()([given] * times) if times > 1 else given


def powers(x: Array, y: Array) -> Network:
    """A product of powers of the inputs, quotients and roots among them."""
    chains = (Ln(),), (Ln(),)
    sentence = "one linear layer between logarithms"
    return Network("powers", sentence, keras.layers.Dense(1), "mse", *chains, 0.1, 5000, 100)


def gate(x: Array, y: Array) -> Network:
    """A table of few rows, learned by heart."""

    def layers(given: Any) -> Any:
        hidden = keras.layers.Dense(16, "tanh")(given)
        return keras.layers.Dense(1, "sigmoid")(hidden)

    sentence = "16 hyperbolic tangents and a sigmoid"
    return Network("gate", sentence, layers, "binary_crossentropy", (), (), 0.05, 2000, len(x))


def sines(x: Array, y: Array) -> Network:
    """Periodic units over the bits of a number."""
    classes, bits = Classes.of(y), _bits(x)
    few = len(x) < 25_000
    units = 512 if few else 256

    def layers(given: Any) -> Any:
        return keras.layers.Dense(len(classes.table), "softmax")(Sine(units)(given))

    sentence = f"{units} sines over {bits.count} bits, and a softmax"
    shared = "categorical_crossentropy", (bits,), (classes,)
    steps, batch, decay = (4000, 500, 0.3) if few else (1500, 1000, 0.1)
    return Network("sines", sentence, layers, *shared, 0.01, steps, batch, decay)


def recurrent(x: Array, y: Array) -> Network:
    """A network that reads the bits one after another, so that it takes any number of them. It
    sees short numbers first: a rule is found on them that a long one hides."""
    classes, bits = Classes.of(y), replace(_bits(x), steps=True)

    def layers(given: Any) -> Any:
        return keras.layers.Dense(len(classes.table), "softmax")(keras.layers.GRU(64)(given))

    sentence = "a GRU of 64 units over the bits, short numbers first"
    shared = "categorical_crossentropy", (bits,), (classes,)
    training = 0.005, 10_000, 64
    return Network("recurrent", sentence, layers, *shared, *training, clip=1.0, shortest_first=True)


def _bits(x: Array) -> Bits:
    return Bits(max(1, int(x.max()).bit_length()))


def dense(x: Array, y: Array) -> Network:
    """What fits anything a little: two layers of rectifiers beside the inputs."""

    def layers(given: Any) -> Any:
        hidden = keras.layers.Dense(64, "relu")(given)
        hidden = keras.layers.Dense(64, "relu")(hidden)
        return keras.layers.Dense(1)(keras.layers.Concatenate()([given, hidden]))

    scales = (Scale.to_unit(x),), (Scale.to_unit(y[:, None]),)
    sentence = "two layers of 64 rectifiers beside the inputs, and a linear layer"
    return Network("dense", sentence, layers, "mse", *scales, 0.003, 20_000, 200)


def classifier(x: Array, y: Array) -> Network:
    """As ``dense``, for answers that are few."""
    classes = Classes.of(y)

    def layers(given: Any) -> Any:
        hidden = keras.layers.Dense(64, "relu")(given)
        hidden = keras.layers.Dense(64, "relu")(hidden)
        return keras.layers.Dense(len(classes.table), "softmax")(hidden)

    chains = (Scale.to_unit(x),), (classes,)
    sentence = "two layers of 64 rectifiers and a softmax"
    shared = "categorical_crossentropy", *chains
    return Network("classifier", sentence, layers, *shared, 0.003, 10_000, 200)
