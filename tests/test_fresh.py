"""A program that sets its weights badly: the verdict proves it, and the cure is to leave it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from unstuck.finding import Status
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.verdict import Answer

PROGRAM = """\
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(300, 4))
y = (x[:, 0] > 0).astype(int)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, activation="relu")])
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
{of}.set_weights([np.zeros_like(w) for w in {of}.get_weights()])
model.fit(x, y, epochs=20)
"""


@pytest.mark.parametrize("of", ["model", "model.layers[0]"])
def test_weights_set_to_zero_are_proven_and_cured(tmp_path: Path, of: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(of=of))
    options = Options(budget=90.0, seeds=16, cache=False, executor="inline")
    (verdict,) = check_script(path, options=options)
    assert verdict.outcome is Answer.FAILS
    (proven,) = [f for f in verdict.findings if f.status is Status.PROVEN]
    assert proven.check == "symmetric-initialization"
    assert str(verdict.cured) == "16 of 16"
    assert f"-{of}.set_weights(" in (verdict.patch or "")
