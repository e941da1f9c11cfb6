"""Pace: how much of a training the time allows. First there are fewer seeds, then fewer steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from unstuck.trial import Arm

FEW_SEEDS = 8
SAFETY = 0.8  # the rest is for scoring, and for a machine that slows down

Pace = Callable[[Arm], float]
"""The seconds that one step of all seeds of an arm takes; 0 where that is not known."""


def fitting(arm: Arm, pace: Pace, left: Callable[[], float]) -> Arm:
    """The arm as far as the time ``left`` allows: all of it if it can be; else fewer seeds, and if
    that is not enough, fewer steps."""
    rate = pace(arm)
    if rate * arm.steps > left() and len(arm.seeds) > FEW_SEEDS:
        arm = replace(arm, seeds=arm.seeds[:FEW_SEEDS])
        rate = pace(arm)
    if rate <= 0:
        return arm
    return replace(arm, steps=min(arm.steps, max(1, int(SAFETY * left() / rate))))
