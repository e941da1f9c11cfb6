"""Probes: each sees what it is for, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.errors import UsageError
from unstuck.learning import problem_of
from unstuck.learning.choice import BY_NAME, of_name, proposals
from unstuck.learning.probes import EXACT, Facts, probe


def _facts(text: str, *ranges: str) -> Facts:
    return probe(*problem_of(text, ranges).sample())


def _networks(text: str, *ranges: str) -> list[str]:
    x, y = problem_of(text, ranges).sample()
    return [network.name for network, _ in proposals(x, y, probe(x, y))]


def test_a_sum_is_linear() -> None:
    facts = _facts("add")
    assert facts.linear < EXACT
    assert (facts.period, facts.parity, facts.table) == (None, False, False)
    assert _networks("add")[0] == "linear"


def test_a_product_is_a_power_and_of_degree_two() -> None:
    facts = _facts("multiply")
    assert facts.linear > 0.1
    assert facts.power < EXACT
    assert (facts.degree, facts.terms, facts.copies, facts.classes) == (2, 1, 1, 0)
    assert _networks("multiply")[0] == "product"


def test_a_sum_of_products_is_of_degree_two_and_no_power() -> None:
    facts = _facts("a*b + 3*c")
    assert facts.linear > EXACT
    assert facts.power > 0.01
    assert (facts.degree, facts.terms, facts.copies) == (2, 1, 1)
    assert _networks("a*b + 3*c")[0] == "products"


def test_a_cube_takes_its_input_three_times() -> None:
    facts = _facts("a * a * a + b")
    assert (facts.degree, facts.copies) == (3, 3)


def test_a_quotient_is_a_power_and_no_polynomial() -> None:
    facts = _facts("divide")
    assert facts.power < EXACT
    assert facts.degree is None
    assert _networks("divide")[0] == "powers"


def test_a_remainder_has_its_period() -> None:
    facts = _facts("remainder:7")
    assert (facts.period, facts.classes, facts.parity) == (7, 7, False)
    assert facts.linear > 0.9
    assert facts.degree is None
    assert _networks("remainder:7")[:2] == ["sines", "recurrent"]


@pytest.mark.parametrize("modulus", [2, 3, 10, 64, 97])
def test_the_period_is_the_modulus(modulus: int) -> None:
    assert _facts(f"remainder:{modulus}").period == modulus


def test_a_parity_is_seen_and_has_no_period() -> None:
    facts = _facts("parity:10")
    assert (facts.parity, facts.period, facts.classes) == (True, None, 2)
    assert _networks("parity:10")[0] == "sines"


@pytest.mark.parametrize("text", ["parity(n & 2197)", "1 - parity(n & 2125)"])
def test_the_parity_of_some_bits_and_its_opposite_are_seen(text: str) -> None:
    facts = _facts(text, "n=0..4095")
    assert facts.parity
    assert facts.period is None


def test_a_gate_is_a_table() -> None:
    facts = _facts("xor")
    assert (facts.table, facts.classes) == (True, 2)
    assert _networks("xor")[0] == "gate"


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_found_in_noise(seed: int) -> None:
    random = np.random.default_rng(seed)
    facts = probe(random.normal(size=(5000, 2)), random.normal(size=5000))
    assert facts.linear > 0.9
    assert (facts.power, facts.degree, facts.terms) == (1.0, None, 0)
    assert (facts.period, facts.parity, facts.classes, facts.table) == (None, False, 0, False)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kinds", [2, 7])
def test_nothing_is_found_in_random_classes_of_numbers(seed: int, kinds: int) -> None:
    random = np.random.default_rng(seed)
    x = random.integers(0, 2**20, (20_000, 1)).astype(float)
    facts = probe(x, random.integers(0, kinds, 20_000).astype(float))
    assert facts.linear > 0.9
    assert (facts.degree, facts.period, facts.parity, facts.classes) == (None, None, False, kinds)


def test_a_constant_answer_breaks_no_probe() -> None:
    facts = probe(np.arange(100.0)[:, None], np.zeros(100))
    assert facts.linear < EXACT


@pytest.mark.parametrize("name", BY_NAME)
def test_every_network_can_be_asked_for(name: str) -> None:
    x, y = problem_of("parity:10").sample()
    if name == "powers":
        x, y = problem_of("divide").sample()
    assert of_name(name, x, y, probe(x, y))[0].name == name


def test_a_network_that_there_is_not() -> None:
    x, y = problem_of("xor").sample()
    with pytest.raises(UsageError, match="'transformer' is no network: linear, product"):
        of_name("transformer", x, y, probe(x, y))
