"""What a network gets right is counted over all rows that have a truth."""

from __future__ import annotations

from math import inf, isnan

import numpy as np
import pytest

from unstuck.learning.expressions import expression
from unstuck.learning.function import Function
from unstuck.learning.judging import Judge
from unstuck.learning.networks import linear


def _judge(function: Function) -> Judge:
    rows = function.sample()
    network = linear(*rows)
    return Judge(function, network, network.recipe(*rows, function.sample(seed=1)))


def _weights(slope: float) -> list[np.ndarray]:
    return [np.array([[slope]], np.float32), np.zeros(1, np.float32)]


@pytest.mark.parametrize("text", ["sqrt(a - 50000)", "sqrt(50000 - a)"])
def test_stretches_without_a_truth_are_left_out(text: str) -> None:
    function = expression(text, ["a=0..99999"])
    assert 0 in [len(y) for _, y in function.domain()]
    shown = _judge(function).shown(0, _weights(0.0))
    near = sum(int((function.right.allowed(y) >= np.abs(y)).sum()) for _, y in function.domain())
    assert shown.inside == pytest.approx(near / sum(len(y) for _, y in function.domain()))
    assert shown.worst == pytest.approx(np.sqrt(50_000), rel=1e-4)


def test_beyond_may_have_no_truth_at_all() -> None:
    function = expression("sqrt(a) * sqrt(5 - a)", ["a=0.0..5.0"])
    wide = function.wider or tuple(i.beyond() for i in function.inputs)
    assert wide[0].high == 50
    assert not isnan(_judge(function).shown(0, _weights(1.0)).outside or 0.0)


def test_an_answer_that_is_no_number_is_wrong_by_any_measure() -> None:
    shown = _judge(expression("a", [])).shown(0, _weights(float("nan")))
    assert (shown.inside, shown.worst) == (0.0, inf)
