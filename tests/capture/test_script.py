"""Programs under capture: what is described, where it stands, and how failures are told."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from unstuck.capture.script import Captured, capture_script
from unstuck.errors import CaptureError, NoTraining, ProgramCrashed, ProgramExited, TimeLimit
from unstuck.recipe import Feed, ModelKind, Recipe

HEAD = """\
import keras
import numpy as np
x = np.arange(80.0).reshape(20, 4)
y = x.sum(axis=1)
"""
MODEL = """\
model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
"""


def _capture(folder: Path, code: str, *args: str, **options: float | bool) -> Captured:
    path = folder / "program.py"
    path.write_text(code)
    return capture_script(path, args, **options)


def _recipe(folder: Path, code: str) -> Recipe:
    (recipe,) = _capture(folder, code).recipes
    return recipe


def test_a_plain_program(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, HEAD + MODEL + "model.fit(x, y, epochs=7, batch_size=6)\n")
    assert recipe.model.kind is ModelKind.SEQUENTIAL
    assert [layer.kind for layer in recipe.model.layers] == ["InputLayer", "Dense", "Dense"]
    assert [layer.units for layer in recipe.model.layers[1:]] == [3, 1]
    assert (recipe.loss.name, recipe.optimizer.name) == ("mean_squared_error", "Adam")
    assert recipe.optimizer.learning_rate == pytest.approx(0.001)
    assert (recipe.fit.epochs, recipe.fit.batch_size, recipe.fit.steps_per_epoch) == (7, 6, 4)
    assert recipe.metrics == ("mae",)
    assert recipe.data.inputs[0].shape == (20, 4)
    assert recipe.data.targets[0].shape == (20,)
    assert not recipe.obstacle


def test_places_are_exact(tmp_path: Path) -> None:
    code = HEAD + MODEL + "model.fit(  # é\n    x,\n    y,\n    epochs=2,\n)\n"
    recipe = _recipe(tmp_path, code)
    lines = code.splitlines()

    def text(place) -> str:
        assert place.file == str(tmp_path / "program.py")
        inner = lines[place.line - 1 : place.end_line]
        inner[-1] = inner[-1][: place.end_column]
        inner[0] = inner[0][place.column :]
        return "\n".join(inner)

    assert text(recipe.model.layers[1].place) == "keras.layers.Dense(3)"
    assert text(recipe.model.layers[2].place) == "keras.layers.Dense(1)"
    assert text(recipe.loss.place).startswith("model.compile(")
    assert text(recipe.fit.place).startswith("model.fit(  # é")
    assert text(recipe.fit.place).endswith(")")


def test_lambdas_and_own_losses_live_in_another_process(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        from keras import ops
        SCALE = 3.0
        def doubled(values):
            return 2 * values * SCALE
        class Own(keras.losses.Loss):
            def call(self, y_true, y_pred):
                return ops.mean(ops.square(y_true - y_pred))
        i = keras.Input(shape=(4,))
        h = keras.layers.Dense(3, activation=lambda v: v * SCALE)(i)
        o = keras.layers.Lambda(lambda v: doubled(v)[:, :1])(h)
        model = keras.Model(i, o)
        model.compile(optimizer="sgd", loss=Own())
        model.fit(x, y)
    """)
    recipe = _recipe(tmp_path, code)
    assert not recipe.loss.aligns_shapes
    assert recipe.loss.custom
    again = textwrap.dedent("""
        import pickle, sys
        import numpy as np
        from unstuck.trials.lower import Lowered
        recipe = pickle.load(sys.stdin.buffer)
        print(Lowered(recipe).forward_error)
    """)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", again],
        input=pickle.dumps(recipe),
        capture_output=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    assert done.returncode == 0, done.stderr.decode()
    assert float(done.stdout) < 1e-5


