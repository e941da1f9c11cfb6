"""``unstuck learn`` on functions: how many of the seeds 0, 1, 2, ... compute each.

Nothing is chosen by its result: the seeds are fixed, none is dropped, and no trial kept from
before is used. A seed counts where it is right on every judging row (or on the share named in
``asked``), inside its training range and, where that is asked, beyond it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

os.environ["KERAS_BACKEND"] = "jax"

from bench import command
from unstuck.learning import problem_of
from unstuck.learning.function import Function
from unstuck.learning.judging import Shown
from unstuck.learning.learner import Settings, learn_problem

PATIENCE = 3600.0
Test = Callable[[Shown], bool]


def _everywhere(shown: Shown) -> bool:
    return shown.inside == 1.0 and shown.outside in (None, 1.0)


def _weights(shown: Shown) -> bool:
    """Errors below 2.5e-5 over the unit cube bound the error of each weight by 1e-4: two corners
    differ in one weight alone, and 100,000 random rows come near to the corners."""
    return shown.worst <= 2.5e-5


def _share(share: float) -> Test:
    return lambda shown: shown.inside >= share


def _long(shown: Shown) -> bool:
    return (shown.outside or 0.0) >= 0.999


@dataclass(frozen=True)
class Row:
    """One line of the table: at least ``goal`` of ``seeds`` must meet ``test``."""

    function: str
    asked: str
    seeds: int
    goal: int
    test: Test = _everywhere
    network: str | None = None
    rows: int | None = None

    @property
    def name(self) -> str:
        """By which ``--only`` finds it."""
        kind = f", {self.network}" if self.network else ""
        return self.function + kind + (f", {self.rows:,} rows" if self.rows else "")


EXACT, TEN = "whole domain", "whole domain, and ten times the range"
GATES = ("xor", "and", "or", "nand", "nor", "xnor", "implies", "converse")
ROWS = (
    *(Row(name, TEN, 64, 64) for name in ("add", "subtract", "scale", "mean")),
    *(Row(name, TEN, 64, 63) for name in ("multiply", "square")),
    Row("extrapolate", "weights within 1e-4", 64, 64, _weights, rows=240_000),
    *(Row(name, EXACT, 64, 64) for name in GATES),
    *(Row(name, EXACT, 64, 64) for name in ("inhibits", "excludes", "true", "false")),
    *(Row(name, EXACT, 64, 64) for name in ("first", "second", "not-first", "not-second")),
    Row("parity:20", EXACT, 64, 60, network="sines"),
    Row("remainder:7:20", EXACT, 16, 15, network="sines"),
    Row("remainder:7:20", EXACT, 16, 15, network="sines", rows=10_000),
    Row("remainder:97:20", "99 % of the domain", 16, 14, _share(0.99), network="sines"),
    Row("remainder:7:20", "99.9 % of 64-bit numbers", 8, 7, _long, network="recurrent"),
)


def main() -> None:
    chosen = command.arguments(__doc__).parse_args()
    command.head()
    table = command.Table(
        function=34, asked=38, seeds=7, at_least=8, met=4, median_right=12, beyond=8, updates=8, s=6
    )
    for row in ROWS:
        if chosen.only in row.name:
            _measure(row, table, quick=chosen.quick)


def _measure(row: Row, table: command.Table, *, quick: bool) -> None:
    problem = problem_of(row.function, rows=row.rows)
    assert isinstance(problem, Function)
    if quick:
        problem = replace(problem, rows=200)
    settings = Settings(2 if quick else row.seeds, PATIENCE, row.network, cache=False)
    learned = learn_problem(problem, settings)
    best = learned.best
    right = sum(row.test(shown) for shown in best.shown)
    beyond = "" if best.outside is None else f"{best.outside:.4f}"
    met = command.met(right, row.goal)
    found = f"{right}/{len(best.shown)}", str(row.goal), met, f"{best.inside:.6f}", beyond
    table.row(row.name, row.asked, *found, best.steps, learned.seconds)


if __name__ == "__main__":
    main()
