"""Reports: a snapshot of what people see, and the contract that tools read."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import unstuck
from unstuck.checks._cases import dense, recipe
from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Place
from unstuck.remedies import LinearOutput, StandardizeTargets, Widen
from unstuck.report.json import to_json
from unstuck.report.text import show
from unstuck.verdict import Answer, Evidence, Goal, Rate, Verdict

SNAPSHOTS = Path(__file__).parent / "snapshots"
SCHEMA = json.loads((Path(unstuck.__file__).parent / "report" / "schema.json").read_text())
SOURCE = "import keras\nmodel = keras.Sequential([Dense(1, activation='relu')])\nmodel.fit(x, y)\n"


def _verdict() -> Verdict:
    x = np.arange(40.0).reshape(20, 2)
    made = recipe(x, x.sum(axis=1), [dense(1, "relu")], source=SOURCE, script="/home/me/train.py")
    made = replace(made, fit=replace(made.fit, place=Place("/home/me/train.py", 3)))
    findings = (
        Finding(
            "relu-output",
            Severity.ERROR,
            "the output of this regression passes through a ReLU, where it can die",
            {"negative_targets": 0.0},
            Place("/home/me/train.py", 2, 27),
            "dense_0",
            (LinearOutput(),),
            Status.PROVEN,
            "with its remedy 32 of 32 seeds learn, without it 4 of 32",
        ),
        Finding(
            "accuracy-for-regression",
            Severity.ERROR,
            "'accuracy' is the metric of a regression",
            {"metric": "accuracy"},
            status=Status.PLAIN,
            advice='Use metrics=["mae"].',
        ),
        Finding(
            "unscaled-inputs",
            Severity.WARNING,
            "not shown",
            {"rms": float("inf")},
            remedies=(StandardizeTargets(),),
            status=Status.REFUTED,
            reason="with linear-output it learns without this being changed",
        ),
    )
    return Verdict(
        outcome=Answer.UNSTABLE,
        findings=findings,
        goal=Goal("r2", 0.975, "the best constant prediction reaches 0 and linear 1"),
        as_written=Rate(4, 32),
        cured=Rate(32, 32),
        cure=(LinearOutput(),),
        arms=(Evidence((), Rate(4, 32), 0.1), Evidence(("linear-output",), Rate(32, 32), 0.999)),
        sentence="learned on 4 of 32 seeds as written: it depends on the seed",
        seconds=12.34,
        notes=("judged by 4 rows held out of the training",),
        patch="--- train.py\n+++ train.py\n@@ -2 +2 @@\n-[Dense(1, 'relu')]\n+[Dense(1)]\n",
        recipe=made,
    )


UNCURED = replace(
    _verdict(), outcome=Answer.FAILS, cured=None, cure=(), patch=None, sentence="learned on 0"
)
VERDICTS = {
    "cured": _verdict(),
    "uncured": replace(UNCURED, arms=(Evidence(("linear-output",), Rate(3, 32), 0.2),)),
    "unconfirmed": UNCURED,
    "two-cures": replace(_verdict(), other_cures=((Widen(),),)),
    "healthy": Verdict(Answer.LEARNS, (), as_written=Rate(32, 32), sentence="learned on 32 of 32"),
    "by-hand": replace(_verdict(), patch=None, advice="copy each batch (a loop makes them)"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_printed_report(name: str) -> None:
    """``UPDATE_SNAPSHOTS=1 pytest`` writes them anew; read the difference before you commit it."""
    text = io.StringIO()
    show(VERDICTS[name], Console(file=text, width=80))
    printed = "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(printed)
    assert printed == path.read_text()


@pytest.mark.parametrize("name", VERDICTS)
def test_json_keeps_the_contract(name: str) -> None:
    report = json.loads(to_json([VERDICTS[name]], "train.py"))
    jsonschema.validate(report, SCHEMA)
    first = ["version", "outcome", "as_written", "cured", "goal", "findings", "cure", "patch"]
    assert list(report)[:8] == first


def test_json_of_a_cure() -> None:
    report = json.loads(to_json([_verdict()], "train.py"))
    assert report["outcome"] == "unstable"
    assert report["cured"] == {"learned": 32, "trials": 32, "low": 0.8928, "high": 1.0}
    assert report["goal"] == "r2 >= 0.975"
    assert report["cure"] == ["linear-output"]
    assert [f["status"] for f in report["findings"]] == ["proven", "plain", "refuted"]
    assert (report["findings"][0]["line"], report["findings"][0]["layer"]) == (2, "dense_0")
    assert report["findings"][2]["evidence"] == {"rms": None}


def test_json_of_two_trainings() -> None:
    report = json.loads(to_json([_verdict(), VERDICTS["healthy"]], "train.py"))
    jsonschema.validate(report, SCHEMA)
    assert [t["outcome"] for t in report["trainings"]] == ["unstable", "learns"]


@given(st.text(), st.floats(), st.integers(0, 64))
def test_any_words_and_numbers_can_be_reported(words: str, number: float, learned: int) -> None:
    finding = Finding("x", Severity.NOTE, words or "-", {"number": number}, reason=words)
    verdict = replace(_verdict(), findings=(finding,), sentence=words, as_written=Rate(learned, 64))
    jsonschema.validate(json.loads(to_json([verdict], "t.py")), SCHEMA)
    show(verdict, Console(file=io.StringIO(), width=80))
