"""The whole way on every example: checked, cured, patched, run again, saved, loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import keras
import numpy as np
import pytest

import unstuck

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMA = Path(unstuck.__file__).parent / "report" / "schema.json"


@dataclass(frozen=True)
class Expected:
    """What must be said of an example: its outcome, the causes that must be named, and those
    that may be proven (anything else proven would be false)."""

    outcomes: tuple[str, ...]
    named: frozenset[str]
    provable: frozenset[str]
    shorter: dict[str, str] = field(default_factory=dict)


FAILING = {
    "multiply": Expected(
        ("fails",),
        frozenset(
            {
                "unscaled-targets",
                "skewed-targets",
                "unscaled-inputs",
                "relu-output",
                "too-narrow",
                "accuracy-for-regression",
            }
        ),
        frozenset(
            {
                "unscaled-targets",
                "skewed-targets",
                "unscaled-inputs",
                "relu-output",
                "too-narrow",
                "dead-relu",
            }
        ),
    ),
    "extrapolate": Expected(
        ("fails",),
        frozenset({"decayed-learning-rate"}),
        frozenset({"decayed-learning-rate"}),
        {"240_000": "24_000"},
    ),
    "xor": Expected(
        ("fails", "unstable"),
        frozenset({"dead-relu", "too-narrow", "duplicate-samples", "leaked-validation"}),
        frozenset({"dead-relu", "too-narrow"}),
        {"epochs=2000": "epochs=20"},
    ),
    "mean_lambda": Expected(
        ("fails",),
        frozenset({"broadcast-loss"}),
        frozenset({"broadcast-loss"}),
        {"epochs=20": "epochs=4"},
    ),
    "mean_queue": Expected(
        ("fails",),
        frozenset({"aliased-batches"}),
        frozenset({"aliased-batches"}),
        {"epochs=20": "epochs=4"},
    ),
    "mod7": Expected(
        ("fails",),
        frozenset(
            {
                "targets-not-distributions",
                "output-units-mismatch",
                "mismatched-decoding",
                "too-few-updates",
                "opaque-encoding",
            }
        ),
        frozenset({"targets-not-distributions", "output-units-mismatch", "opaque-encoding"}),
    ),
}
HEALTHY = ("regression", "classifier", "digits_cnn", "sine_lstm", "tabular")


@dataclass(frozen=True)
class Checked:
    """One run of the command on a copy of an example, with the cure applied and saved."""

    report: dict[str, Any]
    code: int
    script: Path
    model: Path


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    @cache
    def run(name: str) -> Checked:
        folder = tmp_path_factory.mktemp(name.replace("/", "-"))
        script = Path(shutil.copy(EXAMPLES / f"{name}.py", folder))
        model, report = folder / "cured.keras", folder / "report.json"
        command = [sys.executable, "-m", "unstuck", "check", str(script), "--format", "json"]
        # Time enough on a busy machine too: here it matters what is said, not how soon.
        options = ["--output", str(report), "--fix", "--save", str(model), "--budget", "5m"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return Checked(json.loads(report.read_text()), done.returncode, script, model)

    return run


@pytest.mark.parametrize("name", FAILING)
def test_failing_example(name: str, checked: Any) -> None:
    expected, report = FAILING[name], checked(name).report
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert report["outcome"] in expected.outcomes
    assert expected.named <= {f["check"] for f in report["findings"]}
    proven = {f["check"] for f in report["findings"] if f["status"] == "proven"}
    assert proven
    assert proven <= expected.provable
    assert report["cured"]["trials"] >= 32
    assert report["cured"]["learned"] >= report["cured"]["trials"] * 31 / 32
    assert report["engine"] == "compiled"
    assert checked(name).code == 1


WORST = "print(np.abs(np.ravel(model.predict({x}, verbose=0)) - np.ravel({y})).max())"
ENDINGS = {
    "multiply": (WORST.format(x="pairs", y="products"), 50_000),
    "extrapolate": (WORST.format(x="x[:500]", y="y[:500]"), 0.1),
    "xor": (WORST.format(x="test_x", y="test_y"), 0.5),
    "mean_lambda": (WORST.format(x="x", y="mean"), 5),
    "mean_queue": (WORST.format(x="x", y="mean"), 5),
    "mod7": ("print(np.mean(answers != numbers % RADIX))", 0.1),
}


@pytest.mark.parametrize("name", FAILING)
def test_patched_example_runs_and_learns(name: str, checked: Any) -> None:
    """The patched program itself, its training shortened for time: the worst error it makes."""
    text = checked(name).script.read_text()
    for long, short in FAILING[name].shorter.items():
        assert long in text
        text = text.replace(long, short)
    ending, worst = ENDINGS[name]
    quick = checked(name).script.with_name("quick.py")
    quick.write_text(f"{text}\n{ending}\n")
    done = subprocess.run([sys.executable, str(quick)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.splitlines()[-1]) < worst


def test_cured_product_is_right_within_two_percent(checked: Any) -> None:
    model = keras.saving.load_model(checked("multiply").model)
    pairs = np.random.default_rng(11).integers(1, 500, (4000, 2))
    products = pairs.prod(axis=1)
    errors = np.abs(model.predict(pairs.astype("float32"), verbose=0).ravel() - products) / products
    assert np.median(errors) < 0.02


def test_cured_remainder_is_right_on_unseen_numbers(checked: Any) -> None:
    model = keras.saving.load_model(checked("mod7").model)
    numbers = np.random.default_rng(12).integers(0, 2**20, 4000)
    bits = (numbers[:, None] >> np.arange(20)) & 1
    answers = (np.round(model.predict(bits.astype("float32"), verbose=0)) * 2 ** np.arange(20)).sum(
        axis=1
    )
    assert np.mean(answers == numbers % 7) > 0.9


def test_harmless_buffer_is_a_note(checked: Any) -> None:
    """Keras 3 copies each batch as it is drawn; elsewhere the same code fails."""
    report = checked("mean_generator").report
    assert report["outcome"] == "learns"
    found = [f for f in report["findings"] if f["check"] == "aliased-batches"]
    assert [f["severity"] for f in found] == ["note"]
    assert "Keras 2" in found[0]["message"]
    assert checked("mean_generator").code == 0


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_example(name: str, checked: Any) -> None:
    report = checked(f"healthy/{name}").report
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert report["outcome"] == "learns"
    assert not [f for f in report["findings"] if f["severity"] == "error"]
    assert not [f for f in report["findings"] if f["status"] == "proven"]
    assert report["cured"] is None
    assert report["patch"] is None
    assert checked(f"healthy/{name}").code == 0
