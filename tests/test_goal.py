"""Goals as users write them, and as they are derived."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.errors import UsageError
from unstuck.goal import derive_goal, parse_goal, standard_error, user_goal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accuracy>=0.95", ("accuracy", 0.95)),
        (" R2 > 0.9 ", ("r2", 0.9)),
        ("rmse <= 12.5", ("rmse", 12.5)),
        ("mse<1e-3", ("mse", 0.001)),
    ],
)
def test_understood(text: str, expected: tuple[str, float]) -> None:
    assert parse_goal(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.95", "form"),
        ("accuracy", "form"),
        ("beauty >= 3", "beauty"),
        ("accuracy <= 0.5", "wrong way"),
        ("rmse >= 3", "wrong way"),
        ("r2 >= 1-2", "number"),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_goal(text)


def test_an_error_becomes_the_r2_it_amounts_to() -> None:
    targets = (np.array([0.0, 10.0]),)
    assert user_goal("rmse <= 1", "r2", targets).threshold == pytest.approx(1 - 1 / 25)
    assert user_goal("mse <= 5", "r2", targets).threshold == pytest.approx(1 - 5 / 25)


def test_a_goal_must_fit_the_program() -> None:
    with pytest.raises(UsageError, match="judged by r2"):
        user_goal("accuracy >= 0.9", "r2", ())


@given(st.floats(0, 0.9), st.floats(0, 1))
def test_goals_lie_between_the_constant_and_the_best(constant: float, way: float) -> None:
    best = constant + way * (1 - constant)
    goal = derive_goal("r2", constant, {"as written": constant}, {"linear": best})
    assert goal.threshold <= max(best, 0.975) + 1e-9
    assert goal.threshold >= constant - 1e-9
    assert best == constant or "linear" in goal.reason


def test_goals_for_exact_tasks() -> None:
    """An exact baseline asks for nine tenths of the way; an exact arm for more."""
    assert derive_goal("r2", 0.0, {"a": 0.5}, {"linear": 1.0}).threshold == pytest.approx(0.9)
    assert derive_goal("r2", 0.0, {"a": 1.0}, {"linear": 1.0}).threshold == pytest.approx(0.975)
    assert derive_goal("r2", 0.0, {"a": 0.996}, {}).threshold == pytest.approx(1 - 0.004**0.5)
    assert derive_goal("accuracy", 0.5, {"a": 0.5}, {"t": 0.9}).threshold == pytest.approx(0.86)


def test_one_row_of_few_does_not_make_a_failure() -> None:
    """31 of 32 rows right is no worse than 32 of 32; half of them right is."""
    goal = derive_goal("accuracy", 0.25, {"a": 1.0}, {}, sample=32)
    assert 0.9 < goal.threshold < 31 / 32
    assert derive_goal("accuracy", 0.25, {"a": 1.0}, {}).threshold > 31 / 32


@given(st.sampled_from(["r2", "accuracy"]), st.floats(0, 1), st.integers(4, 1000))
def test_a_sample_lowers_the_goal_by_half_of_the_way_at_most(
    metric: str, best: float, rows: int
) -> None:
    whole = derive_goal(metric, 0.0, {"a": best}, {}).threshold
    lowered = derive_goal(metric, 0.0, {"a": best}, {}, sample=rows).threshold
    assert min(whole, best / 2 - 1e-9) <= lowered <= whole
    assert standard_error(metric, best, 100 * rows) < standard_error(metric, best, rows) + 1e-12
