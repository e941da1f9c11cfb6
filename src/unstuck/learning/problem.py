"""What networks are to compute, and what counts as right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from unstuck.recipe import Array


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
        size = f"within {self.relative:g} of the size of the truth" if self.relative else ""
        near = "after rounding" if self.within == 0.5 else f"within {self.within:g}"
        return " or ".join(part for part in (near if self.within else "", size) if part)


ROUNDED = Right()
FAR = Right(0.5, 1e-4)  # beyond a range numbers are larger than single precision rounds


class Problem(Protocol):
    """What networks are to compute: rows to learn from, and rows to be judged by."""

    @property
    def name(self) -> str:
        """By which the user asked for it."""
        ...

    @property
    def sentence(self) -> str:
        """What it is, in words."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of the inputs."""
        ...

    @property
    def right(self) -> Right:
        """What counts as right."""
        ...

    @property
    def outside(self) -> Right | None:
        """What counts as right beyond the range; None where there is nothing."""
        ...

    @property
    def enough(self) -> float:
        """The share of the judging rows that a network must get right."""
        ...

    @property
    def simple(self) -> dict[str, float]:
        """The share that simple learners get right, by name, where they were tried."""
        ...

    @property
    def judged_by(self) -> str:
        """Which rows judge, in words."""
        ...

    @property
    def longest(self) -> int:
        """Bits of the largest number beyond the range."""
        ...

    @property
    def code(self) -> str:
        """Lines of NumPy that make ``x`` and ``y`` of rows to learn from."""
        ...

    def sample(self, seed: int = 0) -> tuple[Array, Array]:
        """Rows ``(n, inputs)`` and answers ``(n,)``: with seed 0 those to learn from, with
        others fresh ones."""
        ...

    def domain(self) -> Iterator[tuple[Array, Array]]:
        """The rows that judge, by chunks."""
        ...

    def beyond(self) -> Iterator[tuple[Array, Array]]:
        """Rows outside the range, by chunks; none where there are none."""
        ...
