"""What is to be computed: a function as data, its rows, and what counts as right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from unstuck.recipe import Array

WHOLE_DOMAIN = 2**21  # rows up to which a finite domain is judged whole
SAMPLED = 100_000  # rows that judge what is larger
CHUNK = 2**15
TWICE, FEW = 2, 16
BEYOND = 10.0  # times the range, for rows outside it
EXACT_DOUBLE = 2**53  # above, double precision no longer holds every whole number


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

    def draw(self, random: np.random.Generator, rows: int) -> Array:
        """``rows`` values, uniform."""
        if self.high > EXACT_DOUBLE:
            return random.integers(int(self.low), int(self.high), rows, np.uint64, endpoint=True)
        if self.whole:
            return random.integers(int(self.low), int(self.high) + 1, rows).astype(np.float64)
        return random.uniform(self.low, self.high, rows)

    def beyond(self) -> Input:
        """The input over ten times its range, about the same middle where it has both signs."""
        return replace(self, low=self.low * BEYOND, high=self.high * BEYOND)


@dataclass(frozen=True)
class Right:
    """An answer is right within ``within`` of the truth, or within ``relative`` of its size."""

    within: float = 0.5
    relative: float = 0.0

    def allowed(self, truth: Array) -> Array:
        """How far from ``truth`` an answer may be."""
        allowed: Array = np.maximum(self.within, self.relative * np.abs(truth))
        return allowed

    def __str__(self) -> str:
        if self.relative:
            return f"within {self.relative:g} of the size of the truth"
        return "after rounding" if self.within == 0.5 else f"within {self.within:g}"


@dataclass(frozen=True)
class Function:
    """A function of ``inputs``: ``truth`` takes rows ``(n, inputs)`` and gives ``(n,)``.

    ``rows`` are how many the network is trained on (drawn from the domain, or all of it where
    that is smaller). A trained network computes the function if a share of ``enough`` of the
    domain is right. ``outside`` is what is right of rows beyond the range, None where there are
    none; they say how far it carries, and decide nothing. ``wider`` are the inputs there,
    ten times the range if not given.
    """

    name: str
    sentence: str
    inputs: tuple[Input, ...]
    truth: Callable[[Array], Array]
    right: Right = Right()
    outside: Right | None = Right(0.5, 1e-4)
    rows: int = 10_000
    enough: float = 1.0
    wider: tuple[Input, ...] = ()

    @property
    def size(self) -> float:
        """How many rows there are in the domain."""
        return prod(i.count for i in self.inputs)

    def sample(self, seed: int = 0) -> tuple[Array, Array]:
        """Rows to learn from, and their truth; the whole domain where it is not larger, twice
        unless it is a table of few rows: so none needs to be held out to judge by."""
        if self.size <= self.rows:
            x = np.tile(_grid(self.inputs, 0, int(self.size)), (TWICE if self.size > FEW else 1, 1))
            return x, self.truth(x)
        return self._drawn(self.inputs, self.rows, seed)

    def domain(self) -> Iterator[tuple[Array, Array]]:
        """All rows of the domain, or many of it, by chunks."""
        if self.size > WHOLE_DOMAIN:
            yield from self._chunks(self.inputs, 1)
            return
        for begin in range(0, int(self.size), CHUNK):
            x = _grid(self.inputs, begin, min(begin + CHUNK, int(self.size)))
            yield x, self.truth(x)

    def beyond(self) -> Iterator[tuple[Array, Array]]:
        """Rows drawn over ten times the range."""
        if self.outside is not None:
            yield from self._chunks(self.wider or tuple(i.beyond() for i in self.inputs), 2)

    @property
    def is_judged_whole(self) -> bool:
        """Whether every row of the domain is tried."""
        return self.size <= WHOLE_DOMAIN

    def _chunks(self, inputs: tuple[Input, ...], seed: int) -> Iterator[tuple[Array, Array]]:
        for number in range(-(-SAMPLED // CHUNK)):
            yield self._drawn(inputs, min(CHUNK, SAMPLED - number * CHUNK), seed + 1000 * number)

    def _drawn(self, inputs: tuple[Input, ...], rows: int, seed: int) -> tuple[Array, Array]:
        """Rows for which there is a truth: a quotient by nothing is drawn again."""
        random = np.random.default_rng([seed, rows])
        found: list[Array] = []
        for _ in range(20):
            x = np.stack([i.draw(random, rows) for i in inputs], axis=1)
            found.append(x[np.isfinite(self.truth(x))])
            if sum(map(len, found)) >= rows:
                break
        x = np.concatenate(found)[:rows]
        return x, self.truth(x)


def _grid(inputs: tuple[Input, ...], begin: int, end: int) -> Array:
    """Rows ``begin`` to ``end`` of all combinations, the last input fastest."""
    shape = tuple(int(i.count) for i in inputs)
    places = np.unravel_index(np.arange(begin, end), shape)
    return np.stack([p + i.low for p, i in zip(places, inputs, strict=True)], axis=1)
