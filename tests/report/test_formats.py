"""SARIF and workflow commands: valid, at the right lines, and safe with any text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import SCRIPT, VERDICTS, classified, verdict

from unstuck.checks._run import all_checks
from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Place
from unstuck.report.formats import Format, writer
from unstuck.report.github import to_commands
from unstuck.report.sarif import to_sarif
from unstuck.verdict import Answer, Verdict

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
COMMAND = re.compile(r"^::(error|warning|notice) ([^\n]*?)::([^\r\n]*)$")


def _run(verdicts: tuple[Verdict, ...], script: str = SCRIPT) -> dict[str, Any]:
    report = json.loads(to_sarif(verdicts, script))
    VALIDATOR.validate(report)
    (run,) = report["runs"]
    return dict(run)


@pytest.mark.parametrize("name", VERDICTS)
def test_sarif_is_valid(name: str) -> None:
    run = _run(VERDICTS[name])
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_the_schema_can_refuse() -> None:
    report = json.loads(to_sarif((verdict(),), SCRIPT))
    report["runs"][0]["results"][0]["level"] = "terrible"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(report)


def test_sarif_declares_every_check() -> None:
    rules = _run((verdict(),))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [check.name for check in all_checks()]
    for rule, check in zip(rules, all_checks(), strict=True):
        assert rule["shortDescription"]["text"] == check.summary
        assert check.why in rule["fullDescription"]["text"]
        assert check.instead in rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] == check.severity


def test_sarif_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "a b" / "train.py")
    made = verdict()
    assert made.recipe is not None
    moved = tuple(
        f if f.place is None else replace(f, place=replace(f.place, file=path))
        for f in made.findings
    )
    made = replace(made, findings=moved, recipe=replace(made.recipe, script=path))
    results = _run((made,), path)["results"]
    assert [r["ruleId"] for r in results] == [
        "relu-output", "dead-relu", "decayed-learning-rate", "accuracy-for-regression",
        "too-narrow",
    ]  # fmt: skip
    first = results[0]["locations"][0]
    assert first["physicalLocation"]["artifactLocation"] == {
        "uri": "a%20b/train.py", "uriBaseId": "%SRCROOT%",
    }  # fmt: skip
    assert first["physicalLocation"]["region"] == {
        "startLine": 2, "startColumn": 28, "endLine": 2, "endColumn": 34,
        "snippet": {"text": "model = keras.Sequential([Dense(1, activation='relu')])"},
    }  # fmt: skip
    assert first["logicalLocations"][0]["name"] == "dense_1"
    assert results[0]["level"] == "error"
    assert results[0]["properties"]["status"] == "proven"
    assert results[-1]["suppressions"] == [
        {"kind": "inSource", "justification": "two numbers are drawn as a map"}
    ]


def test_a_finding_without_a_place_is_shown_at_the_training() -> None:
    result = _run((verdict(),))["results"][1]
    assert result["ruleId"] == "dead-relu"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 4


def test_a_fingerprint_outlives_lines_added_above() -> None:
    made = verdict()
    assert made.recipe is not None
    first = made.findings[0]
    assert first.place is not None
    lower = replace(first, place=replace(first.place, line=4, end_line=4))
    source = f"# one\n# two\n{made.recipe.source}"
    moved = replace(made, findings=(lower,), recipe=replace(made.recipe, source=source))
    prints = [_run((v,))["results"][0]["partialFingerprints"]["finding/v1"] for v in (made, moved)]
    assert prints[0] == prints[1]


def test_commands_for_github() -> None:
    lines = to_commands((verdict(), classified()), SCRIPT).splitlines()
    assert len(lines) == 7
    assert lines[0] == (
        f"::error file={SCRIPT},line=2,endLine=2,title=unstuck%3A relu-output (proven),col=28,"
        "endColumn=34::the output of this regression passes through a ReLU, where it can die%0A"
        "with its remedy 31 of 32 seeds learn, without it 4 of 32"
    )
    assert lines[4].startswith("::warning title=unstuck%3A unstable (train.py%3A4)::Learned on 4")
    assert lines[4].endswith("With one change it learns on 31 of 32 seeds.")
    assert "too-narrow" not in "".join(lines)


@given(st.text(min_size=1), st.text(min_size=1), st.integers(1, 9))
def test_any_text_is_one_command(message: str, file: str, line: int) -> None:
    """Read as GitHub's runner does, every part comes back, and nothing becomes a command."""
    finding = Finding("relu-output", Severity.ERROR, message, place=Place(file, line))
    made = Verdict(Answer.FAILS, (finding,), sentence=message)
    VALIDATOR.validate(json.loads(to_sarif((made,), "t.py")))
    first, second, rest = to_commands((made,), "t.py").split("\n")
    assert rest == ""
    found = COMMAND.match(first)
    assert found is not None
    assert COMMAND.match(second)
    given_back = dict(part.split("=", 1) for part in found[2].split(","))
    assert _read(given_back["file"]).endswith(Path(file).absolute().name)
    assert given_back["line"] == str(line)
    assert _read(found[3]) == message


def _read(text: str) -> str:
    for code, sign in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


@pytest.mark.parametrize("form", Format)
def test_every_format_writes_every_status(form: Format) -> None:
    text = writer(form)((verdict(),), SCRIPT)
    assert text.endswith("\n") or form is Format.HTML
    assert {f.status for f in verdict().findings} >= {Status.PROVEN, Status.PLAIN}
    assert "relu-output" in text
    assert "accuracy-for-regression" in text
