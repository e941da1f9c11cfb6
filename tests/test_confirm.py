"""Confirming: of a set that does not quite hold, what held without one of its members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from unstuck.confirm import Confirmation
from unstuck.judge import Trials
from unstuck.remedies import LinearOutput, LogTargets, StandardizeInputs, Widen
from unstuck.trial import NOTHING, Arm, ArmResult, Ending, Outcome, Remedies
from unstuck.verdict import Goal

LINEAR, SCALED, WIDER = LinearOutput(), StandardizeInputs(), Widen()
THREE = frozenset({LINEAR, SCALED, WIDER})


def _arm(remedies: Remedies, learned: int, seeds: tuple[int, ...]) -> ArmResult:
    outcomes = tuple(
        Outcome(s, Ending.FINISHED, 100, float(i < learned)) for i, s in enumerate(seeds)
    )
    return ArmResult(Arm(remedies, seeds, 100), outcomes)


@dataclass
class _Session:
    """Sets learn on as many of 32 seeds as they are said to; all time in the world."""

    rates: dict[Remedies, int]
    later: dict[Remedies, int] = field(default_factory=dict)  # on the seeds after the first 32
    known: dict[Remedies, ArmResult] = field(default_factory=dict)
    seeds: tuple[int, ...] = tuple(range(32))

    def __post_init__(self) -> None:
        self.ask([NOTHING, THREE])

    def left(self) -> float:
        return 1000.0

    def ask(self, sets: list[Remedies], share: float = 1.0) -> None:
        self.known |= self.run(sets, self.seeds)[0]

    def run(
        self,
        sets: list[Remedies],
        seeds: tuple[int, ...],
        *,
        keep: bool = False,
        settled: Any = None,
    ) -> tuple[dict[Remedies, ArmResult], bytes | None]:
        rates = self.rates if len(seeds) == 32 else {**self.rates, **self.later}
        share = len(seeds) // 32
        return {s: _arm(s, rates.get(s, 0) * share, seeds) for s in sets}, None


def _confirmed(rates: dict[Remedies, int], later: dict[Remedies, int] | None = None) -> Trials:
    session = _Session(rates, later or {})
    session.ask([*rates])
    trials = Trials(session.known, Goal("accuracy", 0.9), 0.0, {"constant": 0.0})
    confirmation = Confirmation(session, trials, 32)  # type: ignore[arg-type]
    confirmation.confirm([THREE], [LINEAR, SCALED, WIDER])
    return trials


def test_a_smaller_set_that_held_is_the_cure() -> None:
    two = THREE - {WIDER}
    trials = _confirmed({THREE: 29, two: 32})
    assert trials.cure == two and trials.is_cured


def test_the_cure_is_whole_where_each_is_needed() -> None:
    assert _confirmed({THREE: 32}).cure == THREE


def test_a_cure_that_more_seeds_refute_gives_way_to_another_that_worked() -> None:
    """Of several sets that work on every seed of the search, one may do so by luck."""
    lucky, two = THREE, THREE - {WIDER}
    other = frozenset({LINEAR, SCALED, LogTargets()})
    trials = _confirmed({lucky: 32, two: 29, other: 32}, {lucky: 29, two: 29})
    assert trials.cure == other
    assert trials.is_cured
    assert not trials.is_reliable(trials.known[two])


def test_where_nothing_else_worked_the_refuted_cure_is_none() -> None:
    trials = _confirmed({THREE: 32, THREE - {WIDER}: 29}, {THREE: 29})
    assert trials.cure == THREE
    assert not trials.is_cured
