"""Rows of a function: whole domains, samples that come again, nothing without a truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from unstuck.learning.expressions import expression
from unstuck.learning.function import SAMPLED, Function
from unstuck.learning.functions import named
from unstuck.learning.inputs import Input
from unstuck.learning.problem import Right
from unstuck.recipe import Array

ENDS = st.tuples(st.integers(-30, 30), st.integers(1, 40)).map(lambda e: (e[0], e[0] + e[1]))


def _named(text: str) -> Function:
    found = named(text)
    assert found is not None
    return found


def _all(function: Function) -> tuple[Array, Array]:
    x, y = zip(*function.domain(), strict=True)
    return np.concatenate(x), np.concatenate(y)


@given(ENDS, ENDS)
def test_a_small_domain_is_whole_and_once(first: tuple[int, int], second: tuple[int, int]) -> None:
    inputs = Input("a", *first), Input("b", *second)
    x, y = _all(Function("f", "f", inputs, "a - 2*b"))
    expected = {
        (a, b) for a in range(first[0], first[1] + 1) for b in range(second[0], second[1] + 1)
    }
    assert len(x) == len(expected)
    assert {tuple(row) for row in x.tolist()} == expected
    np.testing.assert_array_equal(y, x[:, 0] - 2 * x[:, 1])


def test_a_domain_of_many_chunks_is_whole_and_once() -> None:
    x, _ = _all(_named("add"))
    assert len(x) == 500 * 500
    assert len(np.unique(x, axis=0)) == 500 * 500
    assert (x.min(), x.max()) == (0, 499)


def test_a_domain_too_large_is_drawn_and_in_range() -> None:
    function = _named("remainder:7:24")
    x, y = _all(function)
    assert len(x) == SAMPLED
    assert function.judged_by == "100,000 drawn from its domain"
    assert x.min() >= 0
    assert x.max() < 2**24
    np.testing.assert_array_equal(y, x[:, 0] % 7)


def test_a_domain_of_real_numbers_is_drawn_and_in_range() -> None:
    x, _ = _all(_named("extrapolate:2"))
    assert len(x) == SAMPLED
    assert 0 <= x.min() < 0.01
    assert 0.99 < x.max() <= 1


@pytest.mark.parametrize("text", ["add", "divide", "xor", "parity:20", "extrapolate", "square"])
def test_samples_come_again_and_are_of_the_domain(text: str) -> None:
    function = _named(text)
    (x, y), (again, truth) = function.sample(), function.sample()
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, truth)
    for column, one in zip(x.T, function.inputs, strict=True):
        assert one.low <= column.min() <= column.max() <= one.high
        assert not one.whole or np.array_equal(column, np.round(column))


def test_another_seed_gives_fresh_rows() -> None:
    function = _named("add")
    (first, _), (second, _) = function.sample(), function.sample(seed=1)
    assert len(first) == len(second) == function.rows
    assert not np.array_equal(first, second)


def test_a_small_domain_is_sampled_whole() -> None:
    x, _ = _named("square").sample()
    assert sorted(x[:, 0]) == sorted([*range(500), *range(500)])
    assert len(_named("xor").sample()[0]) == 4


def test_numbers_to_learn_from_are_of_all_lengths() -> None:
    x, _ = _named("parity:20").sample()
    lengths = np.bincount([int(n).bit_length() for n in x[:, 0]], minlength=21)
    assert lengths.min() >= len(x) // 4 // 21 // 2
    fresh, _ = _named("parity:20").sample(seed=1)
    assert np.bincount([int(n).bit_length() for n in fresh[:, 0]])[:10].sum() < 200


@hypothesis_settings(max_examples=20)
@given(ENDS)
def test_division_by_zero_is_left_out(ends: tuple[int, int]) -> None:
    function = Function("f", "f", (Input("a", 1, 9), Input("b", *ends)), "a / b")
    x, y = _all(function)
    assert (x[:, 1] != 0).all()
    assert np.isfinite(y).all()
    zeros = 9 if ends[0] <= 0 <= ends[1] else 0
    assert len(x) == function.size - zeros
    sampled = Function("f", "f", function.inputs, "a / b", rows=50).sample()
    assert (sampled[0][:, 1] != 0).all()


def test_as_many_rows_are_drawn_although_some_have_no_truth() -> None:
    inputs = Input("a", -1.0, 1.0, whole=False), Input("b", -1.0, 1.0, whole=False)
    x, y = Function("f", "f", inputs, "sqrt(a) + sqrt(b)").sample()
    assert len(x) == len(y) == 10_000
    assert x.min() >= 0


def test_rows_beyond_are_of_ten_times_the_range() -> None:
    function = Function("f", "f", (Input("a", 0, 499), Input("b", -3.0, 2.0, False)), "a * b")
    chunks = list(function.beyond())
    x, y = np.concatenate([c[0] for c in chunks]), np.concatenate([c[1] for c in chunks])
    assert len(x) == SAMPLED
    assert 4900 < x[:, 0].max() <= 4990
    assert -30 <= x[:, 1].min() < -29
    assert 19 < x[:, 1].max() <= 20
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1])


def test_nothing_is_beyond_where_nothing_is_right_there() -> None:
    assert not list(Function("f", "f", (Input("a", 0, 1),), "a", Right(), None).beyond())


@pytest.mark.parametrize("text", ["add", "xor", "square", "parity:16", "extrapolate", "max:2"])
def test_the_code_draws_rows_with_the_same_truth(text: str) -> None:
    function = _named(text)
    found = {"np": np, "random": np.random.default_rng(0)}
    exec(function.code, found)
    x, y = np.asarray(found["x"]), np.asarray(found["y"])
    assert x.shape == (len(y), len(function.inputs))
    assert len(x) == min(function.size, function.rows)
    np.testing.assert_array_equal(function.truth(x), y)
    for column, one in zip(x.T, function.inputs, strict=True):
        assert one.low <= column.min() <= column.max() <= one.high


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("x / y", ["x=0..20", "y=0..20"]),
        ("sqrt(keras - random)", ["keras=0..99"]),
        ("log(a) // b", ["a=0..9", "b=-5..5"]),
    ],
)
def test_the_code_leaves_out_what_has_no_truth(text: str, ranges: list[str]) -> None:
    """Whatever the inputs are called."""
    function = expression(text, ranges)
    found = {"np": np, "random": np.random.default_rng(0)}
    with np.errstate(all="ignore"):
        exec(function.code, found)
    x, y = np.asarray(found["x"]), np.asarray(found["y"])
    assert np.isfinite(y).all()
    assert 0 < len(y) < min(function.size, function.rows)
    np.testing.assert_array_equal(function.truth(x), y)


def test_beyond_a_range_whole_numbers_stay_exact() -> None:
    function = expression("a - b", [f"a=0..{2**52}", "b=-9..9"])
    for x, y in function.beyond():
        assert np.abs(x).max() <= 2**53
        assert [int(a) - int(b) for a, b in x] == [int(answer) for answer in y]
