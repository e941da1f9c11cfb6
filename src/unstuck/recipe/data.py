"""The rows, and the structures in which they are handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unstuck.recipe.place import Place

Array = NDArray[Any]


class Feed(StrEnum):
    """How the program hands its rows to the training."""

    ARRAYS = "arrays"
    BATCHES = "batches"  # a generator, a PyDataset, a data loader: order and size are theirs


@dataclass(frozen=True)
class Reshape:
    """A reshape of the program after which axes have other places, and the numbers not: of shape
    ``(N, 2, 64)`` to ``(N, 64, 2)``, say, where a transposition is meant."""

    given: tuple[int, ...]
    made: tuple[int, ...]
    place: Place | None = None

    @property
    def order(self) -> tuple[int, ...]:
        """The axes of ``given`` in the order that ``made`` has them, both without axes of one but
        for that of a single row; empty where every axis kept its place, or has no counterpart."""
        found = _order(self._sizes(self.given), self._sizes(self.made))
        return () if found == tuple(sorted(found)) else found

    def _sizes(self, shape: tuple[int, ...]) -> list[int]:
        row = [1] if self.made[:1] == (1,) else []
        return row + [n for n in shape if n != 1]

    @property
    def axes(self) -> tuple[int, ...]:
        """All axes of ``given`` in the order of ``made``, as a transposition takes them; empty
        where some were added or dropped besides."""
        return _order(list(self.given), list(self.made))

    @property
    def sizes(self) -> tuple[int, ...]:
        """What ``given`` has beside the rows, without axes of one."""
        return tuple(self._sizes(self.given)[1:])

    @property
    def mixes_rows(self) -> bool:
        """Whether the axis of the rows is among those that changed places."""
        return self.order[:1] not in ((), (0,))

    def undone(self, rows: Array) -> Array:
        """``rows`` as the transposition gives them; where rows are mixed, it takes all of them."""
        sizes = self._sizes(self.given)
        sizes[self.order[0]] = len(rows)
        return rows.reshape(sizes).transpose(self.order).reshape(rows.shape)


def _order(given: list[int], made: list[int]) -> tuple[int, ...]:
    """Where each size of ``made`` stands in ``given``, equal ones in turn; empty unless both have
    the same sizes."""
    if sorted(given) != sorted(made):
        return ()
    left = sorted(range(len(given)), key=lambda axis: given[axis])
    order = sorted(range(len(made)), key=lambda axis: made[axis])
    return tuple(axis for _, axis in sorted(zip(order, left, strict=True)))


@dataclass(frozen=True)
class Data:
    """Rows, as the training receives them.

    ``weights`` are sample weights ``(N,)``, or ``(N, T)`` for each time, class weights included;
    ``output_weights`` are those of single outputs, where the program weighs outputs apart.
    ``drawn`` holds the same batches as they were at the moment the program made them; it differs
    from this data only where batches share memory, or where inputs come with other targets from
    the second epoch on: ``regrouped`` is the share of rows that do, and ``drawn`` the first epoch.
    ``complete`` is false where more rows exist than were captured. ``reshapes`` are those of the
    program that gave arrays of the inputs' shape.
    """

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]
    weights: Array | None = None
    feed: Feed = Feed.ARRAYS
    complete: bool = True
    shared_memory: bool = False
    drawn: Data | None = None
    output_weights: tuple[Array, ...] = ()
    regrouped: float = 0.0
    reshapes: tuple[Reshape, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.inputs[0])

    @property
    def reconstructs(self) -> bool:
        """Whether the only target is one of the inputs, number by number: an autoencoder."""
        if len(self.targets) != 1 or self.targets[0][:1].size < 2:
            return False
        return any(np.array_equal(x, self.targets[0]) for x in self.inputs)

    def take(self, rows: Array | slice) -> Data:
        """The same data, reduced to (or reordered as) ``rows``."""
        return replace(
            self,
            inputs=tuple(x[rows] for x in self.inputs),
            targets=tuple(y[rows] for y in self.targets),
            weights=None if self.weights is None else self.weights[rows],
            drawn=None if self.drawn is None else self.drawn.take(rows),
            output_weights=tuple(w[rows] for w in self.output_weights),
        )


@dataclass(frozen=True)
class Forms:
    """The structures in which inputs, targets and weights of outputs are handed over: nested
    dictionaries and tuples of positions in ``Data``; None for a single array or a plain list."""

    inputs: Any = None
    targets: Any = None
    weights: Any = None
