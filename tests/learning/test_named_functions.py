"""Functions by name, by expression and by range: what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.errors import UsageError
from unstuck.learning import problem_of
from unstuck.learning.expressions import expression
from unstuck.learning.functions import GATES, NAMED, named
from unstuck.learning.problem import Right


def _truth(text: str, *row: Any) -> float:
    function = named(text)
    assert function is not None
    return float(function.truth(np.array([row]))[0])


@pytest.mark.parametrize("name", NAMED)
def test_every_name_gives_a_function_with_finite_truths(name: str) -> None:
    function = named(name)
    assert function is not None
    assert function.sentence
    x, y = function.sample()
    assert x.shape == (len(y), len(function.inputs))
    assert len(y) >= 4
    assert np.isfinite(y).all()
    np.testing.assert_array_equal(function.truth(x), y)
    again = NAMED[name].make(*NAMED[name].defaults)
    assert again == function


@pytest.mark.parametrize("name", NAMED)
def test_every_name_is_of_many_rows_beyond_or_of_none(name: str) -> None:
    function = named(name)
    assert function is not None
    rows = sum(len(y) for _, y in function.beyond())
    assert (rows == 0) == (function.outside is None) == (name in GATES)


@pytest.mark.parametrize(
    ("text", "row", "truth"),
    [
        ("add", (3, 4), 7),
        ("subtract", (3, 4), -1),
        ("multiply", (30, 40), 1200),
        ("divide", (3, 4), 0.75),
        ("square", (12,), 144),
        ("scale", (5,), 15),
        ("scale:10", (5,), 50),
        ("mean:3", (1, 2, 6), 3),
        ("max:4", (1, 9, 2, 3), 9),
        ("extrapolate:3", (9.0, 1.0, 3.0), 5),
        ("parity:10", (7,), 1),
        ("parity:10", (1023,), 0),
        ("remainder", (100,), 2),
        ("remainder:10:8", (255,), 5),
    ],
)
def test_what_a_named_function_gives(text: str, row: tuple[float, ...], truth: float) -> None:
    assert _truth(text, *row) == truth


def test_the_gates_are_all_sixteen() -> None:
    rows = np.array([(0, 0), (0, 1), (1, 0), (1, 1)], dtype=float)
    tables = {name: tuple(f.truth(rows)) for name in GATES if (f := named(name)) is not None}
    assert len(set(tables.values())) == 16
    assert tables["xor"] == (0, 1, 1, 0)
    assert tables["implies"] == (1, 1, 0, 1)
    assert tables["inhibits"] == (0, 0, 1, 0)


@given(st.integers(2, 99), st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=9))
def test_remainders_of_64_bits_are_exact(modulus: int, numbers: list[int]) -> None:
    function = named(f"remainder:{modulus}")
    assert function is not None
    found = function.truth(np.array(numbers, dtype=np.uint64)[:, None])
    assert found.tolist() == [number % modulus for number in numbers]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=9))
def test_parities_of_64_bits_are_exact(numbers: list[int]) -> None:
    function = named("parity")
    assert function is not None
    found = function.truth(np.array(numbers, dtype=np.uint64)[:, None])
    assert found.tolist() == [number.bit_count() % 2 for number in numbers]


def test_rows_beyond_a_number_are_of_64_bits_and_exact() -> None:
    function = named("remainder:7")
    assert function is not None
    assert function.longest == 64
    x, y = next(iter(function.beyond()))
    numbers = [int(n) for n in x[:, 0]]
    assert max(numbers) > 2**63
    assert y.tolist() == [number % 7 for number in numbers]


@pytest.mark.parametrize(
    "text",
    ["mean:x", "remainder:7:20:99", "remainder:0", "add:2", "mean:-2", "mean:", "mean:1.5"],
)
def test_arguments_that_a_name_does_not_take(text: str) -> None:
    name = text.split(":", maxsplit=1)[0]
    with pytest.raises(UsageError) as caught:
        named(text)
    assert str(caught.value) == f"{text!r} is not understood: write {NAMED[name].signature(name)}"


@pytest.mark.parametrize(("text", "bits"), [("remainder:7:99", 99), ("parity:25", 25)])
def test_more_bits_than_single_precision_holds(text: str, bits: int) -> None:
    with pytest.raises(UsageError, match=f"{bits} bits are more than single"):
        named(text)


def test_a_line_through_one_value() -> None:
    with pytest.raises(UsageError, match="at least 2 values"):
        named("extrapolate:1")


def test_how_a_name_is_written() -> None:
    assert NAMED["remainder"].signature("remainder") == "remainder[:MODULUS[:BITS]]"
    assert NAMED["add"].signature("add") == "add"


def test_an_unknown_name_is_an_expression_of_itself() -> None:
    assert named("bogus") is None
    assert problem_of("bogus").names == ("bogus",)


def test_ranges_are_of_whole_numbers_or_all_between() -> None:
    function = expression("a + b + c", ["a=-5..5", "b=0.0..1.0"])
    a, b, c = function.inputs
    assert (a.low, a.high, a.whole) == (-5, 5, True)
    assert (b.low, b.high, b.whole) == (0, 1, False)
    assert (c.low, c.high, c.whole) == (0, 99, True)


@pytest.mark.parametrize(
    "text",
    ["b=1", "b=5..1", "b=1..1", "b", "b=", "b=..", "b=1..x", "=0..1", "b=nan..1", ""],
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        expression("a + b", [text])
    assert str(caught.value) == f"{text!r} is no range such as a=0..499"


@pytest.mark.parametrize(
    "text",
    ["b=0..inf", "b=-inf..0", "b=0.0..1e300", "b=0..18446744073709551615", f"b=0..{10**400}"],
)
def test_a_range_beyond_double_precision(text: str) -> None:
    with pytest.raises(UsageError, match="goes beyond 2\\^53"):
        expression("a + b", [text])


def test_an_input_named_as_numpy_is_in_programs() -> None:
    with pytest.raises(UsageError, match="an input cannot be named np"):
        expression("a + np", [])


def test_what_is_too_long_is_refused() -> None:
    assert expression("a" + "+1" * 249, [])
    with pytest.raises(UsageError, match="longer than 500 characters"):
        expression("a" + "+1" * 250, [])


@pytest.mark.parametrize("text", ["mean:101", "max:1000"])
def test_too_many_numbers(text: str) -> None:
    with pytest.raises(UsageError, match="numbers are too many: at most 100"):
        named(text)


def test_a_range_of_a_name_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"there is no c in 'a\+b'"):
        expression("a+b", ["a=0..1", "c=0..1"])


def test_an_expression_without_inputs() -> None:
    with pytest.raises(UsageError, match="has no inputs"):
        expression("1 + 2", [])


def test_an_expression_without_any_value() -> None:
    with pytest.raises(UsageError, match="has a value on 0 rows of its ranges"):
        expression("sqrt(-1 - a)", [])


def test_whole_truths_are_right_after_rounding_others_near_their_spread() -> None:
    assert expression("a * b", []).right == Right(0.5, 0.0)
    function = expression("a / 7", [])
    spread = float(np.arange(100).std()) / 7
    assert function.right.within == pytest.approx(0.01 * spread, rel=0.1)
    assert function.right.relative == 1e-3
    assert function.outside == function.right


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": "add", "ranges": ["a=0..1"]}, "--range is for expressions"),
        ({"text": "add", "target": "y"}, "--target names a column of a table"),
        ({"text": "t.csv", "rows": 10}, "a table has its own rows"),
        ({"text": "t.csv", "ranges": ["a=0..1"]}, "a table has its own rows"),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        problem_of(**given)


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (Right(), "after rounding"),
        (Right(0.01), "within 0.01"),
        (Right(0.0, 1e-3), "within 0.001 of the size of the truth"),
        (Right(0.5, 1e-4), "after rounding or within 0.0001 of the size of the truth"),
    ],
)
def test_right_in_words(right: Right, words: str) -> None:
    assert str(right) == words


def test_right_allows_the_larger_of_both() -> None:
    allowed = Right(0.5, 0.01).allowed(np.array([-1000.0, 3.0, 0.0]))
    np.testing.assert_allclose(allowed, [10, 0.5, 0.5])
