"""Programs with several outputs that have losses of their own: the way from program to verdict."""

from __future__ import annotations

from pathlib import Path

from unstuck.finding import Status
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.verdict import Answer, Verdict

PROGRAM = """\
import keras
import numpy as np

x = np.random.default_rng(0).normal(size=(400, 3))
price = {price}
sold = (x[:, 2] > 0).astype(float)
rows = keras.Input((3,))
h = keras.layers.Dense(16, activation="relu")(rows)
one = keras.layers.Dense(1, name="price")(h)
two = keras.layers.Dense(1, activation="sigmoid", name="sold")(h)
model = keras.Model(rows, [two, one])
model.compile(keras.optimizers.Adam(0.01), {{"price": "mse", "sold": "binary_crossentropy"}})
model.fit(x, {{"price": price, "sold": sold}}, epochs=30)
"""


def _checked(folder: Path, price: str) -> Verdict:
    path = folder / "program.py"
    path.write_text(PROGRAM.format(price=price))
    options = Options(budget=90.0, seeds=16, cache=False, executor="inline")
    (verdict,) = check_script(path, options=options)
    return verdict


def test_one_output_far_from_its_scale_is_proven_and_cured(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, "300_000 + 50_000 * (x[:, 0] - x[:, 1])")
    assert verdict.outcome is Answer.FAILS, verdict.sentence
    (proven,) = [f for f in verdict.findings if f.status is Status.PROVEN]
    assert proven.check == "unscaled-targets"
    assert proven.message.startswith("the targets of price have mean")
    assert proven.place is not None
    assert proven.place.line == 9
    assert str(verdict.cured) == "16 of 16"
    assert "scale the targets of price to mean 0" in verdict.advice
    assert verdict.patch is None


def test_both_at_their_scale_learn(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, "x[:, 0] - x[:, 1]")
    assert verdict.outcome is Answer.LEARNS, verdict.sentence
    assert "unscaled-targets" not in {f.check for f in verdict.findings}
