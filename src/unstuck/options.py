"""What the user asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unstuck.checks._names import chosen, known
from unstuck.goal import parse_goal
from unstuck.trials.executors import Placement

Progress = Callable[[str, float], None]
"""Is told what is being done, and the share of it all that is behind."""


@dataclass(frozen=True)
class Options:
    """What the user asked for. ``budget`` is in seconds, for everything together; ``executor`` is
    where trials run; ``cache`` whether finished ones are kept and those of earlier checks used.
    ``select`` names the checks to run, None for all, and ``ignore`` those to leave out. ``data``
    are files by the name under which the program opens them; with ``stand_in``, a data set that is
    not on this machine is generated."""

    goal: str | None = None
    budget: float = 60.0
    seeds: int = 32
    static: bool = False
    watch: bool = False
    limit: float = 60.0
    executor: str = Placement.PROCESSES
    cache: bool = True
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    data: Mapping[str, Path] = field(default_factory=dict)
    stand_in: bool = False

    def __post_init__(self) -> None:
        if self.goal is not None:
            parse_goal(self.goal)
        known(self.select or (), "select")
        known(self.ignore, "ignore")

    @property
    def checks(self) -> frozenset[str]:
        """The names of the checks to run."""
        return chosen(self.select, self.ignore)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked for."""
        only = [] if self.select is None else [f"only looked for {', '.join(sorted(self.checks))}"]
        left = [f"not looked for, as asked: {', '.join(self.ignore)}"] if self.ignore else []
        return (*only, *left)