def test_layers_of_ones_own(tmp_path: Path) -> None:
    """One without a constructor, one whose constructor calls its base: places are the calls."""
    code = HEAD + textwrap.dedent("""
        class Twice(keras.layers.Layer):
            def call(self, v):
                return 2 * v
        class Scaled(keras.layers.Layer):
            def __init__(self, by, **more):
                super().__init__(**more)
                self.by = by
            def call(self, v):
                return self.by * v
            def get_config(self):
                return {**super().get_config(), "by": self.by}
        parts = [keras.Input((4,)), keras.layers.Dense(1)]
        parts.append(Twice())
        parts.append(Scaled(3.0, name="scaled"))
        model = keras.Sequential(parts)
        model.compile(loss="mse", optimizer="sgd")
        model.fit(x, y)
    """)
    recipe = _recipe(tmp_path, code)
    assert not recipe.obstacle
    lines = code.splitlines()
    places = [layer.place for layer in recipe.model.layers[-2:]]
    texts = [lines[p.line - 1][p.column : p.end_column] for p in places]
    assert texts == ["Twice()", 'Scaled(3.0, name="scaled")']


def test_a_model_of_ones_own_is_made_again_with_its_arguments(tmp_path: Path) -> None:
    """Keras keeps the arguments of a layer's constructor, and not those of a model's."""
    code = HEAD + textwrap.dedent("""
        class Coder(keras.Model):
            def __init__(self, width, code=3, activation="elu"):
                super().__init__()
                self.inner = keras.layers.Dense(code, activation)
                self.outer = keras.layers.Dense(width)
            def call(self, v, training=False):  # what no graph would do
                return self.outer(self.inner(v) * (2.0 if training else 1.0))
        model = Coder(4, code=2)
        model.compile(loss="mse", optimizer="sgd")
        model.fit(x, x)
    """)
    recipe = _recipe(tmp_path, code)
    assert not recipe.obstacle
    assert recipe.model.config["config"] == {"width": 4, "code": 2, "activation": "elu"}


def test_a_dense_layer_at_each_time_is_one_of_its_activation(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        from keras.layers import Dense, TimeDistributed
        model = keras.Sequential([keras.Input((5, 4)), TimeDistributed(Dense(3, "softmax"))])
        model.compile(loss="categorical_crossentropy", optimizer="sgd")
        model.fit(np.zeros((4, 5, 4)), np.eye(3)[np.zeros((4, 5), int)])
    """)
    (layer,) = [x for x in _recipe(tmp_path, code).model.layers if x.kind != "InputLayer"]
    assert (layer.kind, layer.name, layer.activation) == ("Dense", "time_distributed", "softmax")
    assert layer.units == 3


def test_two_inputs_and_a_dictionary(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        a, b = keras.Input(shape=(2,), name="a"), keras.Input(shape=(2,), name="b")
        o = keras.layers.Dense(1)(keras.layers.Concatenate()([a, b]))
        model = keras.Model([a, b], o)
        model.compile(loss="mae", optimizer="sgd")
        model.fit({"b": x[:, 2:], "a": x[:, :2]}, y)
    """)
    recipe = _recipe(tmp_path, code)
    assert recipe.data.inputs[0][0].tolist() == [0.0, 1.0]
    assert recipe.data.inputs[1][0].tolist() == [2.0, 3.0]


def test_validation_split_takes_the_last_rows(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, HEAD + MODEL + "model.fit(x, y, validation_split=0.25)\n")
    assert recipe.data.rows == 15
    assert recipe.validation is not None
    assert recipe.validation.inputs[0][0, 0] == 60.0


def test_class_weights_become_row_weights(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
        model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
        model.fit(x, np.arange(20) % 2, class_weight={0: 1.0, 1: 5.0})
    """)
    recipe = _recipe(tmp_path, code)
    assert recipe.data.weights is not None
    assert recipe.data.weights[:4].tolist() == [1, 5, 1, 5]


def test_a_refilled_buffer_is_seen_and_undone(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        class Shared(keras.utils.PyDataset):
            def __init__(self):
                super().__init__(workers=2, max_queue_size=10)
                self.x = np.zeros((8, 4), dtype="float32")
            def __len__(self):
                return 60
            def __getitem__(self, i):
                self.x[:] = i
                return self.x, np.full((8, 1), i, dtype="float32")
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        model.fit(Shared(), epochs=3)
    """)
    recipe = _recipe(tmp_path, code)
    data = recipe.data
    assert (data.feed, data.shared_memory, data.rows) == (Feed.BATCHES, True, 480)
    assert data.drawn is not None
    assert np.array_equal(data.drawn.inputs[0][:, :1], data.drawn.targets[0])
    assert (data.inputs[0][:, :1] != data.targets[0]).mean() > 0.5
    assert recipe.fit.steps_per_epoch == 60


