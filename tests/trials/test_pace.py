"""How much of a training the time allows."""

from __future__ import annotations

from unstuck.trial import NOTHING, Arm
from unstuck.trials.pace import fitting

ARM = Arm(NOTHING, tuple(range(32)), 1000)


class _Pace:
    """A pace of so many seconds a step and seed, that notes how many seeds it was asked for."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.asked = seconds, list[int]()

    def __call__(self, arm: Arm) -> float:
        self.asked.append(len(arm.seeds))
        return self.seconds * len(arm.seeds)


def test_all_of_it_where_there_is_time() -> None:
    pace = _Pace(0.001)
    assert fitting(ARM, pace, lambda: 60) == ARM
    assert pace.asked == [32]


def test_fewer_seeds_and_then_fewer_steps() -> None:
    assert len(fitting(ARM, _Pace(0.001), lambda: 20).seeds) == 8
    few = fitting(ARM, _Pace(0.01), lambda: 20)
    assert (len(few.seeds), few.steps) == (8, 200)


def test_of_a_large_network_few_seeds_are_asked_first() -> None:
    pace = _Pace(0.01)
    assert fitting(ARM, pace, lambda: 20, is_large=True).steps == 200
    assert pace.asked == [8]
    quick = _Pace(0.0001)
    assert fitting(ARM, quick, lambda: 60, is_large=True) == ARM
    assert quick.asked == [8, 32]


def test_a_pace_that_is_not_known_cuts_nothing() -> None:
    assert fitting(ARM, lambda _: 0.0, lambda: 20) == ARM
    assert fitting(ARM, lambda _: 0.0, lambda: 20, is_large=True).steps == ARM.steps
