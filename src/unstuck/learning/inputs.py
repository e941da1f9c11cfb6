"""Inputs of a function: their ranges, and the drawing of values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from unstuck.recipe import Array

BEYOND = 10.0  # times the range, for rows outside it
EXACT_DOUBLE = 2**53  # above, double precision no longer holds every whole number
MANY_BITS = 8


@dataclass(frozen=True)
class Input:
    """One input from ``low`` to ``high``, both included; ``whole`` numbers or any between."""

    name: str
    low: float
    high: float
    whole: bool = True

    @property
    def count(self) -> float:
        """How many values it can have."""
        return self.high - self.low + 1 if self.whole else float("inf")

    @property
    def has_bits(self) -> bool:
        """Whether it is a number whose bits may matter one by one."""
        return self.whole and self.low == 0 and self.high >= 2**MANY_BITS

    def draw(self, random: np.random.Generator, rows: int) -> Array:
        """``rows`` values, uniform."""
        if self.high > EXACT_DOUBLE:
            return random.integers(int(self.low), int(self.high), rows, np.uint64, endpoint=True)
        if self.whole:
            return random.integers(int(self.low), int(self.high) + 1, rows).astype(np.float64)
        return random.uniform(self.low, self.high, rows)

    def sparse(self, random: np.random.Generator, rows: int) -> Array:
        """``rows`` whole numbers with few of their bits set: a share of up to half, its own for
        each number. Parities and remainders, of which uniform numbers show a network almost no
        slope, are learned from such (Daniely & Malach, "Learning Parities with Neural Networks",
        NeurIPS 2020)."""
        bits = int(self.high).bit_length()
        share = random.uniform(0.0, 0.5, (rows, 1))
        numbers = (random.uniform(size=(rows, bits)) < share) @ np.exp2(np.arange(bits))
        return np.minimum(numbers, self.high)

    def code(self, rows: int) -> str:
        """The drawing of ``rows`` values, in NumPy."""
        if self.whole:
            return f"random.integers({self.low:.0f}, {self.high + 1:.0f}, {rows})"
        return f"random.uniform({self.low}, {self.high}, {rows})"

    def short(self, random: np.random.Generator, rows: int) -> Array:
        """``rows`` whole numbers of every length in bits alike."""
        lengths = random.integers(0, int(self.high).bit_length() + 1, rows)
        return np.minimum(np.floor(random.uniform(size=rows) * np.exp2(lengths)), self.high)

    def beyond(self) -> Input:
        """The input over ten times its range."""
        low, high = max(self.low * BEYOND, -EXACT_DOUBLE), min(self.high * BEYOND, EXACT_DOUBLE)
        return replace(self, low=low, high=high)