def test_an_endless_generator_is_sampled(tmp_path: Path) -> None:
    code = (
        HEAD
        + MODEL
        + textwrap.dedent("""
        def batches():
            while True:
                yield np.random.rand(5, 4), np.random.rand(5, 1)
        model.fit(batches(), steps_per_epoch=30, epochs=2)
    """)
    )
    recipe = _recipe(tmp_path, code)
    assert recipe.data.rows == 300
    assert not recipe.data.complete
    assert recipe.fit.batch_size == 5
    assert not recipe.data.shared_memory


def test_two_trainings_are_both_seen(tmp_path: Path) -> None:
    code = HEAD + textwrap.dedent("""
        def train(units):
            model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)])
            model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
            history = model.fit(x, y, epochs=3, validation_split=0.2)
            assert len(history.history["val_mae"]) == 3
            model.predict(x), model.evaluate(x, y)
        if __name__ == "__main__":
            train(1)
            train(2)
    """)
    recipes = _capture(tmp_path, code).recipes
    assert [r.model.output_layer.units for r in recipes] == [1, 2]


def test_arguments_reach_the_program(tmp_path: Path) -> None:
    code = "import sys\n" + HEAD + MODEL + "model.fit(x, y, epochs=int(sys.argv[1]))\n"
    (recipe,) = _capture(tmp_path, code, "13").recipes
    assert recipe.fit.epochs == 13


def test_a_crash_after_the_training_is_a_note(tmp_path: Path) -> None:
    captured = _capture(tmp_path, HEAD + MODEL + "model.fit(x, y)\nprint(1 / 0)\n")
    assert len(captured.recipes) == 1
    assert "ZeroDivisionError" in captured.notes[0]


def test_a_long_ending_is_cut(tmp_path: Path) -> None:
    code = HEAD + MODEL + "model.fit(x, y)\nimport time\ntime.sleep(60)\n"
    captured = _capture(tmp_path, code, after=1.0)
    assert "stopped 1 s after" in captured.notes[0]


def test_watching_lets_the_training_run(tmp_path: Path) -> None:
    code = (
        HEAD + MODEL + "h = model.fit(x, y, verbose=0)\nprint('loss', h.history['loss'][0] > 0)\n"
    )
    captured = _capture(tmp_path, code, watch=True)
    assert "loss True" in captured.output
    assert any("own training, over" in note for note in captured.notes)


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("print(1 / 0)", ProgramCrashed, "division by zero"),
        ("import sys; sys.exit(3)", ProgramExited, "exit code 3"),
        ("import os; os._exit(4)", ProgramExited, "died"),
        ("print('hello')", NoTraining, "never calls fit"),
        (HEAD + MODEL, NoTraining, "compiles a model and never calls fit"),
        (HEAD + MODEL + "model.fit(x, y[:3])", CaptureError, "rows"),
        ("x = (", ProgramCrashed, "SyntaxError"),
        ("int(input('how many? '))", ProgramCrashed, "line 1 asks for input .*: write one there"),
        ("while not input(): pass", ProgramCrashed, "line 1 asks for input, and nobody is there"),
        ("input('train?') or exit()", ProgramExited, "exit"),
        ("try: input()\nexcept EOFError: 1 / 0", ProgramCrashed, "division by zero"),
        ("if input('train?'): 1 / 0", NoTraining, "line 1 asks for input .'train.'., and an empty"),
    ],
)
def test_failures_are_told_in_a_sentence(
    tmp_path: Path, code: str, error: type[CaptureError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        _capture(tmp_path, code)
    assert "program.py" in str(caught.value)
    if isinstance(caught.value, ProgramCrashed):
        assert "program.py" in caught.value.traceback
        assert "unstuck" not in caught.value.traceback


def test_a_program_that_takes_too_long(tmp_path: Path) -> None:
    with pytest.raises(TimeLimit, match="within 1 s"):
        _capture(tmp_path, "while True: pass", limit=1.0)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no file"):
        capture_script(tmp_path / "absent.py")


def test_weights_given_to_a_layer_are_marked(tmp_path: Path) -> None:
    given = "model.layers[0].set_weights([np.ones((4, 3)), np.zeros(3)])\n"
    recipe = _recipe(tmp_path, HEAD + MODEL + given + "model.fit(x, y)\n")
    assert (recipe.model.given, recipe.model.warm) == ((0, 1), False)
    whole = "model.set_weights([w + 1 for w in model.get_weights()])\n"
    assert _recipe(tmp_path, HEAD + MODEL + whole + "model.fit(x, y)\n").model.warm


BASE = "base = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n"
TUNED = """\
base.trainable = False
model = keras.Sequential([base, keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("between", "untouched"),
    [
        ("", (0, 1, 2, 3)),
        ("base.compile('sgd', 'mse')\nbase.fit(x, x[:, :3])\n", (2, 3)),
        ("base.compile('sgd', 'mse')\nbase.train_on_batch(x, x[:, :3])\n", (2, 3)),
        ("base.save('b.keras')\nbase = keras.models.load_model('b.keras')\n", (2, 3)),
        ("base.save_weights('b.weights.h5')\nbase.load_weights('b.weights.h5')\n", (2, 3)),
        ("other = keras.models.clone_model(base)\nother.set_weights(base.get_weights())\n",
         (0, 1, 2, 3)),
    ],
    ids=["none", "fit", "a step", "loaded whole", "loaded", "of another model"],
)  # fmt: skip
def test_weights_that_nothing_has_changed(
    tmp_path: Path, between: str, untouched: tuple[int, ...]
) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + BASE + between + TUNED)
    found = capture_script(path).recipes
    (recipe,) = (r for r in found if len(r.model.learned_layers) == 2)
    assert recipe.model.untouched == untouched


FOLDS = """
def fold(seed, rows):
    kernel = keras.initializers.GlorotUniform(seed)
    model = keras.Sequential([keras.layers.Dense(2, kernel_initializer=kernel)])
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.1))
    model.fit(x[rows], x[rows, :2], epochs=3)
    assert np.isnan(model.evaluate(x, x[:, :2])) and model.predict(x).shape == (20, 2)
