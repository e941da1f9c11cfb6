"""Rates with their intervals, and what a verdict does to the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.finding import Finding, Severity, Status
from unstuck.verdict import Answer, Goal, Rate, Verdict

NEWCOMBE = [  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
COUNTS = st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("learned", "trials", "low", "high"), NEWCOMBE)
def test_published_intervals(learned: int, trials: int, low: float, high: float) -> None:
    rate = Rate(learned, trials)
    assert rate.low == pytest.approx(low, abs=5e-5)
    assert rate.high == pytest.approx(high, abs=5e-5)


@given(COUNTS)
def test_interval_holds_its_share(counts: tuple[int, int]) -> None:
    learned, trials = counts
    rate = Rate(learned, trials)
    assert 0 <= rate.low <= rate.high <= 1
    if trials:
        assert rate.low - 1e-12 <= learned / trials <= rate.high + 1e-12


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_bounds_rise_with_success(counts: tuple[int, int]) -> None:
    learned, trials = counts
    fewer, more = Rate(learned, trials), Rate(learned + 1, trials)
    assert fewer.low < more.low
    assert fewer.high < more.high


@given(st.integers(1, 200))
def test_more_trials_are_surer(trials: int) -> None:
    assert Rate(trials + 1, trials + 1).low > Rate(trials, trials).low
    assert Rate(0, trials + 1).high < Rate(0, trials).high


def test_no_trials_say_nothing() -> None:
    assert (Rate(0, 0).low, Rate(0, 0).high) == (0.0, 1.0)


def test_texts() -> None:
    assert str(Rate(3, 32)) == "3 of 32"
    assert Goal("r2", 0.98765).text == "r2 >= 0.9877"


def _finding(severity: Severity, status: Status) -> Finding:
    return Finding("dead-relu", severity, "half the units are silent", status=status)


@pytest.mark.parametrize("outcome", Answer)
def test_exit_code_without_findings(outcome: Answer) -> None:
    expected = {Answer.LEARNS: 0, Answer.INCONCLUSIVE: 3, Answer.NOT_REPRODUCED: 3}
    assert Verdict(outcome, ()).exit_code == expected.get(outcome, 1)


@pytest.mark.parametrize(
    ("severity", "status", "code"),
    [
        (Severity.NOTE, Status.PLAIN, 0),
        (Severity.WARNING, Status.REFUTED, 0),
        (Severity.WARNING, Status.PLAIN, 1),
        (Severity.WARNING, Status.NOT_TRIED, 1),
        (Severity.ERROR, Status.PLAIN, 1),
    ],
)
def test_exit_code_of_a_program_that_learns(severity: Severity, status: Status, code: int) -> None:
    assert Verdict(Answer.LEARNS, (_finding(severity, status),)).exit_code == code


def test_findings_never_hide_that_there_is_no_answer() -> None:
    finding = _finding(Severity.ERROR, Status.PLAIN)
    assert Verdict(Answer.INCONCLUSIVE, (finding,)).exit_code == 3


def test_severities_rank_from_the_worst() -> None:
    assert sorted(Severity, key=lambda s: s.rank) == ["error", "warning", "note"]


def test_save(tmp_path: Path) -> None:
    verdict = Verdict(Answer.FAILS, (), cured_model=b"archive")
    assert verdict.save(tmp_path / "cured.keras").read_bytes() == b"archive"
    with pytest.raises(ValueError, match="no cured model"):
        Verdict(Answer.FAILS, ()).save(tmp_path / "none.keras")
