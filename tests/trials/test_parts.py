"""Parts: how a group is cut by its seeds, and that nothing is lost when it is put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.checks._cases import regression
from unstuck.trace import Trace
from unstuck.trial import NOTHING, Arm, ArmResult, Ending, Outcome
from unstuck.trials.parts import (
    PART_LANES,
    Record,
    best_model,
    cut,
    is_cut,
    joined,
    joined_traces,
    records,
    without,
)
from unstuck.trials.plan import Group
from unstuck.trials.task import Reply

RECIPE = regression()


def _group(arms: int, seeds: int) -> Group:
    made = tuple(Arm(frozenset({number}), tuple(range(seeds)), 9) for number in range(arms))  # type: ignore[arg-type]
    return Group(made, (RECIPE,) * arms)


def _trace(seeds: int, steps: list[int], value: float) -> Trace:
    shape = (seeds, len(steps))
    return Trace(
        np.array(steps),
        np.full(shape, value),
        np.full(shape, value),
        np.ones(len(steps)),
        ("a",),
        np.full((*shape, 1), value),
        np.full((*shape, 1), value),
        {"relu": np.full((seeds, 2, 3), value)},
        100,
    )


def _reply(group: Group, *scores: float, **more: object) -> Reply:
    outcomes = tuple(
        Outcome(seed, Ending.FINISHED, 9, score)
        for seed, score in zip(group.arms[0].seeds, scores, strict=True)
    )
    return Reply(tuple(ArmResult(arm, outcomes, seconds=2.0) for arm in group.arms), **more)  # type: ignore[arg-type]


@given(arms=st.integers(1, 14), seeds=st.integers(1, 130))
def test_parts_hold_every_trial_once_and_are_not_too_large(arms: int, seeds: int) -> None:
    group = _group(arms, seeds)
    parts = cut(group)
    assert [s for part in parts for s in part.arms[0].seeds] == list(range(seeds))
    assert all(len(part.arms) == arms for part in parts)
    sizes = {len(part.arms[0].seeds) for part in parts}
    assert max(sizes) - min(sizes) <= 1
    assert arms * max(sizes) <= PART_LANES or max(sizes) == 1
    assert len(parts) >= 2 or seeds < 16


def test_what_is_put_together_is_what_was_asked() -> None:
    arm = Arm(NOTHING, tuple(range(16)), 9)
    first, second = cut(Group((arm,), (RECIPE,)))
    scores = np.linspace(0, 1, 16)
    one = _reply(first, *scores[:8], trace=_trace(8, [0, 5, 9], 1.0), model=b"one")
    two = _reply(second, *scores[8:], trace=_trace(8, [0, 5], 2.0), model=b"two")
    found = {**records(two, 0), **records(one, 0)}
    result = joined(arm, found)
    assert result.arm == arm
    assert [o.score for o in result.outcomes] == list(scores)
    assert result.seconds == pytest.approx(4.0)
    assert best_model(found) == b"two"
    trace = joined_traces([found[seed].trace for seed in arm.seeds])  # type: ignore[misc]
    assert trace is not None
    assert trace.loss.tolist() == [[1.0] * 3] * 8 + [[2.0] * 3] * 8
    assert trace.gradient.shape == (16, 3, 1)
    assert trace.silent["relu"].shape == (16, 2, 3)


def test_of_some_trials_the_result_is_over_those() -> None:
    arm = Arm(NOTHING, (3, 5, 7), 9)
    outcome = Outcome(5, Ending.FINISHED, 9, 0.5)
    result = joined(arm, {5: Record(outcome, "fit", message="it steers")})
    assert result.arm.seeds == (5,)
    assert (result.engine, result.message) == ("fit", "it steers")


def test_a_loop_without_time_for_a_step_is_not_stuck() -> None:
    arm = Arm(NOTHING, (0, 1), 9)
    still = Outcome(0, Ending.STUCK, 5, 0.1, ((5, 1.0, 0.1), (5, 1.0, 0.1)))
    stuck = Outcome(1, Ending.STUCK, 9, 0.1, ((5, 1.0, 0.1), (9, 1.0, 0.1)))
    found = records(Reply((ArmResult(arm, (still, stuck)),)), 0)
    assert [r.outcome.ending for r in found.values()] == [Ending.OUT_OF_TIME, Ending.STUCK]
    assert is_cut(found)
    never = replace(still, steps=0, curve=((0, 1.0, 0.1),))
    assert is_cut(records(Reply((ArmResult(arm, (never,)),)), 0))


def test_arms_leave_with_their_recipes() -> None:
    group = _group(3, 2)
    left = without(group, [group.arms[1]])
    assert left.arms == (group.arms[0], group.arms[2])
    assert len(left.recipes) == 2
