"""Judgement: what may be said of which outcomes. A false "proven" is the worst bug there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unstuck.finding import Finding, Severity, Status
from unstuck.judge import Trials, apart, outcome_of, reliable, settled
from unstuck.remedies import LinearOutput, StandardizeInputs, Widen
from unstuck.remedy import Remedy
from unstuck.statuses import judged
from unstuck.trial import NOTHING, Arm, ArmResult, Ending, Outcome
from unstuck.verdict import Answer, Goal, Rate

LINEAR, SCALED = LinearOutput(), StandardizeInputs()


def _arm(learned: int, of: int = 32, *remedies: Remedy, cut: bool = False) -> ArmResult:
    ending = Ending.OUT_OF_TIME if cut else Ending.FINISHED
    outcomes = tuple(Outcome(s, ending, 100, float(s < learned)) for s in range(of))
    return ArmResult(Arm(frozenset(remedies), tuple(range(of)), 100), outcomes)


def _trials(written: int, confirmed: dict[tuple[Remedy, ...], int] | None = None, **more) -> Trials:
    known = {NOTHING: _arm(written), frozenset({LINEAR, SCALED}): _arm(32)}
    trials = Trials(known, Goal("accuracy", 0.9), 0.0, {"constant": 0.0}, **more)
    for remedies, learned in (confirmed or {}).items():
        trials.confirmed[frozenset(remedies)] = _arm(learned, 32, *remedies)
    if confirmed:
        trials.cure = frozenset({LINEAR, SCALED})
    return trials


def _finding(*remedies: Remedy) -> Finding:
    return Finding("relu-output", Severity.WARNING, "message", remedies=remedies)


@pytest.mark.parametrize(
    ("learned", "answer"),
    [(0, "fails"), (1, "fails"), (4, "unstable"), (30, "unstable"), (31, "learns"), (32, "learns")],
)
def test_outcomes(learned: int, answer: str) -> None:
    assert outcome_of(_trials(learned))[0] == answer


def test_an_engine_that_differs_says_nothing() -> None:
    answer, sentence = outcome_of(_trials(0, forward_error=0.5))
    assert answer is Answer.NOT_REPRODUCED
    assert "50.0%" in sentence


@pytest.mark.parametrize(
    ("sample", "baselines", "answer", "words"),
    [
        (100, {"linear": 0.01}, "no-signal", "beyond chance"),
        (0, {"linear": 0.01}, "fails", "not even on the rows that it trains on"),
        (100, {}, "fails", "beats a constant prediction"),
    ],
    ids=["fresh rows", "its own rows", "no learner was asked"],
)
def test_no_learner_beats_a_constant(
    sample: int, baselines: dict[str, float], answer: str, words: str
) -> None:
    trials = _trials(0, sample=sample)
    trials.known = {NOTHING: _arm(0)}
    trials.baselines = {"constant": 0.0, **baselines}
    told = outcome_of(trials)
    assert told[0] == answer
    assert words in told[1]


def test_where_a_constant_is_right_nothing_can_be_learned() -> None:
    trials = _trials(32)
    trials.constant, trials.baselines = 1.0, {"constant": 1.0}
    assert outcome_of(trials)[0] is Answer.NO_SIGNAL


def test_without_a_try_nothing_is_said_of_the_data() -> None:
    trials = _trials(0, untried=True)
    trials.known = {NOTHING: _arm(0)}
    trials.baselines = {"constant": 0.0, "linear": 0.01}
    assert outcome_of(trials)[0] is Answer.INCONCLUSIVE


def test_a_goal_that_nothing_reaches_is_the_noise_floor() -> None:
    trials = _trials(0, own_goal=True)
    written = ArmResult(
        Arm(NOTHING, (0, 1), 1), tuple(Outcome(s, Ending.FINISHED, 1, 0.6) for s in (0, 1))
    )
    trials.known, trials.baselines = {NOTHING: written}, {"constant": 0.0, "linear": 0.62}
    assert outcome_of(trials)[0] is Answer.NOISE_FLOOR


@pytest.mark.parametrize(
    ("severity", "status"), [(Severity.WARNING, "not-tried"), (Severity.ERROR, "proven")]
)
def test_a_part_of_the_training_proves_no_slowness(severity: Severity, status: str) -> None:
    """A warning may be of what is only slow; an error is of what no length undoes."""
    confirmed = {(LINEAR, SCALED): 32, (SCALED,): 0, (LINEAR,): 0}
    trials = _trials(0, confirmed, planned=40_000)
    found = replace(_finding(LINEAR), severity=severity)
    (judgement,) = judged([found], trials, outcome_of(trials)[0])
    assert judgement.status == status
    late = "in the first 100 of 40,000 updates" in judgement.reason
    assert late == (severity is Severity.WARNING)


def test_training_that_was_cut_is_inconclusive() -> None:
    trials = _trials(0)
    trials.known[NOTHING] = _arm(0, 32, cut=True)
    assert outcome_of(trials)[0] is Answer.INCONCLUSIVE


def test_proven_needs_the_remedy_in_the_cure() -> None:
    trials = _trials(0, {(LINEAR, SCALED): 32, (SCALED,): 0, (LINEAR,): 10})
    first, second = judged([_finding(LINEAR), _finding(Widen())], trials, Answer.FAILS)
    assert (first.status, first.severity) == (Status.PROVEN, Severity.ERROR)
    assert second.status is Status.REFUTED


def test_a_cure_that_is_as_good_is_proven_too() -> None:
    trials = _trials(0, {(LINEAR,): 32, (Widen(),): 32})
    trials.cure, trials.others = frozenset({LINEAR}), {Widen(): frozenset({Widen()})}
    first, second = judged([_finding(Widen()), _finding(LINEAR)], trials, Answer.FAILS)
    assert first.status is second.status is Status.PROVEN
    assert "in place of linear-output" in second.reason


def test_not_proven_where_it_may_be_chance() -> None:
    trials = _trials(0, {(LINEAR, SCALED): 32, (SCALED,): 30, (LINEAR,): 0})
    (finding,) = judged([_finding(LINEAR)], trials, Answer.FAILS)
    assert finding.status is Status.NOT_TRIED
    assert "too close" in finding.reason


def test_not_proven_where_the_cure_does_not_hold() -> None:
    trials = _trials(0, {(LINEAR, SCALED): 20, (SCALED,): 0, (LINEAR,): 0})
    (finding,) = judged([_finding(LINEAR)], trials, Answer.FAILS)
    assert finding.status is Status.NOT_TRIED


def test_a_cure_that_did_not_hold_refutes_nothing() -> None:
    trials = _trials(0, {(LINEAR, SCALED): 20, (SCALED,): 0, (LINEAR,): 0})
    trials.known[frozenset({Widen()})] = _arm(32)
    (other,) = judged([_finding(Widen())], trials, Answer.FAILS)
    assert other.status is Status.NOT_TRIED and "no time" in other.reason
    trials.failed[frozenset({Widen()})] = _arm(28, 32)
    (other,) = judged([_finding(Widen())], trials, Answer.FAILS)
    assert "32 of 32 seeds learned, and 28 of 32 others" in other.reason


def test_not_proven_where_the_other_arm_was_cut_off() -> None:
    trials = _trials(0, {(LINEAR, SCALED): 32})
    trials.confirmed[frozenset({SCALED})] = _arm(0, 32, SCALED, cut=True)
    (finding,) = judged([_finding(LINEAR)], trials, Answer.FAILS)
    assert finding.status is Status.NOT_TRIED


def test_a_program_that_learns_has_no_errors_from_trials() -> None:
    error = Finding("unscaled-inputs", Severity.ERROR, "message", remedies=(SCALED,))
    (finding,) = judged([error], _trials(32), Answer.LEARNS)
    assert (finding.status, finding.severity) == (Status.REFUTED, Severity.NOTE)


def test_an_error_that_could_not_be_removed_is_not_cleared() -> None:
    """What was reached sets the goal, so the fault may have kept both low."""
    error = Finding("bounded-output", Severity.ERROR, "message", remedies=(LINEAR,))
    trials = _trials(32)
    refused = ArmResult(Arm(frozenset({LINEAR}), (0,), 1), (), message="it has no layers to change")
    trials.known[frozenset({LINEAR})] = refused
    (finding,) = judged([error], trials, Answer.LEARNS)
    assert (finding.status, finding.severity) == (Status.NOT_TRIED, Severity.WARNING)
    assert "no layers to change" in finding.reason
    trials.own_goal = True
    assert judged([error], trials, Answer.LEARNS)[0].status is Status.REFUTED


def test_a_good_part_of_the_way_is_told() -> None:
    trials = _trials(0)
    trials.known[frozenset({LINEAR, SCALED})] = _arm(0, 32, LINEAR, SCALED)
    part = tuple(Outcome(s, Ending.FINISHED, 100, 0.8) for s in range(8))
    trials.known[frozenset({LINEAR})] = ArmResult(Arm(frozenset({LINEAR}), (0,), 100), part)
    (finding,) = judged([_finding(LINEAR)], trials, Answer.FAILS)
    assert "though the median accuracy went from 0 to 0.8" in finding.reason


def test_a_cure_refutes_that_the_data_hold_nothing() -> None:
    nothing = Finding(
        "no-signal", Severity.WARNING, "message", status=Status.PLAIN, of_the_data=True
    )
    (cured,) = judged([nothing], _trials(0, {(LINEAR, SCALED): 32}), Answer.FAILS)
    assert (cured.status, cured.severity) == (Status.REFUTED, Severity.NOTE)
    trials = _trials(0, {(LINEAR, SCALED): 20})
    (uncured,) = judged([nothing], trials, Answer.FAILS)  # 32 of 32 seeds of the search learned
    assert uncured.status is Status.REFUTED
    trials.known = {NOTHING: _arm(0)}
    (uncured,) = judged([nothing], trials, Answer.FAILS)
    assert uncured.status is Status.PLAIN


def test_plain_findings_stay_as_they_are() -> None:
    plain = Finding("accuracy-for-regression", Severity.ERROR, "message", status=Status.PLAIN)
    assert judged([plain], _trials(32), Answer.LEARNS) == (plain,)


def test_reliable() -> None:
    assert reliable(Rate(31, 32))
    assert not reliable(Rate(30, 32))
    assert reliable(Rate(8, 8))
    assert not reliable(Rate(7, 8))
    assert not reliable(Rate(0, 0))


def test_apart_is_fishers_test() -> None:
    """32 of 32 against 25 of 32: p = 0.0054; against 26: p = 0.012 (one-sided)."""
    assert apart(Rate(32, 32), Rate(25, 32))
    assert not apart(Rate(32, 32), Rate(26, 32))
    assert not apart(Rate(8, 8), Rate(5, 8))
    assert apart(Rate(8, 8), Rate(2, 8))


@pytest.mark.parametrize(
    ("learned", "of", "answer"),
    [(0, 8, True), (3, 8, True), (4, 8, False), (8, 16, True), (9, 16, False), (16, 16, False)],
)
def test_an_early_look_is_stricter_than_the_last(learned: int, of: int, answer: bool) -> None:
    """What an early look calls behind, the last look would too."""
    assert settled(_arm(learned, of), 32, Goal("accuracy", 0.9)) is answer
    assert not answer or apart(Rate(31, 32), Rate(learned, of))


def test_a_remedy_whose_trainings_were_cut_was_not_tried() -> None:
    trials = _trials(0)
    trials.known[frozenset({LINEAR})] = _arm(0, 32, LINEAR, cut=True)
    trials.known[frozenset({SCALED})] = _arm(0, 32, SCALED)
    trials.known[frozenset({LINEAR, SCALED})] = _arm(3, 32, LINEAR, SCALED)
    cut, ended = judged([_finding(LINEAR), _finding(SCALED)], trials, Answer.FAILS)
    assert cut.reason == "there was no time for its trainings to end"
    assert ended.reason.startswith("its removal alone did not make it learn (0 of 32 seeds), nor")
    trials.known[frozenset({LINEAR, SCALED})] = _arm(0, 32, LINEAR, SCALED, cut=True)
    (ended,) = judged([_finding(SCALED)], trials, Answer.FAILS)
    assert ended.reason == "its removal alone did not make it learn (0 of 32 seeds)"


def test_where_fit_refuses_a_program_that_is_the_answer() -> None:
    trials = _trials(0, refusal="shapes do not match.")
    answer, sentence = outcome_of(trials)
    assert answer is Answer.FAILS and sentence.endswith("fit refuses it: shapes do not match")
