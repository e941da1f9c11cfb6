"""What simple learners make of rows of which the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.checks._cases import dense, recipe
from unstuck.experiments import SimpleLearners
from unstuck.recipe import Array
from unstuck.trials import simple
from unstuck.trials.measure import measure_of
from unstuck.trials.simple import simple_learners
from unstuck.trials.split import split

RNG = np.random.default_rng(2)
X = RNG.normal(size=(400, 3))
Y = X.sum(axis=1)


@pytest.fixture(autouse=True)
def _at_leisure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is asked, however slow the machine."""
    monkeypatch.setattr(simple, "SECONDS", 60.0)


def _of(x: Array, y: Array, loss: str = "mean_squared_error") -> SimpleLearners:
    made = recipe(x, y, [dense(8, "relu"), dense(1)], loss)
    return simple_learners(made, measure_of(made), split(made))


def test_a_line() -> None:
    found = _of(X, Y)
    assert found.scores["linear"] == pytest.approx(1.0)
    assert found.score > 0.99
    assert found.permuted.max() < 0.1
    assert found.sizes == (100, 200, 400)
    assert found.curve.min() > 0.99
    assert found.shifted.size == found.doubt.size == 0


def test_targets_a_row_too_far() -> None:
    found = _of(X, np.roll(Y, 1))
    assert found.score <= found.permuted.max() + 0.1
    moved = dict(zip(found.shifts, found.shifted, strict=True))
    assert moved.pop(-1) > 0.9
    assert max(moved.values()) < 0.1


def test_rows_in_the_order_of_their_labels_are_not_moved() -> None:
    """The first rows are of one class, which is right wherever the targets are moved to."""
    found = _of(RNG.normal(size=(1400, 3)), np.repeat([0, 1], 700), "binary_crossentropy")
    assert found.shifted.size
    assert found.shifted.max() <= found.permuted.max() + 0.1


def test_labels_that_are_wrong() -> None:
    flipped = np.where(RNG.random(400) < 0.15, Y < 0, Y > 0).astype(int)
    found = _of(X, flipped, "binary_crossentropy")
    assert found.constant == pytest.approx(0.5, abs=0.1)
    assert found.doubt[:2].mean() == pytest.approx(0.15, abs=0.06)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, np.full(400, 2.0)),
        (X[:20], Y[:20]),
        (np.array([["a"], ["b"]] * 200), Y),
        (X, np.where(np.arange(400) == 3, np.nan, Y)),
        (np.zeros((400, 3)), Y),
    ],
    ids=["a constant", "few rows", "words", "no number", "no rows apart"],
)
def test_what_cannot_be_asked(x: Array, y: Array) -> None:
    made = recipe(x, y, [dense(8, "relu"), dense(1)])
    if np.isfinite(y).all():
        found = simple_learners(made, measure_of(made), split(made))
        assert "constant" in found.scores
        assert not np.isfinite(found.score)
