"""The search for the smallest cure, on programs whose truth is known beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from unstuck.remedies import (
    ConstantRate,
    LeakyRelu,
    LinearOutput,
    LogTargets,
    StandardizeInputs,
    StandardizeTargets,
    TrainLonger,
    UseAdam,
    Widen,
)
from unstuck.remedy import Remedy
from unstuck.trial import Arm, ArmResult, Ending, Outcome
from unstuck.trials.reduce import Search, one_for_each_slot

REMEDIES = [
    StandardizeInputs(),
    StandardizeTargets(),
    LinearOutput(),
    ConstantRate(),
    UseAdam(),
    LeakyRelu(),
    Widen(),
]


def _search(candidates: list[Remedy], works) -> tuple[Search, list[frozenset[Remedy]]]:
    """A search over a program that learns under the sets for which ``works`` is true."""
    known: dict[frozenset[Remedy], ArmResult] = {}
    asked: list[frozenset[Remedy]] = []

    def ask(sets: Iterable[frozenset[Remedy]]) -> None:
        for remedies in sets:
            if remedies not in known:
                asked.append(remedies)
                outcome = Outcome(0, Ending.FINISHED, 1, float(works(remedies)))
                known[remedies] = ArmResult(Arm(remedies, (0,), 1), (outcome,))

    return Search(candidates, known, ask, lambda r: r.learned(0.5) == 1), asked


@given(st.sets(st.sampled_from(REMEDIES), min_size=1))
def test_finds_exactly_what_is_needed(needed: set[Remedy]) -> None:
    search, _ = _search(REMEDIES, lambda remedies: needed <= remedies)
    assert search.chain()[0] == frozenset(needed)


@given(st.sets(st.sampled_from(REMEDIES), min_size=1), st.sampled_from(REMEDIES))
def test_finds_it_beside_a_remedy_that_does_harm(needed: set[Remedy], harmful: Remedy) -> None:
    if harmful in needed:
        return
    search, _ = _search(REMEDIES, lambda r: needed <= r and harmful not in r)
    assert search.chain()[0] == frozenset(needed)


@given(st.lists(st.sets(st.sampled_from(REMEDIES), min_size=1), min_size=1, max_size=4))
def test_none_of_what_it_finds_can_be_left_out(cures: list[set[Remedy]]) -> None:
    def works(remedies: frozenset[Remedy]) -> bool:
        return any(cure <= remedies for cure in cures)

    search, _ = _search(REMEDIES, works)
    found = search.chain()[0]
    assert works(found)
    assert not any(works(found - {remedy}) for remedy in found)


def test_what_a_larger_set_could_not_do_without_is_not_asked_again() -> None:
    needed = frozenset({StandardizeInputs(), LinearOutput(), Widen()})
    search, asked = _search(REMEDIES, lambda remedies: needed <= remedies)
    assert search.chain()[0] == needed
    assert not any(len(remedies) > 1 and remedies < needed for remedies in asked)


def test_a_single_remedy_wins_over_a_pair() -> None:
    pair = {StandardizeInputs(), LinearOutput()}
    search, _ = _search(REMEDIES, lambda r: pair <= r or Widen() in r)
    assert search.chain()[0] == frozenset({Widen()})


def test_of_singles_the_one_that_reaches_less_far_wins() -> None:
    search, _ = _search(REMEDIES, lambda r: bool(r & {Widen(), LinearOutput()}))
    assert search.chain()[0] == frozenset({LinearOutput()})


def test_an_alternative_is_tried_where_the_first_choice_fails() -> None:
    candidates = [StandardizeTargets(), LinearOutput(), LogTargets()]
    search, _ = _search(candidates, lambda r: {LogTargets(), LinearOutput()} <= r)
    assert search.chain()[0] == frozenset({LogTargets(), LinearOutput()})


@given(st.sets(st.sampled_from(REMEDIES), min_size=1), st.sets(st.sampled_from(REMEDIES)))
def test_remedies_that_find_nothing_to_change_spoil_no_set(
    needed: set[Remedy], idle: set[Remedy]
) -> None:
    """A set with one of them in it cannot be tried, so that it does not work."""
    if needed & idle:
        return
    search, _ = _search(REMEDIES, lambda remedies: needed <= remedies and not idle & remedies)
    search.applies = lambda remedies: not idle & remedies
    assert search.chain()[0] == frozenset(needed)


def test_more_effort_only_if_nothing_else_works() -> None:
    candidates = [LinearOutput(), TrainLonger()]
    search, asked = _search(candidates, lambda r: LinearOutput() in r)
    assert search.chain()[0] == frozenset({LinearOutput()})
    assert not any(TrainLonger() in remedies for remedies in asked)
    search, _ = _search(candidates, lambda r: TrainLonger() in r)
    assert search.chain()[0] == frozenset({TrainLonger()})


def test_nothing_works() -> None:
    search, asked = _search(REMEDIES, lambda r: False)
    assert search.chain() == []
    assert len(asked) < 25


def test_no_candidates() -> None:
    search, asked = _search([], lambda r: True)
    assert search.chain() == []
    assert asked == []


def test_one_for_each_slot() -> None:
    chosen = one_for_each_slot([StandardizeTargets(), LogTargets(), UseAdam()])
    assert chosen == frozenset({StandardizeTargets(), UseAdam()})
