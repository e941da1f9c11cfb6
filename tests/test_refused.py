"""Programs that ``fit`` refuses: the verdict says so in Keras's own words, and what to change."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from unstuck.cli import app
from unstuck.errors import CaptureError
from unstuck.finding import Status
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.verdict import Answer, Verdict

PROGRAM = """\
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(300, 4))
ids = (x[:, 0] > 0) + (x[:, 1] > 0).astype(int)
{labels}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, activation="relu")])
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(keras.optimizers.Adam(0.01), "{loss}")
model.fit({x}, y, epochs=30)
"""
ONE_HOT, SPARSE = "categorical_crossentropy", "sparse_categorical_crossentropy"


def _checked(
    folder: Path, labels: str, loss: str, x: str = "x", *, static: bool = False
) -> Verdict:
    path = folder / "program.py"
    path.write_text(PROGRAM.format(labels=labels, loss=loss, x=x))
    options = Options(budget=90.0, seeds=16, cache=False, static=static, executor="inline")
    (verdict,) = check_script(path, options=options)
    return verdict


@pytest.mark.parametrize(
    ("labels", "loss", "instead"),
    [("y = ids", ONE_HOT, SPARSE), ("y = np.eye(3)[ids]", SPARSE, ONE_HOT)],
)
def test_labels_in_the_other_form_are_proven_and_cured(
    tmp_path: Path, labels: str, loss: str, instead: str
) -> None:
    verdict = _checked(tmp_path, labels, loss)
    assert verdict.outcome is Answer.FAILS
    assert "fit refuses it: Arguments `target` and `output`" in verdict.sentence
    (proven,) = [f for f in verdict.findings if f.status is Status.PROVEN]
    assert proven.check == "label-format-mismatch"
    assert str(verdict.as_written) == "0 of 16"
    assert f'+model.compile(keras.optimizers.Adam(0.01), "{instead}")' in (verdict.patch or "")


def test_text_for_labels_is_named_without_training(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, 'y = np.array(["a", "b", "c"])[ids]', SPARSE)
    assert verdict.outcome is Answer.FAILS
    assert "the labels are text" in verdict.findings[0].message
    assert not verdict.arms


def test_a_look_alone_says_that_it_is_refused(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, "y = ids", ONE_HOT, static=True)
    assert verdict.outcome is Answer.FAILS
    assert verdict.findings[0].check == "label-format-mismatch"


def test_it_fails_where_no_check_knows_why(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(labels="y = np.zeros((300, 7, 2))", loss="mse", x="x"))
    done = CliRunner().invoke(app, ["check", str(path), "--static"])
    assert done.exit_code == 1
    assert "fit refuses it" in done.stdout


def test_rows_that_the_model_does_not_take_leave_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="fit would refuse this model and data"):
        _checked(tmp_path, "y = ids", SPARSE, x="x[:, :3]")
