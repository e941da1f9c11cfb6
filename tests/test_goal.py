"""Goals as users write them."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.errors import UsageError
from unstuck.goal import parse_goal, user_goal


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
