"""The cases of every check, as tests."""

import pytest

from unstuck.checks._base import Case, Check
from unstuck.checks._run import all_checks

FIRING = [(check, case) for check in all_checks() for case in check.firing]
SILENT = [(check, case) for check in all_checks() for case in check.silent]


def _look(check: Check, case: Case) -> list:
    return list(check.look(case.recipe(), case.trace() if case.trace else None))


def _title(value: Check | Case) -> str:
    return value.name if isinstance(value, Check) else value.title


@pytest.mark.parametrize(("check", "case"), FIRING, ids=_title)
def test_fires(check: Check, case: Case) -> None:
    findings = _look(check, case)
    assert findings
    assert {f.check for f in findings} == {check.name}
    assert all(f.message and f.evidence for f in findings)


@pytest.mark.parametrize(("check", "case"), SILENT, ids=_title)
def test_is_silent(check: Check, case: Case) -> None:
    assert _look(check, case) == []


@pytest.mark.parametrize("check", all_checks(), ids=_title)
def test_is_complete(check: Check) -> None:
    assert len(check.firing) >= 2
    assert len(check.silent) >= 2
    assert check.summary
    assert check.why
    assert check.instead
    assert check.false_alarms
    assert check.sources
