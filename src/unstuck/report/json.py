"""The verdict as JSON: a contract that other tools read (``schema.json`` beside this file)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite
from typing import Any

from unstuck.finding import Finding
from unstuck.verdict import Rate, Verdict


def to_json(verdicts: Sequence[Verdict], script: str) -> str:
    """One object for a program with one training; for more, an object that lists them."""
    objects = [_verdict(v, script) for v in verdicts]
    whole = objects[0] if len(objects) == 1 else {"version": 1, "trainings": objects}
    return json.dumps(whole, indent=2, allow_nan=False) + "\n"


def _verdict(verdict: Verdict, script: str) -> dict[str, Any]:
    return {
        "version": 1,
        "outcome": str(verdict.outcome),
        "as_written": _rate(verdict.as_written),
        "cured": _rate(verdict.cured),
        "goal": verdict.goal.text if verdict.goal else None,
        "findings": [_finding(f, script) for f in verdict.findings],
        "cure": [r.name for r in verdict.cure],
        "patch": verdict.patch,
        "engine": verdict.engine,
        "seconds": round(verdict.seconds, 2),
        "sentence": verdict.sentence,
        "goal_reason": verdict.goal.reason if verdict.goal else "",
        "scale": verdict.scale,
        "other_cures": [[r.name for r in cure] for cure in verdict.other_cures],
        "advice": verdict.advice,
        "notes": list(verdict.notes),
        "ignored": [_finding(f, script) for f in verdict.ignored],
        "arms": [
            {
                "remedies": list(a.remedies),
                **(_rate(a.rate) or {}),
                "median": plain_number(a.median),
            }
            for a in verdict.arms
        ],
    }


def _finding(finding: Finding, script: str) -> dict[str, Any]:
    place = finding.place
    return {
        "check": finding.check,
        "severity": str(finding.severity),
        "status": str(finding.status),
        "message": finding.message,
        "file": (place.file or script) if place else script,
        "line": place.line if place else None,
        "cell": place.cell or None if place else None,
        "layer": finding.layer,
        "evidence": {k: plain_number(v) for k, v in finding.evidence.items()},
        "reason": finding.reason,
    }


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    low, high = round(rate.low, 4), round(rate.high, 4)
    return {"learned": rate.learned, "trials": rate.trials, "low": low, "high": high}


def plain_number(value: Any) -> Any:
    """A number that JSON can hold: what is not finite becomes null."""
    if isinstance(value, bool | str | int):
        return value
    number = float(value)
    return number if isfinite(number) else None
