"""Programs that train by a loop: of train_on_batch, of fit, or of their own making."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from unstuck.capture import script
from unstuck.capture.own_loops import own_loop
from unstuck.capture.script import Captured, capture_script
from unstuck.errors import CaptureError, NoTraining
from unstuck.recipe import Feed, Recipe

HEAD = """\
import keras
import numpy as np
rng = np.random.default_rng(0)
x = rng.normal(size=(50, 3))
y = x.sum(axis=1)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
model.compile("sgd", "mse")
first = model.get_weights()[0]
"""


def _captured(folder: Path, code: str, **options: float) -> Captured:
    path = folder / "program.py"
    path.write_text(HEAD + textwrap.dedent(code))
    return capture_script(path, **options)


def _recipe(folder: Path, code: str) -> Recipe:
    (recipe,) = _captured(folder, code).recipes
    return recipe


def test_a_loop_over_slices(tmp_path: Path) -> None:
    captured = _captured(
        tmp_path,
        """
        for epoch in range(30):
            for i in range(0, 50, 8):
                loss = model.train_on_batch(x[i:i + 8], y[i:i + 8])
        print("falls to", loss < 3, f"from {first[0, 0]:.5f}")
        """,
    )
    (recipe,) = captured.recipes
    fit = recipe.fit
    assert (fit.epochs, fit.batch_size, fit.steps_per_epoch, fit.shuffle) == (30, 8, 7, False)
    assert fit.by == "train_on_batch"
    assert (recipe.data.feed, recipe.data.rows, recipe.data.complete) == (Feed.ARRAYS, 50, True)
    assert recipe.data.targets[0].shape == (50,)
    assert f"from {recipe.model.weights[0][0, 0]:.5f}" in captured.output  # as it began
    assert "falls to True" in captured.output  # the updates were really made
    assert not recipe.model.warm


def test_rows_in_another_order_each_time(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        for epoch in range(20):
            order = rng.permutation(50)
            for i in range(0, 50, 10):
                model.train_on_batch(x[order[i:i + 10]], y[order[i:i + 10]])
        """,
    )
    assert (recipe.fit.epochs, recipe.fit.steps_per_epoch, recipe.fit.shuffle) == (20, 5, True)
    assert np.allclose(recipe.data.inputs[0].sum(axis=1), recipe.data.targets[0])


def test_random_rows_and_class_weights(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        for step in range(100):
            rows = rng.integers(0, 50, 10)
            model.train_on_batch(x[rows], y[rows] > 0, class_weight={0: 1.0, 1: 3.0})
        """,
    )
    assert recipe.data.rows == 50
    assert recipe.fit.steps == 100
    assert recipe.data.weights is not None
    assert np.array_equal(recipe.data.weights, np.where(recipe.data.targets[0], 3.0, 1.0))
    assert any("draws its batches at random from 50 rows" in note for note in recipe.notes)


def test_new_rows_in_every_batch(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        loss, count = 1.0, 0
        while loss > 0.05:
            rows = rng.normal(size=(16, 3))
            loss, count = model.train_on_batch(rows, rows.sum(axis=1)), count + 1
        """,
    )
    assert recipe.data.feed is Feed.BATCHES
    assert recipe.data.rows == 16 * recipe.fit.steps
    assert recipe.fit.steps > 5


def test_several_inputs_and_one_batch(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        a, b = keras.Input((1,), name="a"), keras.Input((2,), name="b")
        model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Concatenate()([a, b])))
        model.compile("sgd", "mse", metrics=["mae"])
        for _ in range(12):
            found = model.train_on_batch({"b": x[:, 1:], "a": x[:, :1]}, y, return_dict=True)
        assert set(found) == {"loss", "mae"}
        """,
    )
    assert [v.shape for v in recipe.data.inputs] == [(50, 1), (50, 2)]
    assert (recipe.fit.epochs, recipe.fit.batch_size) == (12, 50)


def test_the_learning_rate_is_changed(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        for epoch in range(10):
            model.optimizer.learning_rate = 0.1 / (1 + epoch)
            model.train_on_batch(x, y)
        """,
    )
    assert any("changes its learning rate" in note for note in recipe.notes)


def test_fit_in_a_loop_is_one_training(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        for epoch in range(40):
            model.fit(x, y, epochs=2, batch_size=8, verbose=0)
            model.predict(x[:2], verbose=0)
        """,
    )
    assert (recipe.fit.epochs, recipe.fit.batch_size, recipe.fit.shuffle) == (80, 8, True)
    assert recipe.data.rows == 50
    assert any("40 calls of this fit" in note for note in recipe.notes)


def test_fit_on_one_part_after_another(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        for epoch in range(5):
            for part in range(0, 50, 25):
                model.fit(x[part:part + 25], y[part:part + 25], batch_size=5, verbose=0)
        """,
    )
    assert (recipe.data.rows, recipe.fit.epochs, recipe.fit.steps_per_epoch) == (50, 5, 10)


