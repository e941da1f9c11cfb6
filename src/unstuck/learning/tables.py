"""A table of samples, whose truth nobody wrote down."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from unstuck.errors import UsageError
from unstuck.learning.problem import Right
from unstuck.recipe import Array
from unstuck.trials.baselines import predictions

HELD_OUT = 0.2
FEWEST = 10
NEAR = 0.1  # of the spread of the target: about half of what a fit with r2 = 0.99 gets right


@dataclass(frozen=True)
class Table:
    """Rows of a file; a fifth of them, drawn once, are held out and judge.

    A number is right within a tenth of the target's spread, a class if it is the class. Enough
    is what the best simple learner gets right.
    """

    name: str
    names: tuple[str, ...]
    target: str
    place: int
    x: Array
    y: Array
    right: Right
    outside: None = None
    simple: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str, target: str | None) -> Table:
        """The table of a ``.csv`` file with a line of names; ``target`` is the column to
        predict, the last if not given.

        Raises:
            UsageError: there is no such file or column, or a cell is no number.
        """
        header, rows = _cells(path)
        chosen = header[-1] if target is None else target
        if chosen not in header:
            raise UsageError(f"{path} has no column {chosen!r}: it has {', '.join(header)}")
        if len(rows) < FEWEST or len(header) < 2:
            raise UsageError(f"{path} needs {FEWEST} rows and 2 columns at least")
        place = header.index(chosen)
        x, y = np.delete(rows, place, axis=1), rows[:, place]
        names = tuple(np.delete(header, place).tolist())
        classes = _is_class(y)
        right = Right() if classes else Right(float(f"{NEAR * max(y.std(), 1e-12):.2g}"))
        table = cls(path, names, chosen, place, x, y, right)
        return replace(table, simple=_simple(table, classes=classes))

    @property
    def sentence(self) -> str:
        """What it is, in words."""
        return f"{self.target} by {', '.join(self.names)}"

    @property
    def enough(self) -> float:
        """As much as the best simple learner gets right."""
        return max(self.simple.values())

    @property
    def judged_by(self) -> str:
        """Which rows judge, in words."""
        return f"{len(self._held())} rows held out"

    @property
    def longest(self) -> int:
        """There is nothing beyond a table."""
        return 0

    @property
    def code(self) -> str:
        """Lines of NumPy that read the rows."""
        read = f"table = np.loadtxt({self.name!r}, delimiter=',', skiprows=1, quotechar='\"')"
        return f"{read}\nx, y = np.delete(table, {self.place}, axis=1), table[:, {self.place}]"

    def sample(self, seed: int = 0) -> tuple[Array, Array]:
        """The rows to learn from; with another seed, those held out."""
        held = np.isin(np.arange(len(self.y)), self._held())
        rows = held if seed else ~held
        return self.x[rows], self.y[rows]

    def domain(self) -> Iterator[tuple[Array, Array]]:
        """The rows held out."""
        yield self.sample(1)

    def beyond(self) -> Iterator[tuple[Array, Array]]:
        """Nothing."""
        yield from ()

    def _held(self) -> Array:
        order = np.random.default_rng(0).permutation(len(self.y))
        return order[: max(2, int(HELD_OUT * len(order)))]


def _is_class(y: Array) -> bool:
    return bool(np.array_equal(y, np.round(y)) and len(np.unique(y)) <= min(20, len(y) // 5))


def _simple(table: Table, *, classes: bool) -> dict[str, float]:
    """The share of the held out rows that simple learners get right."""
    (x, y), (fresh, truth) = table.sample(), table.sample(1)
    values, counts = np.unique(y, return_counts=True)
    constant = values[counts.argmax()] if classes else np.median(y)
    found = {"constant": np.full(len(truth), constant)}
    found |= predictions(x, y[:, None], fresh, classes=classes)
    return {
        name: float((np.abs(answers.reshape(-1) - truth) <= table.right.allowed(truth)).mean())
        for name, answers in found.items()
    }


def _cells(path: str) -> tuple[list[str], Array]:
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, line) for line in reader if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not lines:
        raise UsageError(f"{path} is empty")
    header = [name.strip() for name in lines[0][1]]
    rows = np.empty((len(lines) - 1, len(header)))
    for row, (number, line) in enumerate(lines[1:]):
        where = f"{path}, line {number}"
        if len(line) != len(header):
            raise UsageError(f"{where}: {len(line)} cells for {len(header)} names")
        rows[row] = [_number(c, f"{where}, {n}") for c, n in zip(line, header, strict=True)]
    return header, rows


def _number(cell: str, where: str) -> float:
    try:
        found = float(cell)
    except ValueError:
        found = float("nan")
    if not np.isfinite(found):
        raise UsageError(f"{where}: {cell!r} is no number")
    return found
