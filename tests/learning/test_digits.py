"""Binary digits and logarithms of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.transform import Bits, Ln


@given(st.lists(st.integers(0, 2**53 - 1), min_size=1, max_size=9))
def test_bits_are_the_binary_digits_the_highest_first(numbers: list[int]) -> None:
    found = Bits(53).forward(np.array(numbers, dtype=float)[:, None])
    assert found.dtype == np.float32
    for row, number in zip(found, numbers, strict=True):
        assert "".join(str(int(b)) for b in row) == bin(number)[2:].zfill(53)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=9))
def test_bits_of_64_bit_integers_are_exact(numbers: list[int]) -> None:
    found = Bits(64).forward(np.array(numbers, dtype=np.uint64)[:, None])
    for row, number in zip(found, numbers, strict=True):
        assert "".join(str(int(b)) for b in row) == f"{number:064b}"


@given(st.integers(0, 2**20 - 1), st.integers(1, 24))
def test_fewer_bits_are_the_lowest(number: int, count: int) -> None:
    (row,) = Bits(count).forward(np.array([[number]]))
    assert "".join(str(int(b)) for b in row) == f"{number % 2**count:0{count}b}"


def test_steps_are_the_same_digits_one_after_another() -> None:
    numbers = np.arange(32.0)[:, None]
    plain, steps = Bits(5).forward(numbers), Bits(5, steps=True).forward(numbers)
    assert steps.shape == (32, 5, 1)
    np.testing.assert_array_equal(steps[:, :, 0], plain)


def test_bits_are_for_inputs_only() -> None:
    with pytest.raises(NotImplementedError, match="Bits is for inputs only"):
        Bits(3).inverse(np.zeros((1, 3)))


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=9))
def test_ln_comes_back(numbers: list[float]) -> None:
    values = np.array(numbers)[:, None]
    np.testing.assert_allclose(Ln().inverse(Ln().forward(values)), values, rtol=1e-5)


@given(st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.floats(-2, 2))
def test_ln_makes_a_sum_of_a_product_of_powers(a: float, b: float, power: float) -> None:
    one, two, both = (float(Ln().forward(np.array([v]))[0]) for v in (a, b, a * b**power))
    assert both == pytest.approx(one + power * two, abs=1e-4)