def test_two_fits_at_two_places_are_two_trainings(tmp_path: Path) -> None:
    code = "model.fit(x, y, epochs=2)\nmodel.fit(x[:20], y[:20], epochs=3)\n"
    assert [r.fit.epochs for r in _captured(tmp_path, code).recipes] == [2, 3]


def test_compiled_again_is_another_training(tmp_path: Path) -> None:
    recipes = _captured(
        tmp_path,
        """
        for rate in (0.1, 0.01):
            model.compile(keras.optimizers.SGD(rate), "mse")
            for _ in range(5):
                model.train_on_batch(x, y)
        """,
    ).recipes
    assert [r.fit.epochs for r in recipes] == [5, 5]
    assert [r.optimizer.learning_rate for r in recipes] == pytest.approx([0.1, 0.01])


ADVERSARIAL = """
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.trainable = False
    both = keras.Sequential([keras.Input((2,)), made, model])
    both.compile("sgd", "mse")
    for _ in range(6):
        noise = rng.normal(size=(8, 2))
        model.train_on_batch(made.predict(noise, verbose=0), np.zeros(8))
        both.train_on_batch(noise, np.ones(8))
"""
REINFORCED = """
    for _ in range(20):
        state = rng.normal(size=(1, 3))
        goal = 1 + 0.9 * model.predict(state, verbose=0)
        model.{call}(state, goal)
"""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (ADVERSARIAL, "2 models by turns that share weights, by train_on_batch .lines 16 and 17"),
        (REINFORCED.format(call="train_on_batch"), "asks the model for answers .*line 13"),
        (REINFORCED.format(call="fit"), "asks the model for answers .*fit in a loop .line 13"),
        ("model.train_on_batch(x[:, :2], y)", "refuse"),
    ],
)
def test_what_cannot_be_repeated_is_told(tmp_path: Path, code: str, words: str) -> None:
    with pytest.raises(CaptureError, match=words):
        _captured(tmp_path, code)


def test_models_by_turns_that_share_nothing(tmp_path: Path) -> None:
    recipes = _captured(
        tmp_path,
        """
        other = keras.models.clone_model(model)
        other.compile("adam", "mse")
        for _ in range(6):
            model.train_on_batch(x, y)
            other.train_on_batch(x, y)
        """,
    ).recipes
    assert [r.optimizer.name for r in recipes] == ["SGD", "Adam"]


def test_looking_at_the_model_between_updates_is_no_dependence(tmp_path: Path) -> None:
    recipe = _recipe(
        tmp_path,
        """
        for _ in range(9):
            model.train_on_batch(x, y)
            print(abs(model.predict(x, verbose=0)[:, 0] - y).mean())
        """,
    )
    assert recipe.fit.steps == 9


def test_an_endless_loop_is_cut(tmp_path: Path) -> None:
    code = "while True:\n    model.train_on_batch(x, y)\n"
    (recipe,) = (captured := _captured(tmp_path, code)).recipes
    assert recipe.fit.steps > 100
    assert any("counted and not made" in note for note in recipe.notes)
    assert any(f"stopped {script.LOOP_SECONDS:g} s after" in note for note in captured.notes)


def test_a_loop_of_ones_own_is_named(tmp_path: Path) -> None:
    code = """
        import jax
        weights = [v.value for v in model.trainable_variables]
        def loss(weights):
            return ((model.stateless_call(weights, [], x)[0][:, 0] - y) ** 2).mean()
        for _ in range(3):
            slopes = jax.grad(loss)(weights)
            weights = [w - 0.1 * s for w, s in zip(weights, slopes)]
    """
    with pytest.raises(NoTraining, match=r"loop of its own \(jax.grad, line 15\)"):
        _captured(tmp_path, code)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("with tf.GradientTape() as tape:\n    pass", "tf.GradientTape, line 1"),
        ("from jax import value_and_grad\nf = value_and_grad(g)", "value_and_grad, line 2"),
        ("total.backward()", "total.backward, line 1"),
        ("state = optimizer.stateless_apply(a, b, c)", "optimizer.stateless_apply, line 1"),
        ("def grad(f):\n    return f\ngrad(3)", ""),
        ("print 'old'", ""),
    ],
)
def test_own_loops_in_the_text(text: str, name: str) -> None:
    assert name in own_loop(text) if name else own_loop(text) == ""
