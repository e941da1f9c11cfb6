"""Checks on recipes that nobody thought of: they may find what they like, but never raise."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unstuck.checks._cases import dense, recipe, regression, trace
from unstuck.checks._run import run_checks
from unstuck.finding import Status
from unstuck.recipe import Array, Loss, Recipe

DTYPES = st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_])
LOSSES = st.sampled_from(
    [
        Loss("mean_squared_error"),
        Loss("categorical_crossentropy"),
        Loss("sparse_categorical_crossentropy", from_logits=True),
        Loss("binary_crossentropy"),
        Loss("mine", custom=True, aligns_shapes=False),
    ]
)
ACTIVATIONS = st.sampled_from(["linear", "relu", "softmax", "sigmoid", "tanh", "mine"])


@st.composite
def _arrays(draw: st.DrawFn, rows: int) -> Array:
    shape = (rows, *draw(st.lists(st.integers(1, 4), max_size=3)))
    return draw(hnp.arrays(draw(DTYPES), shape))


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    rows = draw(st.integers(1, 30))
    units = draw(st.integers(1, 5))
    layers = [dense(draw(st.integers(1, 5)), draw(ACTIVATIONS)), dense(units, draw(ACTIVATIONS))]
    x, y = draw(_arrays(rows)), draw(_arrays(rows))
    return recipe(x, y, layers, draw(LOSSES), metrics=("accuracy",), source="p = m.predict(x)\n")


@settings(max_examples=300)
@given(recipes())
def test_static_checks_never_raise(made: Recipe) -> None:
    for finding in run_checks(made):
        assert finding.message
        assert (finding.status is Status.PLAIN) == (not finding.remedies)


@given(
    st.lists(st.floats(0, 1e30), min_size=1, max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 10**6),
)
def test_checks_of_traces_never_raise(
    loss: list[float], update: float, gradient: float, planned: int
) -> None:
    seen = trace(loss, update=update, gradient=gradient, planned=planned)
    for finding in run_checks(regression(), seen):
        assert finding.message
