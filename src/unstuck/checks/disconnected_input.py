"""disconnected-input: an input, or a feature of one, that the output does not depend on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, tried
from unstuck.checks._task import is_finite, is_numeric
from unstuck.experiments import Flags
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Data, Recipe
from unstuck.trace import Trace

SURE = 5.0  # standard errors of a correlation: by chance once in a million


def _two(reached: tuple[bool, bool]) -> tuple[Recipe, Trace]:
    data = Data((normal(99, 3), normal(99, 2)), (normal(99),))
    made = recipe(data.inputs[0], data.targets[0], [dense(8, "relu"), dense(1)], data=data)
    return made, tried(inputs=np.array(reached))


def _flags(*dropped: int) -> Flags:
    return np.array([i not in dropped for i in range(3)])


def _of_no_use() -> Recipe:
    x = normal(400, 3)
    return recipe(x, x[:, 0], [dense(8, "relu"), dense(1)])


class DisconnectedInput(Check):
    name = "disconnected-input"
    severity = Severity.WARNING
    needs_trace = True
    summary = "An input that the output does not depend on, whatever the weights."
    why = (
        "A branch whose result was overwritten or never joined, or a slice that leaves columns "
        "out, keeps what it carries from the network. What only it tells cannot be learned."
    )
    instead = "Join every branch into the one that leads to the output, and check where slices end."
    false_alarms = (
        "Columns left out on purpose. They are a note, unless they go along with the target."
    )
    sources = (
        "measured: Keras 3.15.1 accepts an Input that leads nowhere and says nothing",
        "Karpathy, A Recipe for Training Neural Networks: back-propagate to chart dependencies",
    )
    firing = (
        Case("one of two", lambda: _two((True, False))[0], lambda: _two((True, False))[1]),
        Case("the only one", regression, lambda: tried(inputs=np.array([False]))),
        Case(
            "a column that tells of the target",
            regression,
            lambda: tried(inputs=np.array([True]), features=(_flags(2),)),
        ),
        Case("a column of no use", _of_no_use, lambda: tried(features=(_flags(2),))),
    )
    silent = (
        Case("both", lambda: _two((True, True))[0], lambda: _two((True, True))[1]),
        Case("every column", regression, lambda: tried(features=(_flags(),))),
        Case("nothing moves: a dead start", regression, lambda: tried(features=(_flags(0, 1, 2),))),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        if found is None:
            return
        if found.inputs.size and not found.inputs.all():
            yield self._whole(recipe, found.inputs)
        elif len(found.features) == len(recipe.data.inputs):
            for number, reached in enumerate(found.features):
                if reached.any() and not reached.all():
                    yield self._columns(recipe, number, reached)

    def _whole(self, recipe: Recipe, reached: Flags) -> Finding:
        lost = np.flatnonzero(~reached)
        numbers = ", ".join(str(i + 1) for i in lost)
        which = f"of the {len(reached)} inputs, {numbers} leads" if len(reached) > 1 else "it leads"
        return self.found(
            f"the loss does not depend on an input at all: {which} nowhere",
            {"inputs": len(reached), "disconnected": len(lost), "first": int(lost[0]) + 1},
            recipe.model.place,
            severity=None if reached.any() else Severity.ERROR,
        )

    def _columns(self, recipe: Recipe, number: int, reached: Flags) -> Finding:
        lost = np.flatnonzero(~reached)
        told = _strongest(recipe, number, lost)
        names = ", ".join(str(i) for i in lost[:8]) + (", ..." if len(lost) > 8 else "")
        tells = f"; one goes along with the target (correlation {told:.2f})" if told else ""
        return self.found(
            f"whatever the weights, no output depends on {len(lost)} of {len(reached)} columns of "
            f"the input (from 0: {names}){tells}",
            {"columns": len(reached), "disconnected": len(lost), "correlation": told},
            recipe.model.place,
            severity=None if told else Severity.NOTE,
        )


def _strongest(recipe: Recipe, number: int, columns: Array) -> float:
    """The strongest correlation of a column with the target that is beyond chance, else 0."""
    y = recipe.data.targets[0] if recipe.data.targets else np.zeros(0)
    x = recipe.data.inputs[number]
    plain = is_numeric(y) and is_numeric(x) and y.size == len(x) and x.ndim == 2
    if not plain or not is_finite(recipe) or max(columns) >= x.shape[1]:
        return 0.0
    wanted = y.reshape(-1).astype(np.float64)
    found = [abs(_correlation(x[:, c].astype(np.float64), wanted)) for c in columns]
    return max(found) if max(found) > SURE / np.sqrt(len(x)) else 0.0


def _correlation(x: Array, y: Array) -> float:
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0 else 0.0
