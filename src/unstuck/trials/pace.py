"""Pace: how much of a training the time allows. First there are fewer seeds, then fewer steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unstuck.trial import Arm

FEW_SEEDS = 8
SAFETY = 0.8  # the rest is for scoring, and for a machine that slows down

Pace = Callable[[Arm], float]
"""The seconds that one step of all seeds of an arm takes; 0 where that is not known."""


def fitting(arm: Arm, pace: Pace, left: Callable[[], float], *, is_large: bool = False) -> Arm:
    """The arm as far as the time ``left`` allows: all of it if it can be; else fewer seeds, and if
    that is not enough, fewer steps. Of a network that ``is_large``, few seeds are tried first: all
    of them take as many times longer, and compiling them to learn that they are too many would
    take the time of their training."""
    few = replace(arm, seeds=arm.seeds[:FEW_SEEDS])
    if is_large and few != arm:
        rate = pace(few)
        if rate <= 0 or rate * len(arm.seeds) / FEW_SEEDS * arm.steps > left():
            return _cut(few, rate, left())
    rate = pace(arm)
    if rate * arm.steps > left() and few != arm:
        arm, rate = few, pace(few)
    return _cut(arm, rate, left())


def _cut(arm: Arm, rate: float, left: float) -> Arm:
    """The arm with as many steps as there is time for, where the ``rate`` is known."""
    if rate <= 0:
        return arm
    return replace(arm, steps=min(arm.steps, max(1, int(SAFETY * left / rate))))
