"""Loops by ``tf.GradientTape``, on TensorFlow where it is installed and without it."""

from __future__ import annotations

import textwrap
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from unstuck.capture.script import Captured, capture_script
from unstuck.errors import CaptureError, NoTraining
from unstuck.recipe import Recipe

HEAD = """\
import keras
import numpy as np
import tensorflow as tf
rng = np.random.default_rng(0)
x = rng.normal(size=(50, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
labels = (y[:, 0] > 0).astype("int64")
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.01)
"""
UPDATE = """
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
"""


@pytest.fixture(autouse=True)
def _backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's own, where it is installed: its tape knows no other."""
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow" if find_spec("tensorflow") else "jax")


def _captured(folder: Path, code: str) -> Captured:
    path = folder / "program.py"
    path.write_text(HEAD + textwrap.dedent(code))
    return capture_script(path)


def _recipe(folder: Path, code: str) -> Recipe:
    (recipe,) = _captured(folder, code).recipes
    return recipe


def _loop(loss: str, head: str = "", after: str = "") -> str:
    return (
        f"{head}\nfor epoch in range(6):\n    with tf.GradientTape() as tape:\n"
        f"        answers = model(x, training=True)\n        loss = {loss}\n{UPDATE}{after}"
    )


CLASSES = "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])"


@pytest.mark.parametrize(
    ("loss", "head", "name"),
    [
        ("keras.ops.mean(keras.ops.square(y - answers))", "", "mean_squared_error"),
        ("keras.ops.mean(abs(answers - y))", "", "mean_absolute_error"),
        ("keras.ops.sqrt(keras.ops.mean((y - answers) ** 2))", "", "RootMeanSquare"),
        ("keras.ops.mean((y[:, 0] - answers) ** 2)", "y_ = y[:, 0]", "SquaredDifferences"),
        ("keras.losses.Huber()(y, answers)", "", "huber"),
        (
            "keras.ops.mean(keras.losses.binary_crossentropy(y > 0, answers, from_logits=True))",
            "kinds = y > 0",
            "binary_crossentropy",
        ),
        (
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, answers)",
            CLASSES,
            "sparse_categorical_crossentropy",
        ),
    ],
)
def test_the_loss_is_told_by_its_number(tmp_path: Path, loss: str, head: str, name: str) -> None:
    recipe = _recipe(tmp_path, _loop(loss, head))
    assert (recipe.loss.name, recipe.obstacle) == (name, "")
    assert recipe.loss.from_logits == ("crossentropy" in name)
    assert recipe.loss.aligns_shapes == (name not in ("SquaredDifferences", "RootMeanSquare"))
    assert (recipe.fit.by, recipe.fit.epochs, recipe.fit.batch_size) == ("GradientTape", 6, 50)
    assert recipe.optimizer.learning_rate == pytest.approx(0.01)


def test_batches_functions_and_updates(tmp_path: Path) -> None:
    captured = _captured(
        tmp_path,
        """
        loss_object = keras.losses.MeanSquaredError()

        @tf.function
        def train_step(rows, targets):
            with tf.GradientTape() as tape:
                loss = loss_object(targets, model(rows, training=True))
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
            return loss

        for epoch in range(30):
            order = rng.permutation(50)
            for i in range(0, 50, 10):
                last = train_step(x[order[i:i + 10]], y[order[i:i + 10]])
        print("falls to", float(last) < 0.5)
        """,
    )
    (recipe,) = captured.recipes
    assert "falls to True" in captured.output  # the updates were really made
    assert (recipe.fit.epochs, recipe.fit.steps_per_epoch, recipe.fit.shuffle) == (30, 5, True)
    assert np.allclose(recipe.data.inputs[0].sum(axis=1), recipe.data.targets[0][:, 0], atol=1e-5)
    assert not recipe.model.warm


def test_penalties_belong_to_the_loss(tmp_path: Path) -> None:
    penalised = (
        "model = keras.Sequential([keras.Input((3,)), "
        "keras.layers.Dense(1, kernel_regularizer='l2')])"
    )
    loss = "keras.ops.mean((y - answers) ** 2) + sum(model.losses)"
    assert _recipe(tmp_path, _loop(loss, penalised)).loss.name == "mean_squared_error"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (_loop("keras.ops.mean(answers)"), r"line 12\) minimises a loss that could not be told"),
        (_loop("keras.ops.mean((y - answers - model(x)) ** 2)"), "calls models 2 times"),
        (
            _loop("keras.ops.mean((y - answers) ** 2)", "given = tf.Variable(x)").replace(
                "model.trainable_variables)", "given)"
            ),
            "something else than weights",
        ),
        (
            _loop("keras.ops.mean((y - answers) ** (2 if epoch < 3 else 4))"),
            "another loss in a later update",
        ),
    ],
)
def test_what_cannot_be_told_is_named(tmp_path: Path, code: str, words: str) -> None:
    if "given" in code and find_spec("tensorflow"):
        pytest.skip("TensorFlow gives no gradient here, which ends the program by itself")
    with pytest.raises(CaptureError, match=words):
        _captured(tmp_path, code)


