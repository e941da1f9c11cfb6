"""The rows, and the structures in which they are handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Feed(StrEnum):
    """How the program hands its rows to the training."""

    ARRAYS = "arrays"
    BATCHES = "batches"  # a generator, a PyDataset, a data loader: order and size are theirs


@dataclass(frozen=True)
class Data:
    """Rows, as the training receives them.

    ``weights`` are sample weights ``(N,)``, or ``(N, T)`` for each time, class weights included;
    ``output_weights`` are those of single outputs, where the program weighs outputs apart.
    ``drawn`` holds the same batches as they were at the moment the program made them; it differs
    from this data only where batches share memory, or where inputs come with other targets from
    the second epoch on: ``regrouped`` is the share of rows that do, and ``drawn`` the first epoch.
    ``complete`` is false where more rows exist than were captured.
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
