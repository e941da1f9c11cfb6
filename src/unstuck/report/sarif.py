"""The verdict as SARIF 2.1.0, which code hosts and editors show at the lines.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

What trials have cleared is no result and is left out; what a comment ignores is a suppressed one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from unstuck.checks._areas import areas
from unstuck.checks._base import Check
from unstuck.checks._run import all_checks
from unstuck.finding import Finding, Severity, Status
from unstuck.report.json import plain_number
from unstuck.report.places import Spot, spot
from unstuck.verdict import Verdict

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
ROOT = "%SRCROOT%"


def to_sarif(verdicts: Sequence[Verdict], script: str) -> str:
    """One run, with the findings of every training as results."""
    results = [
        _result(f, v, script)
        for v in verdicts
        for f in (*v.findings, *v.ignored)
        if f.status is not Status.REFUTED
    ]
    run = {
        "tool": {"driver": _driver()},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The folder that the command ran in."}}
        },
        "results": results,
        "properties": {"trainings": [_training(v) for v in verdicts]},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> dict[str, Any]:
    return {
        "name": "unstuck",
        "semanticVersion": version("unstuck"),
        "rules": [_rule(check) for check in all_checks()],
    }


def _rule(check: Check) -> dict[str, Any]:
    parts = {
        "Why it stops learning": check.why,
        "Use instead": check.instead,
        "Known false alarms": check.false_alarms,
    }
    return {
        "id": check.name,
        "shortDescription": {"text": check.summary},
        "fullDescription": {"text": f"{check.summary} {check.why}"},
        "help": {
            "text": "\n\n".join(f"{name}: {text}" for name, text in parts.items()),
            "markdown": "\n\n".join(f"## {name}\n\n{text}" for name, text in parts.items()),
        },
        "defaultConfiguration": {"level": _level(check.severity)},
        "properties": {"tags": [areas()[check.name]]},
    }


def _level(severity: Severity) -> str:
    return str(severity)  # SARIF has the same three words


def _result(finding: Finding, verdict: Verdict, script: str) -> dict[str, Any]:
    at = spot(finding, verdict, script)
    words = (finding.message, finding.reason, finding.advice)
    numbers = {name: plain_number(value) for name, value in finding.evidence.items()}
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": [check.name for check in all_checks()].index(finding.check),
        "level": _level(finding.severity),
        "message": {"text": "\n".join(f"{w.removesuffix('.')}." for w in words if w)},
        "locations": [_location(at, finding)],
        "partialFingerprints": {"finding/v1": _fingerprint(finding, at)},
        "properties": {"status": str(finding.status), "evidence": numbers},
    }
    if finding.status is Status.IGNORED:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.reason}]
    return result


def _location(at: Spot, finding: Finding) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": at.line, "startColumn": at.column}
    if at.end_column:
        region |= {"endLine": at.end_line, "endColumn": at.end_column}
    if at.text:
        region["snippet"] = {"text": at.text}
    found: dict[str, Any] = {"physicalLocation": {"artifactLocation": _uri(at), "region": region}}
    if finding.layer:
        found["logicalLocations"] = [{"name": finding.layer, "kind": "object"}]
    return found


def _uri(at: Spot) -> dict[str, str]:
    if Path(at.file).is_absolute():
        return {"uri": Path(at.file).as_uri()}
    return {"uri": quote(at.file), "uriBaseId": ROOT}


def _fingerprint(finding: Finding, at: Spot) -> str:
    """The same for the same fault after lines were added above it."""
    parts = (finding.check, at.file, finding.layer or "", at.text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _training(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": str(verdict.outcome),
        "sentence": verdict.sentence,
        "cure": [remedy.describe() for remedy in verdict.cure],
    }