NOISY = (
    "model = keras.Sequential("
    "[keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])"
)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            _loop("keras.ops.mean((y - answers) ** 2)", NOISY).replace(", training=True", ""),
            "without training=True, so that dropout does nothing",
        ),
        (
            _loop("keras.ops.mean((y - answers) ** 2)", 'model.compile("adam", "mae")'),
            "compiled with something else",
        ),
        (
            _loop("keras.ops.mean((y - answers) ** 2)").replace(
                "optimizer.apply", "[optimizer, keras.optimizers.Adam()][epoch > 2].apply"
            ),
            "changes its optimizer on its way",
        ),
    ],
)
def test_what_fit_would_not_do_is_named(tmp_path: Path, code: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words):
        _captured(tmp_path, code)


def test_a_tape_beside_the_training(tmp_path: Path) -> None:
    """It asks for the slopes of the inputs, or its gradients are looked at only."""
    code = _loop("keras.ops.mean((y - answers) ** 2)").split("    optimizer.apply")[0]
    fit = 'model.compile("sgd", "mse")\nmodel.fit(x, y, epochs=2)\n'
    recipe = _recipe(tmp_path, f"{code}\n{fit}")
    assert (recipe.fit.by, recipe.fit.epochs) == ("fit", 2)


@pytest.mark.parametrize(
    ("grads", "words"),
    [
        ("grads[:2], model.weights[:2]", "leaves 2 of 4 trainable weights as they are"),
        ("[0.1 * g for g in grads], model.trainable_variables", "changes the gradients"),
    ],
)
def test_updates_unlike_those_of_fit(tmp_path: Path, grads: str, words: str) -> None:
    code = _loop("keras.ops.mean((y - answers) ** 2)")
    with pytest.raises(CaptureError, match=words):
        _captured(tmp_path, code.replace("grads, model.trainable_variables", grads))


@pytest.mark.parametrize(
    ("clipped", "settings"),
    [
        ("tf.clip_by_global_norm(grads, 0.5)[0]", {"global_clipnorm": 0.5}),
        ("[tf.clip_by_norm(g, 0.25) for g in grads]", {"clipnorm": 0.25}),
        ("[keras.ops.clip(g, -0.1, 0.1) for g in grads]", {"clipvalue": 0.1}),
        ("tf.clip_by_global_norm(grads, 1e6)[0]", {}),
    ],
)
def test_clipping_becomes_a_setting_of_the_optimizer(
    tmp_path: Path, clipped: str, settings: dict[str, float]
) -> None:
    code = _loop("keras.ops.mean((y - answers) ** 2)").replace("zip(grads,", f"zip({clipped},")
    optimizer = _recipe(tmp_path, code).optimizer.settings
    names = ("global_clipnorm", "clipnorm", "clipvalue")
    assert {n: optimizer[n] for n in names if optimizer[n]} == pytest.approx(settings)


def test_two_outputs_with_losses_of_their_own(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        inputs = keras.Input((3,))
        model = keras.Model(
            inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1, "sigmoid")(inputs)]
        )
        mse, crossentropy = keras.losses.MeanSquaredError(), keras.losses.BinaryCrossentropy()
        for epoch in range(5):
            with tf.GradientTape() as tape:
                number, chance = model(x)
                loss = 0.5 * crossentropy(labels[:, None], chance) + mse(y, number)
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
        """,
    )
    assert recipe.loss.parts == ("mean_squared_error", "binary_crossentropy")
    assert recipe.loss.weights == [1.0, 0.5]
    assert np.allclose(recipe.data.targets[0][:, 0], recipe.data.inputs[0].sum(axis=1), atol=1e-5)
    assert recipe.obstacle == ""


def test_weights_of_rows(tmp_path: Path) -> None:
    code = _loop("keras.losses.MeanSquaredError()(y, answers, sample_weight=abs(y[:, 0]))")
    weights = _recipe(tmp_path, code).data.weights
    assert weights is not None
    assert weights.shape == (50,)


def test_gradients_that_no_optimizer_is_given(tmp_path: Path) -> None:
    code = _loop("keras.ops.mean((y - answers) ** 2)").split("    optimizer.apply")[0]
    with pytest.raises(NoTraining, match="gives gradients 6 times, and no optimizer is given any"):
        _captured(tmp_path, code)


STEP = """
class Own(keras.Model):
    def train_step(self, data):
        rows, targets = data
        with tf.GradientTape() as tape:
            answers = self(rows, training=True)
            loss = {loss}
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        return {{"loss": loss}}

inputs = keras.Input((3,))
model = Own(inputs, keras.layers.Dense(1)(inputs))
model.compile("sgd", "mse")
model.fit(x, y, epochs=3)
"""


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("self.compute_loss(y=targets, y_pred=answers)", "mean_squared_error"),
        ("keras.ops.mean(abs(targets - answers))", "mean_absolute_error"),
    ],
)
def test_a_train_step_that_does_what_keras_does(tmp_path: Path, loss: str, name: str) -> None:
    recipe = _recipe(tmp_path, STEP.format(loss=loss))
    assert (recipe.obstacle, recipe.loss.name) == ("", name)
    assert any(f"does what Keras's own does with {name}" in note for note in recipe.notes)


def test_a_train_step_that_does_something_else(tmp_path: Path) -> None:
    code = STEP.format(loss="keras.ops.mean(abs(targets - 2 * answers))")
    assert _recipe(tmp_path, code).obstacle == "the model has a train_step of its own"