"""


def test_trainings_that_differ_in_rows_and_seeds_are_one(tmp_path: Path) -> None:
    code = HEAD + FOLDS + "for k in range(5):\n    fold(k, np.arange(20) % 5 != k)\n"
    recipe = _recipe(tmp_path, code)
    assert recipe.data.rows == 16
    (note,) = recipe.notes
    assert "trains 4 times more from this line, alike but for rows and seeds" in note


def test_trainings_that_differ_otherwise_are_not(tmp_path: Path) -> None:
    code = HEAD + FOLDS.replace("epochs=3", "epochs=1 + seed")
    recipes = _capture(tmp_path, code + "for k in range(3):\n    fold(k, slice(None))\n").recipes
    assert [r.fit.epochs for r in recipes] == [1, 2, 3]


def test_one_fit_after_another_is_one_training(tmp_path: Path) -> None:
    code = HEAD + MODEL + "for epoch in range(30):\n    model.fit(x, y, epochs=2)\n"
    recipe = _recipe(tmp_path, code)
    assert recipe.fit.epochs == 60
    assert recipe.notes == ("30 calls of this fit, one after another, are one training",)


def test_callbacks_begin_anew_with_each_fit(tmp_path: Path) -> None:
    fit = "model.fit(x, y, callbacks=[keras.callbacks.EarlyStopping('loss')])"
    recipe = _recipe(tmp_path, HEAD + MODEL + f"for epoch in range(3):\n    {fit}\n")
    assert recipe.fit.epochs == 1
    assert "calls this fit 2 times more" in recipe.notes[0]


def test_one_model_on_piece_after_piece(tmp_path: Path) -> None:
    code = HEAD + MODEL + "for k in range(4):\n    model.fit(x[5 * k : 5 * k + 5], y[:5])\n"
    recipe = _recipe(tmp_path, code)
    assert (recipe.data.rows, recipe.fit.steps) == (20, 4)
    assert any("4 calls of fit, 4 updates" in note for note in recipe.notes)


def test_a_second_stage_is_said_to_be_one(tmp_path: Path) -> None:
    code = HEAD + MODEL + "model.fit(x, y)\nmodel.fit(x, y, epochs=9)\n"
    first, second = _capture(tmp_path, code).recipes
    assert (first.notes, second.fit.epochs) == ((), 9)
    assert "trains this model before, in line 7" in second.notes[0]
