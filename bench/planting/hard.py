"""Programs that are well but hard: they learn slowly, little, or not at all from such data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bench.planting.programs import Plan, binary, classification, regression
from unstuck.recipe import Array


def _bits(random: np.random.Generator, rows: int, bits: int) -> Array:
    return random.integers(0, 2, (rows, bits)).astype(float)


def parity(random: np.random.Generator, rows: int) -> Plan:
    """Parity of six bits among ten, a long plateau."""
    plan = binary(random, rows)
    x = _bits(random, rows, 10)
    y = x[:, :6].sum(axis=1).astype(int) % 2
    return replace(plan, kind="parity", x=(x,), y=y, units=(64, 64), epochs=200)


def remainder(random: np.random.Generator, rows: int) -> Plan:
    """A remainder by 5 of numbers of nine bits, nearly all of them among the rows."""
    plan = classification(random, rows)
    x = _bits(random, 3 * rows, 9)
    y = (x @ 2.0 ** np.arange(9)).astype(int) % 5
    return replace(plan, kind="remainder", x=(x,), y=y, head=5, units=(64, 64), epochs=150)


def noisy(random: np.random.Generator, rows: int) -> Plan:
    """A regression most of which is noise."""
    plan = regression(random, rows)
    y = plan.y + random.normal(size=rows) * 2 * plan.y.std()
    return replace(plan, kind="noisy regression", y=y, units=(16,), epochs=10)


def noisy_classes(random: np.random.Generator, rows: int) -> Plan:
    """A classification of which a quarter of the labels are drawn anew."""
    plan = classification(random, rows)
    drawn = random.uniform(size=rows) < 0.25
    y = np.where(drawn, random.integers(0, plan.head, rows), plan.y)
    return replace(plan, kind="noisy classes", y=y, epochs=15)


def small(random: np.random.Generator, rows: int) -> Plan:
    """Very few rows."""
    del rows
    return replace(regression(random, 60), kind="few rows", units=(8,), epochs=150)


HARD: tuple[Callable[[np.random.Generator, int], Plan], ...] = (
    parity,
    remainder,
    noisy,
    noisy_classes,
    small,
)
