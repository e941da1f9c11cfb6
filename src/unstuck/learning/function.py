"""A function as data: a formula, inputs with their ranges, and the rows that it gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np

from unstuck.learning.formula import in_numpy, may_lack_a_value, parsed, value
from unstuck.learning.inputs import Input
from unstuck.learning.problem import FAR, ROUNDED, Right
from unstuck.recipe import Array

WHOLE_DOMAIN = 2**21  # rows up to which a finite domain is judged whole
SAMPLED = 100_000  # rows that judge what is larger
CHUNK = 2**15
TWICE, FEW = 2, 16
DRAWS = 20


@dataclass(frozen=True)
class Function:
    """A function of ``inputs``, written as a ``formula`` of their names.

    ``rows`` are how many the network is trained on (drawn from the domain, or all of it where
    that is smaller). A trained network computes the function if a share of ``enough`` of the
    domain is right. ``outside`` is what is right of rows beyond the range, None where there are
    none; they say how far it carries, and decide nothing. ``wider`` are the inputs there, ten
    times the range if not given.
    """

    name: str
    sentence: str
    inputs: tuple[Input, ...]
    formula: str
    right: Right = ROUNDED
    outside: Right | None = FAR
    rows: int = 10_000
    enough: float = 1.0
    wider: tuple[Input, ...] = ()
    simple: dict[str, float] = field(default_factory=dict)

    @cached_property
    def _tree(self) -> ast.expr:
        return parsed(self.formula)

    def truth(self, x: Array) -> Array:
        """The answers ``(n,)`` of rows ``(n, inputs)``; not finite where there is none."""
        with np.errstate(all="ignore"):
            found = value(self._tree, dict(zip(self.names, x.T, strict=True)))
        return np.broadcast_to(found, len(x)).astype(np.float64)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the inputs."""
        return tuple(i.name for i in self.inputs)

    @property
    def size(self) -> float:
        """How many rows there are in the domain."""
        return prod(i.count for i in self.inputs)

    @property
    def longest(self) -> int:
        """Bits of the largest number beyond the range."""
        return max(int(i.high) for i in self._wide()).bit_length()

    @property
    def judged_by(self) -> str:
        """Which rows judge, in words."""
        if self.size <= WHOLE_DOMAIN:
            return f"all {int(self.size):,} of its domain"
        return f"{SAMPLED:,} drawn from its domain"

    @property
    def code(self) -> str:
        """Lines of NumPy that make ``x`` and ``y`` of rows to learn from, drawn anew."""
        names, known = ", ".join(self.names), ""
        if may_lack_a_value(self._tree):
            known = "\nknown = np.isfinite(y)\nx, y = x[known], y[known]"
        truth = f"def truth({names}):\n    return {in_numpy(self._tree)}"
        return f"{self._drawing()}\n\n\n{truth}\n\n\ny = truth(*x.T){known}"

    def _drawing(self) -> str:
        first, quarter = self.inputs[0], self.rows // 4
        if self.size <= self.rows:
            ends = ", ".join(f"np.arange({i.low:.0f}.0, {i.high + 1:.0f})" for i in self.inputs)
            grid = f'np.stack(np.meshgrid({ends}, indexing="ij"), axis=-1)'
            return f"x = {grid}.reshape(-1, {len(self.inputs)})"
        if not (len(self.inputs) == 1 and first.has_bits):
            columns = "".join(f"    {i.code(self.rows)},\n" for i in self.inputs)
            return f"columns = [\n{columns}]\nx = np.stack(columns, axis=1).astype(float)"
        bits = int(first.high).bit_length()
        return f"""\
share = random.uniform(0, 0.5, ({quarter}, 1))  # a quarter of the numbers has few bits set
few = (random.uniform(size=({quarter}, {bits})) < share) @ 2.0 ** np.arange({bits})
lengths = random.integers(0, {bits + 1}, {quarter})  # another quarter is of all lengths alike
short = np.floor(random.uniform(size={quarter}) * 2.0**lengths)
x = np.concatenate([few, short, {first.code(self.rows - 2 * quarter)}])
x = np.minimum(x, {first.high:.0f})[:, None]"""

    def sample(self, seed: int = 0) -> tuple[Array, Array]:
        """Rows to learn from, and their truth; the whole domain where it is not larger, twice
        unless it is a table of few rows: so none needs to be held out to judge by."""
        if self.size <= self.rows:
            x = np.tile(_grid(self.inputs, 0, int(self.size)), (TWICE if self.size > FEW else 1, 1))
            return self._told(x)
        if seed == 0 and len(self.inputs) == 1 and self.inputs[0].has_bits:
            random = np.random.default_rng([seed, self.rows])
            one, quarter = self.inputs[0], self.rows // 4
            drawn = one.sparse(random, quarter), one.short(random, quarter)
            uniform = one.draw(random, self.rows - 2 * quarter)
            return self._told(random.permutation(np.concatenate([*drawn, uniform]))[:, None])
        return self._drawn(self.inputs, self.rows, seed)

    def domain(self) -> Iterator[tuple[Array, Array]]:
        """All rows of the domain, or many of it, by chunks."""
        if self.size > WHOLE_DOMAIN:
            yield from self._chunks(self.inputs, 1)
            return
        for begin in range(0, int(self.size), CHUNK):
            yield self._told(_grid(self.inputs, begin, min(begin + CHUNK, int(self.size))))

    def beyond(self) -> Iterator[tuple[Array, Array]]:
        """Rows drawn over ten times the range."""
        if self.outside is not None:
            yield from self._chunks(self._wide(), 2)

    def _wide(self) -> tuple[Input, ...]:
        return self.wider or tuple(i.beyond() for i in self.inputs)

    def _chunks(self, inputs: tuple[Input, ...], seed: int) -> Iterator[tuple[Array, Array]]:
        for number in range(-(-SAMPLED // CHUNK)):
            yield self._drawn(inputs, min(CHUNK, SAMPLED - number * CHUNK), seed + 1000 * number)

    def _drawn(self, inputs: tuple[Input, ...], rows: int, seed: int) -> tuple[Array, Array]:
        random = np.random.default_rng([seed, rows])
        found: list[Array] = []
        for _ in range(DRAWS):
            found.append(self._told(np.stack([i.draw(random, rows) for i in inputs], axis=1))[0])
            if sum(map(len, found)) >= rows:
                break
        return self._told(np.concatenate(found)[:rows])

    def _told(self, x: Array) -> tuple[Array, Array]:
        """The rows of ``x`` for which there is a truth (there is none of a quotient by nothing),
        with it."""
        y = self.truth(x)
        known = np.isfinite(y)
        return x[known], y[known]


def _grid(inputs: tuple[Input, ...], begin: int, end: int) -> Array:
    """Rows ``begin`` to ``end`` of all combinations, the last input fastest."""
    shape = tuple(int(i.count) for i in inputs)
    places = np.unravel_index(np.arange(begin, end), shape)
    return np.stack([p + i.low for p, i in zip(places, inputs, strict=True)], axis=1)
