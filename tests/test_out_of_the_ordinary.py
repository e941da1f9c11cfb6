"""Programs out of the ordinary, the whole way from program to verdict."""

from __future__ import annotations

from pathlib import Path

from unstuck.finding import Status
from unstuck.options import Options
from unstuck.pipeline import check_script
from unstuck.verdict import Answer, Verdict

HEAD = """\
import keras
import numpy as np

random = np.random.default_rng(0)
x = random.normal(size=(400, 3)).astype("float32")
"""

SHUFFLED_ALONE = """
class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x.copy(), y

    def __len__(self):
        return len(self.x) // 20

    def __getitem__(self, i):
        return self.x[i * 20 : i * 20 + 20], self.y[i * 20 : i * 20 + 20]

    def on_epoch_end(self):
        random.shuffle(self.x)

y = (x[:, 0] > x[:, 1]).astype("float32")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
model.fit(Batches(x[:300], y[:300]), epochs=30, validation_data=(x[300:], y[300:]))
"""

QUANTILES = """
def pinball(y_true, y_pred):
    wrong = y_true - y_pred
    return keras.ops.mean(keras.ops.maximum(QS * wrong, (QS - 1) * wrong), axis=-1)

QS = np.array([0.1, 0.5, 0.9], "float32")
price = x[:, :1] + 0.1 * random.normal(size=(400, 1))
sold = (x[:, 1:2] > 0).astype("float32")
rows = keras.Input((3,))
h = keras.layers.Dense(16, activation="relu")(rows)
outputs = {"price": keras.layers.Dense(3, name="price")(h),
           "sold": keras.layers.Dense(1, name="sold", activation="sigmoid")(h)}
model = keras.Model(rows, outputs)
model.compile(keras.optimizers.Adam(0.01), {"price": pinball, "sold": "binary_crossentropy"})
model.fit(x, {"price": price, "sold": sold}, epochs=30)
"""

LITTLE = """
x = random.normal(size=(4000, 3)).astype("float32")
y = 0.2 * x[:, 0] + random.normal(size=4000)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.02), "mse")
model.fit(x, y, epochs=4)
"""


def _checked(folder: Path, body: str) -> Verdict:
    path = folder / "program.py"
    path.write_text(HEAD + body)
    options = Options(budget=90.0, seeds=16, cache=False, executor="inline")
    (verdict,) = check_script(path, options=options)
    return verdict


def test_batches_that_part_inputs_from_targets_are_proven(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, SHUFFLED_ALONE)
    assert verdict.outcome is not Answer.LEARNS
    (proven,) = [f for f in verdict.findings if f.status is Status.PROVEN]
    assert proven.check == "misaligned-labels"
    assert "from the second epoch on" in proven.message
    assert str(verdict.cured) == "16 of 16"


def test_batches_that_are_shuffled_whole_are_none_of_it(tmp_path: Path) -> None:
    whole = SHUFFLED_ALONE.replace(
        "random.shuffle(self.x)",
        "order = random.permutation(len(self.x))\n"
        "        self.x, self.y = self.x[order], self.y[order]",
    )
    verdict = _checked(tmp_path, whole)
    assert verdict.outcome is Answer.LEARNS, verdict.sentence
    assert "misaligned-labels" not in {f.check for f in verdict.findings}


def test_quantiles_beside_a_label_learn(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, QUANTILES)
    assert verdict.outcome is Answer.LEARNS, verdict.sentence


def test_what_is_about_little_is_said_to_be(tmp_path: Path) -> None:
    verdict = _checked(tmp_path, LITTLE)
    assert any("all of this is about little" in note for note in verdict.notes)
