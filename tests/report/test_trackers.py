"""What TensorBoard and MLflow are given, read back from the files that they write."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

import mlflow
import pytest
from made import STEPS, classified, untrained, verdict
from tensorboardX.proto import event_pb2

from unstuck.trackers import to_mlflow, to_tensorboard


def _events(run: Path) -> Iterator[Any]:
    """The events of a run: records of length, checksum, bytes, checksum."""
    (file,) = run.glob("events.out.tfevents.*")
    data, at = file.read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        yield event_pb2.Event.FromString(data[at + 12 : at + 12 + length])
        at += length + 16


def _scalars(run: Path, tag: str) -> dict[int, float]:
    return {
        event.step: value.simple_value
        for event in _events(run)
        for value in event.summary.value
        if value.tag.replace("_", " ") == tag
    }


def test_tensorboard(tmp_path: Path) -> None:
    assert to_tensorboard(verdict(), tmp_path) == tmp_path
    assert {run.name for run in tmp_path.iterdir()} == {"verdict", "as written", "cured"}
    share = _scalars(tmp_path / "as written", "share of seeds that learned")
    assert list(share) == list(STEPS)
    assert share[100] == pytest.approx(4 / 32)
    assert _scalars(tmp_path / "cured", "score/median")[100] == pytest.approx(0.99)
    (report,) = (
        value.tensor.string_val[0].decode()
        for event in _events(tmp_path / "verdict")
        for value in event.summary.value
    )
    assert "    unstable (train.py:4): learned on 4 of 32 seeds" in report
    histograms = [v for e in _events(tmp_path / "cured") for v in e.summary.value if v.histo.num]
    assert [v.histo.num for v in histograms] == [32, 32, 32, 32, 31]  # one is no finite number


@pytest.mark.parametrize("make", [classified, untrained])
def test_tensorboard_without_curves(make: Any, tmp_path: Path) -> None:
    to_tensorboard(make(), tmp_path)
    assert list(_events(tmp_path / "verdict"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "store").as_uri())
    yield mlflow.MlflowClient()
    while mlflow.active_run():
        mlflow.end_run()


def test_mlflow_begins_a_run(store: Any, tmp_path: Path) -> None:
    run = store.get_run(to_mlflow(replace(verdict(), cured_model=b"an archive")))
    assert mlflow.active_run() is None
    assert run.info.status == "FINISHED"
    assert run.data.tags["unstuck.outcome"] == "unstable"
    assert run.data.tags["unstuck.cure"] == "linear-output"
    assert run.data.metrics["as written/learned"] == 4
    assert run.data.metrics["cured/learned low"] == pytest.approx(verdict().cured.low)  # type: ignore[union-attr]
    history = store.get_metric_history(run.info.run_id, "cured/share of seeds that learned")
    assert [(m.step, m.value) for m in history][-1] == (100, 31 / 32)
    folder = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="unstuck", dst_path=str(tmp_path)
    )
    files = {file.name: file for file in Path(folder).iterdir()}
    assert set(files) == {"verdict.txt", "verdict.json", "cure.diff", "cured.keras"}
    assert json.loads(files["verdict.json"].read_text())["outcome"] == "unstable"
    assert files["cured.keras"].read_bytes() == b"an archive"


def test_mlflow_uses_the_active_run(store: Any) -> None:
    with mlflow.start_run() as active:
        assert to_mlflow(classified()) == active.info.run_id
        assert mlflow.active_run() is not None
    metrics = store.get_run(active.info.run_id).data.metrics
    assert metrics["as written/seeds"] == 3
    assert all(isfinite(value) for value in metrics.values())


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("tensorboardX", "to_tensorboard(None, '.')", "tensorboard"),
        ("mlflow", "to_mlflow(None)", "mlflow"),
    ],
)
def test_without_its_package_it_says_what_to_install(package: str, call: str, extra: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from unstuck.trackers import *; {call}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"pip install 'unstuck[{extra}]'" in done.stderr.splitlines()[-1]
