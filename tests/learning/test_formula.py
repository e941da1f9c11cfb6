"""Formulas: what they come to is what Python's arithmetic comes to, and what else is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.errors import UsageError
from unstuck.learning.formula import FUNCTIONS, in_numpy, names, parsed, value

NAMES = ("a", "b", "c")
Given = dict[str, int]


def _texts(operators: str, constants: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Expressions over the names; an operator of two characters is ``//``, written ``D``."""
    leaves = st.sampled_from(NAMES) | constants.map(str)

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        pairs = st.tuples(smaller, st.sampled_from(operators), smaller)
        joined = pairs.map(lambda p: f"({p[0]} {p[1].replace('D', '//')} {p[2]})")
        return joined | smaller.map(lambda s: f"(-{s})")

    return st.recursive(leaves, larger, max_leaves=6)


WHOLE = _texts("+-*D%^&|", st.integers(0, 20))
REAL = _texts("+-*/", st.integers(0, 20))
GIVEN = st.fixed_dictionaries({name: st.integers(0, 20) for name in NAMES})


def _python(text: str, given: Given, kind: type[int] | type[float]) -> float | None:
    """What Python makes of it; None where it divides by nothing."""
    try:
        return float(eval(text, {}, {name: kind(v) for name, v in given.items()}))
    except ZeroDivisionError:
        return None


def _arrays(given: Given) -> dict[str, np.ndarray]:
    return {name: np.array([float(v)]) for name, v in given.items()}


@given(WHOLE, GIVEN)
def test_whole_numbers_are_computed_as_python_does(text: str, given: Given) -> None:
    expected = _python(text, given, int)
    if expected is not None:
        assert np.asarray(value(parsed(text), _arrays(given))).item() == expected


@given(REAL, GIVEN)
def test_quotients_are_computed_as_python_does(text: str, given: Given) -> None:
    expected = _python(text, given, float)
    if expected is not None:
        assert np.asarray(value(parsed(text), _arrays(given))).item() == expected


@given(WHOLE | REAL, GIVEN)
def test_the_line_of_numpy_computes_the_same(text: str, given: Given) -> None:
    kind = float if "/" in text.replace("//", "") else int
    if _python(text, given, kind) is None:
        return
    tree, arrays = parsed(text), _arrays(given)
    found = np.asarray(eval(in_numpy(tree), {"np": np}, arrays), dtype=float)
    np.testing.assert_array_equal(found, np.asarray(value(tree, arrays)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_known_function_is_the_same_in_numpy(name: str) -> None:
    tree = parsed(f"{name}({', '.join(NAMES[: FUNCTIONS[name][0]])})")
    arrays = {"a": np.arange(1.0, 50.0), "b": np.arange(49.0, 0.0, -1.0)}
    found = eval(in_numpy(tree), {"np": np}, arrays)
    np.testing.assert_array_equal(found, value(tree, arrays))


@pytest.mark.parametrize("name", ["sqrt", "exp", "log", "sin", "cos"])
@given(st.floats(0.01, 50))
def test_functions_of_real_numbers_are_those_of_math(name: str, number: float) -> None:
    found = value(parsed(f"{name}(a)"), {"a": np.array([number])})[0]
    assert found == pytest.approx(getattr(math, name)(number), rel=1e-12, abs=1e-12)


@given(st.integers(0, 2**52), st.integers(0, 2**52))
def test_parity_least_and_largest_are_pythons(first: int, second: int) -> None:
    given_ = {"a": np.array([float(first)]), "b": np.array([float(second)])}
    assert value(parsed("parity(a)"), given_)[0] == first.bit_count() % 2
    assert value(parsed("min(a, b)"), given_)[0] == min(first, second)
    assert value(parsed("max(a, b)"), given_)[0] == max(first, second)


@pytest.mark.parametrize("text", ["a / 0", "a // 0", "a % 0", "log(0*a)", "sqrt(-a)"])
def test_what_has_no_value_is_not_finite(text: str) -> None:
    with np.errstate(all="ignore"):
        assert not np.isfinite(value(parsed(text), {"a": np.array([3.0])})).any()


def test_names_are_the_inputs_and_no_functions() -> None:
    assert list(names(parsed("sqrt(b) + abs(a) * a - 3"))) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a + b.real", "b.real"),
        ("1 + __import__('os')", "__import__('os')"),
        ("a + gamma(b)", "gamma(b)"),
        ("a + 'x'", "'x'"),
        ("a * (b < 3)", "b < 3"),
        ("lambda a: a", "lambda a: a"),
        ("a[0] + 1", "a[0]"),
        ("[a, b]", "[a, b]"),
        ("a if b else 1", "a if b else 1"),
        ("(b := 3) + a", "b := 3"),
        ("a and b", "a and b"),
        ("~a + 1", "~a"),
        ("a @ b", "a @ b"),
        ("a << 2", "a << 2"),
        ("2j * a", "2j"),
        ("min(a)", "min(a)"),
        ("sqrt(a, b)", "sqrt(a, b)"),
        ("abs(x=a)", "abs(x=a)"),
        ("max(*a)", "max(*a)"),
        ("f'{a}'", "{a}"),
    ],
)
def test_what_is_no_arithmetic_is_refused_by_its_piece(text: str, piece: str) -> None:
    with pytest.raises(UsageError, match="is not understood: use") as caught:
        parsed(text)
    assert piece in str(caught.value).split(" is not understood")[0]


@pytest.mark.parametrize("text", ["", "a +", "a b", "import os", "a = 3", "(a", "\0", "(" * 300])
def test_what_python_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="neither a function that has a name nor an expression"):
        parsed(text)


def test_parities_are_numbers_and_not_bytes() -> None:
    given = {"a": np.array([0.0, 1.0, 7.0]), "b": np.array([1.0, 1.0, 0.0])}
    tree = parsed("parity(a) - parity(b)")
    np.testing.assert_array_equal(value(tree, given), [-1, 0, 1])
    np.testing.assert_array_equal(eval(in_numpy(tree), {"np": np, **given}), [-1, 0, 1])


@pytest.mark.parametrize("text", ["a + True", "a + 1" + "0" * 400, "a + 1e308 * 1e308j"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not understood"):
        parsed(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parsed(text)
    except UsageError as refused:
        assert "understood" in str(refused) or "expression" in str(refused)
    else:
        assert in_numpy(tree)
