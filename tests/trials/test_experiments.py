"""Experiments: what real networks and losses answer before the first update."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from keras import layers, ops

from unstuck.capture.keras import capture_fit
from unstuck.experiments import Experiments
from unstuck.trials import experiments as trials
from unstuck.trials.engine import Lanes
from unstuck.trials.experiments import experiments
from unstuck.trials.lower import Lowered
from unstuck.trials.reach import dependence
from unstuck.trials.split import split

RNG = np.random.default_rng(1)
X = RNG.normal(size=(200, 4)).astype("float32")
Y = X.sum(axis=1)


def _asked(*middle: Any, loss: Any = "mse", inner: int = 8) -> Experiments:
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(inner, "relu"), *middle, layers.Dense(1)]
    )
    return _of(model, X, loss)


@pytest.fixture(autouse=True)
def _at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is asked, however slow the machine."""
    monkeypatch.setattr(trials, "SECONDS", 60.0)


def _of(model: Any, x: Any, loss: Any = "mse") -> Experiments:
    model.compile(optimizer="adam", loss=loss)
    recipe = capture_fit(model, x, Y, epochs=1, batch_size=20)
    found = experiments(Lanes(Lowered(recipe), (recipe,), split(recipe), (0, 1, 2)), 10_000)
    assert found is not None
    return found


def test_of_a_healthy_network() -> None:
    found = _asked(layers.BatchNormalization(), layers.Dropout(0.5))
    assert found.used.all()
    assert found.led.all()
    assert found.inputs.all()
    assert not found.mixed.any()
    assert not found.broken.any()
    assert found.copied == pytest.approx([1, 1], rel=1e-4)
    assert found.features[0].all()
    assert (np.diff(found.wrong, axis=1) > 0).all()
    assert (found.exact, found.exact_gradient) == (0, 0)
    assert found.descent == pytest.approx(np.ones(3), abs=0.1)
    assert found.loss.shape == found.training_loss.shape == (3,)


def test_rows_that_meet() -> None:
    found = _asked(layers.Softmax(axis=0))
    assert found.mixed.max() > 0.5


@pytest.mark.parametrize("cut", ["round", "stop_gradient", "sign"])
def test_a_cut_is_no_dead_unit(cut: str) -> None:
    layer = layers.Lambda(lambda x: getattr(ops, cut)(x))  # noqa: PLW0108 - named in no module
    assert list(_asked(layer).led) == [False, False, True, True]
    dead = layers.Dense(8, "relu", bias_initializer=keras.initializers.Constant(-1e3))
    assert _asked(dead).led.all()


def test_straight_through_is_no_cut() -> None:
    assert _asked(layers.Lambda(lambda x: x + ops.stop_gradient(ops.round(x) - x))).led.all()


def test_what_leads_nowhere() -> None:
    one, two = keras.Input((3,)), keras.Input((1,))
    head = layers.Dense(1)(layers.Dense(8)(one[:, :2]))
    found = _of(keras.Model([one, two], head), [X[:, :3], X[:, 3:]])
    assert list(found.inputs) == [True, False]
    assert [list(f) for f in found.features] == [[True, True, False], [False]]


def test_a_feature_of_tiny_values_is_one_all_the_same() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(1)])
    assert _of(model, X * [1e9, 1e-9, 1, 1]).features[0].all()


def test_losses() -> None:
    summed = _asked(loss=lambda y, p: ops.sum(ops.square(y - p)))
    assert summed.copied == pytest.approx([2, 4], rel=1e-4)
    falling = _asked(loss=lambda y, p: -ops.mean(ops.square(y - p)))
    assert (np.diff(falling.wrong, axis=1) < 0).all()
    rooted = _asked(loss=lambda y, p: ops.mean(ops.sqrt(ops.maximum(p, 0))))
    assert rooted.broken.max() > 0


def test_dependence_looks_into_calls() -> None:
    def function(a: Any, b: Any, c: Any) -> Any:
        inner = jax.jit(lambda p, q: (p * 2, q + 1))
        first, second = inner(a, b)
        return first, second + jnp.zeros_like(c), jnp.ones(())

    assert dependence(jax.make_jaxpr(function)(1.0, 2.0, 3.0)) == [{0}, {1}, set()]
