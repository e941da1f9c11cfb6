"""The schedules' formulas against Keras's own."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from unstuck.checks._schedules import rates

KERAS = keras.optimizers.schedules
SCHEDULES = {
    "inverse time": KERAS.InverseTimeDecay(0.1, 7, 0.5),
    "inverse time, in steps": KERAS.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
    "exponential": KERAS.ExponentialDecay(0.1, 11, 0.3),
    "exponential, in steps": KERAS.ExponentialDecay(0.1, 11, 0.3, staircase=True),
    "polynomial": KERAS.PolynomialDecay(0.1, 40, 0.001, power=2.0),
    "polynomial, in cycles": KERAS.PolynomialDecay(0.1, 13, 0.001, cycle=True),
    "cosine": KERAS.CosineDecay(0.1, 40, alpha=0.05),
    "cosine after a warm-up": KERAS.CosineDecay(0.0, 40, warmup_target=0.1, warmup_steps=9),
    "restarts": KERAS.CosineDecayRestarts(0.1, 9, t_mul=2.0, m_mul=0.8, alpha=0.01),
    "restarts of one length": KERAS.CosineDecayRestarts(0.1, 9, t_mul=1.0),
    "piecewise": KERAS.PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001]),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_equals_keras(name: str) -> None:
    schedule: Any = SCHEDULES[name]
    steps = np.arange(1, 60, 4)
    config = keras.saving.serialize_keras_object(schedule)
    expected = [float(schedule(int(step))) for step in steps]
    assert rates(config, steps) == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_a_schedule_of_ones_own_is_not_known() -> None:
    assert rates({"class_name": "Mine", "config": {}}, np.arange(3)) is None
