"""The outcome of a whole training, where only a part of it was seen."""

from __future__ import annotations

import pytest

from unstuck.conclude import in_full
from unstuck.finding import Finding, Severity, Status
from unstuck.judge import Trials
from unstuck.trial import NOTHING, Arm, ArmResult, Ending, Outcome
from unstuck.verdict import Answer, Goal

FAILED = (Answer.FAILS, "learned on 0 of 8 seeds as written")
SILENT = (Answer.NO_SIGNAL, "nothing beats a constant")
LATE = (Answer.INCONCLUSIVE, "time ran out")


def _trials(planned: int) -> Trials:
    outcomes = tuple(Outcome(seed, Ending.FINISHED, 100, 0.0) for seed in range(8))
    written = ArmResult(Arm(NOTHING, tuple(range(8)), 100), outcomes)
    known = {NOTHING: written}
    return Trials(known, Goal("r2", 0.8), 0.0, {"constant": 0.0}, planned=planned)


def _finding(check: str, status: Status, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(check, severity, "message", status=status)


@pytest.mark.parametrize(
    ("told", "planned", "findings", "answer"),
    [
        (FAILED, 100, [], Answer.FAILS),
        (FAILED, 4000, [], Answer.INCONCLUSIVE),
        (SILENT, 4000, [], Answer.INCONCLUSIVE),
        (FAILED, 4000, [_finding("relu-output", Status.PROVEN)], Answer.FAILS),
        (FAILED, 4000, [_finding("misleading-metric", Status.PLAIN)], Answer.INCONCLUSIVE),
        (LATE, 4000, [_finding("bounded-output", Status.NOT_TRIED)], Answer.INCONCLUSIVE),
    ],
    ids=["whole", "part", "silent part", "proven", "of the score alone", "not tried"],
)
def test_a_part_may_only_be_slow(
    told: tuple[Answer, str], planned: int, findings: list[Finding], answer: Answer
) -> None:
    assert in_full(_trials(planned), findings, told)[0] is answer
