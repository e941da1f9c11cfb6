"""Transforms of rows: what a remedy does to inputs and targets, as pure functions of arrays.

They are the same whether a trial applies them to captured rows or the cured model carries
them inside, so that it takes what the user's model took and gives what it gave.
The leading axes of an array are rows; statistics are per feature, over all leading axes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Transform(ABC):
    """A change of representation. ``inverse`` exists for those used on targets."""

    @abstractmethod
    def forward(self, values: Array) -> Array:
        """From the program's numbers to the network's."""

    def inverse(self, values: Array) -> Array:
        """From the network's numbers back to the program's."""
        raise NotImplementedError(f"{type(self).__name__} is for inputs only")


@dataclass(frozen=True)
class Scale(Transform):
    """``(values - offset) / spread``, element by element; both ``(features,)`` or ``(1,)``."""

    offset: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def to_unit(cls, values: Array) -> Scale:
        """To mean 0 and standard deviation 1; a constant feature keeps its spread of 1."""
        numbers = np.asarray(values, dtype=np.float64)
        axes = tuple(range(numbers.ndim - 1)) if numbers.ndim > 1 else None
        offset, spread = numbers.mean(axis=axes), numbers.std(axis=axes)
        varies = np.ptp(numbers, axis=axes) > 0  # the mean of equal numbers may round
        spread = np.where(varies & (spread > 0), spread, 1.0)
        return cls(_floats(offset), _floats(spread))

    def forward(self, values: Array) -> Array:
        numbers = np.asarray(values, dtype=np.float64)
        scaled: Array = (numbers - _numbers(self.offset)) / _numbers(self.spread)
        return scaled.astype(np.float32)

    def inverse(self, values: Array) -> Array:
        numbers: Array = np.asarray(values, dtype=np.float64)
        return numbers * _numbers(self.spread) + _numbers(self.offset)


@dataclass(frozen=True)
class Fill(Transform):
    """``values``, ``(features,)`` or ``(1,)``, where a number is missing or infinite."""

    values: tuple[float, ...]

    @classmethod
    def by_median(cls, values: Array) -> Fill:
        """With the median of what there is of each feature; 0 where there is nothing."""
        numbers = np.asarray(values, dtype=np.float64)
        rows = numbers.reshape(-1, numbers.shape[-1] if numbers.ndim > 1 else 1)
        found = [column[np.isfinite(column)] for column in rows.T]
        return cls(tuple(float(np.median(some)) if some.size else 0.0 for some in found))

    def forward(self, values: Array) -> Array:
        return np.where(np.isfinite(values), values, _numbers(self.values)).astype(np.float32)


@dataclass(frozen=True)
class Log(Transform):
    """``log(1 + values)`` for values of at least 0. The inverse clips the exponent at
    ``ceiling`` (the largest value seen, times e), so that a wild prediction stays finite."""

    ceiling: float

    @classmethod
    def of(cls, values: Array) -> Log:
        return cls(float(np.log1p(np.max(values)) + 1.0))

    def forward(self, values: Array) -> Array:
        return np.log1p(np.asarray(values, dtype=np.float64)).astype(np.float32)

    def inverse(self, values: Array) -> Array:
        return np.expm1(np.clip(np.asarray(values, dtype=np.float64), 0.0, self.ceiling))


@dataclass(frozen=True)
class Ln(Transform):
    """The natural logarithm of values above 0; a product of powers becomes a sum."""

    def forward(self, values: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(np.asarray(values, dtype=np.float64)).astype(np.float32)

    def inverse(self, values: Array) -> Array:
        return np.exp(np.asarray(values, dtype=np.float64))


@dataclass(frozen=True)
class Classes(Transform):
    """Distinct target rows as classes: row ``k`` of ``table`` becomes the one-hot vector of k.

    ``table`` is ``(classes, width)``. The inverse gives the row of the likeliest class.
    """

    table: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, targets: Array) -> Classes:
        rows = np.unique(np.asarray(targets, dtype=np.float64).reshape(len(targets), -1), axis=0)
        return cls(tuple(_floats(row) for row in rows))

    def forward(self, values: Array) -> Array:
        rows = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
        index = {row: k for k, row in enumerate(self.table)}
        try:
            classes = np.array([index[tuple(row)] for row in rows.tolist()])
        except KeyError as unknown:
            raise ValueError(f"the target row {unknown} is none of the known classes") from None
        return np.eye(len(self.table), dtype=np.float32)[classes]

    def inverse(self, values: Array) -> Array:
        return np.asarray(self.table)[np.argmax(values, axis=-1)]


@dataclass(frozen=True)
class Axes(Transform):
    """The numbers of each row, which lie in memory as an array of ``sizes``, with its axes in
    another ``order`` (counted from 1, since 0 is that of the rows); the shape stays."""

    sizes: tuple[int, ...]
    order: tuple[int, ...]

    def forward(self, values: Array) -> Array:
        apart = values.reshape(len(values), *self.sizes)
        return apart.transpose(0, *self.order).reshape(values.shape)


@dataclass(frozen=True)
class Period(Transform):
    """Bits or an integer as points on circles: the sine and cosine of ``2 pi k n / period`` for
    k = 1 .. period // 2, where ``n`` is the row's dot product with ``places``.

    These span every function of ``n mod period`` (the discrete Fourier basis), so a linear layer
    reads a remainder from them. ``places`` is ``(features,)``, powers of two for bits.
    """

    period: int
    places: tuple[float, ...]

    def forward(self, values: Array) -> Array:
        rows = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
        turns = np.mod(rows @ np.asarray(self.places), self.period) / self.period
        angles = 2 * np.pi * turns[:, None] * np.arange(1, self.period // 2 + 1)
        return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Bits(Transform):
    """Whole numbers of at least 0 as their binary digits, the highest first: ``(n, 1)`` to
    ``(n, count)``, or with ``steps`` to the sequence ``(n, count, 1)``."""

    count: int
    steps: bool = False

    def forward(self, values: Array) -> Array:
        numbers = np.asarray(values).reshape(len(values), 1).astype(np.uint64)
        places = np.arange(self.count - 1, -1, -1, dtype=np.uint64)
        bits: Array = ((numbers >> places) & np.uint64(1)).astype(np.float32)
        return bits[:, :, None] if self.steps else bits


@dataclass(frozen=True)
class Shape(Transform):
    """Rows of shape ``outside`` (the targets') as rows of shape ``inside`` (the output's), with
    as many numbers each: ``(1,)`` and ``()``, say."""

    outside: tuple[int, ...]
    inside: tuple[int, ...]

    def forward(self, values: Array) -> Array:
        return np.reshape(values, (len(values), *self.inside))

    def inverse(self, values: Array) -> Array:
        leading = values.shape[: values.ndim - len(self.inside)]
        return np.reshape(values, (*leading, *self.outside))


def _numbers(values: tuple[float, ...]) -> Array:
    return np.asarray(values[0] if len(values) == 1 else values)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in np.atleast_1d(values))
