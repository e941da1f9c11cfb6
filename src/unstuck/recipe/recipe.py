"""The recipe: one training, whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from unstuck.cells import Cells
from unstuck.recipe.data import Array, Data, Forms
from unstuck.recipe.keys import row_keys, stand_in
from unstuck.recipe.model import Model
from unstuck.recipe.place import Place
from unstuck.recipe.training import Compiled, Fit, Framework, Loss, Optimizer
from unstuck.transform import Transform

SET_APART = 80  # validation rows of which half can still judge
SET_APART_STRANGE = 20  # where they cannot judge what was learned, so that few are better
FEWEST_OF_A_LABEL = 4


@dataclass(frozen=True)
class Recipe:
    """One training, whole. ``before`` transforms each input and ``after`` each target; they
    are empty as captured and filled by remedies. ``obstacle`` names what keeps the compiled
    engine from training it (a custom training step, a callback with a will of its own).
    ``source`` is the program as it ran, to which all places belong. Where that is not as its
    author wrote it, ``original`` is, and ``lines`` gives the line of it for each of ``source``.
    ``stand_ins`` are the names of data sets in whose place generated data are trained on.
    ``cells`` are those of a notebook, of which ``original`` is the code. ``refusal`` holds the
    framework's own words where it would not train these rows as written: their shape does not
    fit the loss or a metric."""

    model: Model
    data: Data
    loss: Loss
    optimizer: Optimizer
    fit: Fit
    metrics: tuple[str, ...] = ()
    validation: Data | None = None
    before: tuple[tuple[Transform, ...], ...] = ()
    after: tuple[tuple[Transform, ...], ...] = ()
    framework: Framework = field(default_factory=Framework)
    forms: Forms = field(default_factory=Forms)
    compiled: Compiled = field(default_factory=Compiled)
    source: str = ""
    script: str = ""
    original: str = ""
    lines: tuple[int, ...] = ()
    cells: Cells | None = None
    obstacle: str = ""
    refusal: str = ""
    notes: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()

    def set_apart(self) -> tuple[Data, Data | None] | None:
        """Validation rows to judge by, and those that may be trained on in another order: of what
        ``validation_split`` has taken, half, drawn at random, since a rule in the order of rows
        (numbers, one after another) would leave the halves unlike. None without validation."""
        if self.validation is None:
            return None
        if not self.fit.validation_split or self.validation.rows < SET_APART_STRANGE:
            return self.validation, None
        if self.validation.rows < SET_APART and not self._is_strange(self.validation):
            return self.validation, None
        order = np.random.default_rng(0).permutation(self.validation.rows)
        half = -(-len(order) // 2)
        judging, others = np.sort(order[:half]), np.sort(order[half:])
        return self.validation.take(judging), self.validation.take(others)

    def _is_strange(self, other: Data) -> bool:
        """Whether most of the other rows have labels that none of those trained on has."""
        if len(self.data.targets) != 1:
            return False
        strange = ~stand_in(self.data.targets, other.targets)
        few = len(np.unique(row_keys(other.targets))) <= other.rows // FEWEST_OF_A_LABEL
        return few and bool(strange.mean() > 0.5)

    def written(self, place: Place | None) -> Place | None:
        """A place in the program as its author wrote it, for one in the program as it ran."""
        if place is None or place.file != self.script:
            return place
        line, end = self._author(place.line), self._author(place.end_line)
        if self.cells is None:
            return replace(place, line=line, end_line=end if place.end_line else 0)
        (cell, first), (_, last) = self.cells.at(line), self.cells.at(end)
        return replace(place, cell=cell, line=first, end_line=last if place.end_line else 0)

    def _author(self, line: int) -> int:
        return self.lines[min(max(line, 1), len(self.lines)) - 1] if self.lines else line

    def text_at(self, place: Place) -> str:
        """What the lines of a place, given as its author knows it, are counted in: the program, or
        a cell of it."""
        if self.cells is not None and 0 < place.cell <= len(self.cells.sources):
            return self.cells.sources[place.cell - 1]
        return self.original or self.source

    def line_at(self, place: Place) -> str:
        """The text of a line, given as its author knows it; "" where there is none."""
        lines = self.text_at(place).splitlines()
        known = place.file == self.script and 0 < place.line <= len(lines)
        return lines[place.line - 1].strip() if known else ""

    def trained_inputs(self, data: Data | None = None) -> tuple[Array, ...]:
        """The inputs as the network sees them, after ``before``."""
        inputs = (data or self.data).inputs
        return tuple(_forward(x, _of(self.before, i)) for i, x in enumerate(inputs))

    def trained_targets(self, data: Data | None = None) -> tuple[Array, ...]:
        """The targets as the loss sees them, after ``after``."""
        targets = (data or self.data).targets
        return tuple(_forward(y, _of(self.after, j)) for j, y in enumerate(targets))

    def answers(self, outputs: tuple[Array, ...]) -> tuple[Array, ...]:
        """Network outputs turned back into the program's own targets."""
        return tuple(_inverse(p, _of(self.after, j)) for j, p in enumerate(outputs))


def _of(chains: tuple[tuple[Transform, ...], ...], index: int) -> tuple[Transform, ...]:
    return chains[index] if index < len(chains) else ()


def _forward(values: Array, chain: tuple[Transform, ...]) -> Array:
    for transform in chain:
        values = transform.forward(np.asarray(values))
    return values


def _inverse(values: Array, chain: tuple[Transform, ...]) -> Array:
    for transform in reversed(chain):
        values = transform.inverse(np.asarray(values))
    return values
