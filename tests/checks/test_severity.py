"""What checks say where nothing, or not much, is the matter; and that units do not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.checks._cases import (
    adam,
    dense,
    integers,
    layer,
    normal,
    one_hot,
    recipe,
    uniform,
)
from unstuck.checks._run import run_checks
from unstuck.finding import Severity
from unstuck.recipe import Data, Loss, Recipe

SPARSE = "sparse_categorical_crossentropy"


def _tabular(spread: float) -> Recipe:
    scales = np.array([1.0, spread, 1.0, 1.0])
    x, y = normal(800, 4) * scales, integers(0, 2, 800)
    layers = [dense(32, "relu"), dense(1, "sigmoid")]
    own = Data((normal(90, 4) * scales,), (integers(0, 2, 90),))
    return recipe(
        x, y, layers, "binary_crossentropy", metrics=("accuracy",), validation=own, epochs=30
    )


def _digits() -> Recipe:
    x, y = integers(0, 17, 600, 8, 8, 1) / 16, integers(0, 10, 600)
    layers = [
        layer("Conv2D", (6, 6, 16), filters=16, activation="relu"),
        layer("Flatten", (576,)),
        dense(10, "softmax"),
    ]
    return recipe(x, y, layers, SPARSE, metrics=("accuracy",))


def _flat_digits() -> Recipe:
    x = integers(0, 17, 600, 64) / 16
    x[:, [0, 7, 56]] = 0
    layers = [dense(64, "relu"), dense(10)]
    return recipe(x, integers(0, 10, 600), layers, Loss(SPARSE, from_logits=True))


def _sine() -> Recipe:
    waves = np.sin(np.arange(540) / 9)
    x = np.stack([waves[i : i + 20] for i in range(500)])[..., None]
    layers = [layer("LSTM", (16,), units=16, activation="tanh"), dense(1)]
    return recipe(x, waves[20:520], layers, metrics=("mae",))


def _autoencoder() -> Recipe:
    x = uniform(0, 1, 500, 30)
    return recipe(x, x, [dense(4, "relu"), dense(30, "sigmoid")])


def _text() -> Recipe:
    layers = [
        layer("Embedding", (40, 16)),
        layer("GlobalAveragePooling1D", (16,)),
        dense(1, "sigmoid"),
    ]
    return recipe(integers(0, 5000, 500, 40), integers(0, 2, 500), layers, "binary_crossentropy")


def _tags() -> Recipe:
    layers = [dense(32, "relu"), dense(6, "sigmoid")]
    return recipe(normal(500, 9), integers(0, 2, 500, 6), layers, "binary_crossentropy")


def _decayed() -> Recipe:
    config = {"initial_learning_rate": 0.01, "decay_steps": 130, "decay_rate": 0.9}
    schedule = {"class_name": "ExponentialDecay", "config": config}
    x = normal(400, 3)
    return recipe(x, x.sum(axis=1), [dense(16, "relu"), dense(1)], by=adam(0.01, schedule))


HEALTHY = {
    "a table": lambda: _tabular(1.0),
    "a table of mixed scales": lambda: _tabular(60.0),
    "digits as images": _digits,
    "digits as rows, some pixels dark": _flat_digits,
    "a sine": _sine,
    "an autoencoder": _autoencoder,
    "text": _text,
    "independent tags": _tags,
    "one-hot": lambda: recipe(
        normal(300, 5),
        one_hot(integers(0, 4, 300), 4),
        [dense(4, "softmax")],
        "categorical_crossentropy",
        metrics=("accuracy",),
    ),
    "a usual decay": _decayed,
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_program_has_no_error(name: str) -> None:
    found = {f.check: f.severity for f in run_checks(HEALTHY[name]())}
    assert Severity.ERROR not in found.values(), found
    quiet = name != "a table of mixed scales"
    assert not quiet or set(found.values()) <= {Severity.NOTE}, found


def test_mixed_scales_are_a_warning() -> None:
    found = run_checks(_tabular(50_000.0), select=["unscaled-inputs"])
    assert [f.severity for f in found] == [Severity.WARNING]


def test_leak_is_worse_than_chance() -> None:
    """A copied row of real numbers cannot be chance; equal rows of a grid are."""
    x, grid = normal(300, 4), integers(0, 50, 3000, 2)
    copied = recipe(x, x[:, 0], [dense(1)], validation=Data((x[:60],), (x[:60, 0],)))
    drawn = recipe(
        grid[:2400], grid[:2400, 0], [dense(1)], validation=Data((grid[2400:],), (grid[2400:, 0],))
    )
    severities = [run_checks(r, select=["leaked-validation"])[0].severity for r in (copied, drawn)]
    assert severities == [Severity.ERROR, Severity.NOTE]


def test_targets_out_of_reach_are_an_error() -> None:
    """With the same targets, enough steps make it a warning."""
    short = recipe(normal(320, 3), normal(320) * 200, [dense(8, "relu"), dense(1)], epochs=2)
    long = replace(short, fit=replace(short.fit, epochs=500))
    severities = [run_checks(r, select=["unscaled-targets"])[0].severity for r in (short, long)]
    assert severities == [Severity.ERROR, Severity.WARNING]


@given(
    st.floats(-50, 50).filter(lambda s: abs(s) > 1e-2),
    st.floats(-100, 100),
    st.sampled_from([4, 9, 40, 120]),
)
def test_narrowness_does_not_depend_on_units_of_measure(
    scale: float, shift: float, width: int
) -> None:
    """Directions of variance are the same however the targets are scaled and shifted."""
    y = normal(150, 3) @ normal(3, width)
    layers = [dense(8, "relu"), dense(2, "relu"), dense(width)]
    wide = [dense(8, "relu"), dense(5, "relu"), dense(width)]
    for given_layers in (layers, wide):
        found = [
            {f.evidence.get("units") for f in run_checks(made, select=["too-narrow"])}
            for made in (
                recipe(normal(150, 7), y, given_layers),
                recipe(normal(150, 7), y * scale + shift, given_layers),
            )
        ]
        assert found[0] == found[1]


@given(st.permutations(range(4)), st.randoms())
def test_order_of_rows_and_features_does_not_matter(order: list[int], random: object) -> None:
    made = recipe(normal(300, 4) * [1, 50, 1, 0.001], normal(300) * 40, [dense(1)])
    rows = np.random.default_rng(random.randrange(2**32)).permutation(300)  # type: ignore[attr-defined]
    data = Data((made.data.inputs[0][rows][:, order],), (made.data.targets[0][rows],))
    names = [
        {(f.check, f.severity) for f in run_checks(r)} for r in (made, replace(made, data=data))
    ]
    assert names[0] == names[1]
