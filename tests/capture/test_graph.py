"""Models and layers of a program's own: seen as graphs, and made again from their arguments."""

from __future__ import annotations

import textwrap
from pathlib import Path

import cloudpickle
import numpy as np
import pytest

from unstuck.capture.script import capture_script
from unstuck.recipe import ModelKind, Recipe
from unstuck.trials.lower import Lowered

HEAD = """\
import keras
import numpy as np
from keras import layers, ops
x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
"""
END = """
model.compile("adam", "mse")
model.fit(x, y, epochs=3)
"""


def _recipe(folder: Path, code: str) -> Recipe:
    path = folder / "program.py"
    path.write_text(HEAD + textwrap.dedent(code) + END)
    (recipe,) = capture_script(path).recipes
    return recipe


OWN = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.drop = layers.Dropout(0.2)
        self.inner = keras.Sequential([layers.Dense(8), layers.Dense(8, activation="relu")])
        self.head = layers.Dense(1)
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x, training=False):
        {call}

model = Net()
"""
PLAIN = "return self.head(self.drop(self.inner(x), training=training))"


def test_a_model_of_ones_own_is_the_graph_of_its_call(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, OWN.format(call=PLAIN))
    assert (recipe.model.kind, recipe.obstacle) == (ModelKind.FUNCTIONAL, "")
    kinds = [layer.kind for layer in recipe.model.layers if layer.kind != "InputLayer"]
    assert kinds == ["Dense", "Dense", "Dropout", "Dense"]
    assert recipe.model.layers[-1].place is not None
    assert recipe.model.layers[-1].place.line == 12
    assert Lowered(recipe).forward_error < 1e-6


def test_functions_between_layers_are_steps_of_the_graph(tmp_path: Path) -> None:
    call = "return ops.relu(self.head(self.drop(self.inner(x) * 2.0, training=training)))"
    recipe = _recipe(tmp_path, OWN.format(call=call))
    assert recipe.model.kind is ModelKind.FUNCTIONAL
    assert [x.name for x in recipe.model.layers if x.is_operation] == ["multiply", "relu"]


@pytest.mark.parametrize(
    "call",
    [
        "return self.head(self.drop(self.inner(x)) if training else self.inner(x))",
        "self.add_loss(0.1 * ops.sum(self.inner(x))); return self.head(self.inner(x))",
        "return self.head(self.inner(x)) + keras.random.normal((1,), seed=self.seed)",
        "return self.head(self.drop(self.inner(x), training=False))",
        "z = self.inner(x); return self.head(self.drop(z, training=True))",
        "z = keras.random.normal((8,), seed=self.seed) if training else 0.0; "
        "return self.head(self.inner(x) + z)",
    ],
    ids=["a branch", "a loss", "noise", "no dropout", "dropout always", "noise in training"],
)
def test_a_call_that_does_more_is_left_as_it_is(tmp_path: Path, call: str) -> None:
    assert _recipe(tmp_path, OWN.format(call=call)).model.kind is ModelKind.SUBCLASSED


LAYER = """
class Own(layers.Layer):
    def __init__(self, units, way, **kwargs):
        super().__init__(**kwargs)
        self.units, self.way = units, way

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return {call}

model = keras.Sequential([keras.Input((3,)), Own(3, {way}), layers.Dense(1)])
"""


@pytest.mark.parametrize(
    ("call", "way"),
    [
        ("self.way(x @ self.kernel)", "lambda x: x * ops.sigmoid(x)"),
        ("x @ self.kernel * self.way", "np.array([1.0, 2.0, 3.0], dtype='float32')"),
        ("self.way(x @ self.kernel)", "layers.Dense(5, activation='tanh')"),
        ("x @ self.kernel * self.way['by']", "{'by': 2.0}"),
        ("self.way[1](self.way[0](x @ self.kernel))", "[layers.Dense(4), layers.Dense(5)]"),
    ],
    ids=["a function", "an array", "a layer", "a dictionary", "layers"],
)
def test_a_layer_is_made_again_from_what_it_was_made_with(
    tmp_path: Path, call: str, way: str
) -> None:
    recipe = _recipe(tmp_path, LAYER.format(call=call, way=way))
    assert recipe.obstacle == ""
    lowered = Lowered(recipe)
    assert lowered.forward_error < 1e-6
    for first, second in zip(*zip(*lowered.states(recipe, (0, 1))[0], strict=True), strict=True):
        assert first.ndim < 2 or (first != second).any()  # each seed has weights of its own


NAMED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = layers.Dense(4, activation="relu"), layers.Dense(4)
        self.head = layers.Dense(1)

    def call(self, given):
        return self.head(self.one(given["b"]) * self.two(given["a"]))

model = Net()
x = {"a": x, "b": -x}
"""


def test_inputs_by_name_are_trained_and_watched(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, NAMED)
    assert recipe.model.kind is ModelKind.FUNCTIONAL
    lowered = Lowered(recipe)
    assert lowered.forward_error < 1e-6
    state = [[leaf[0] for leaf in part] for part in lowered.states(recipe, (0,))[:2]]
    rows, _, _ = lowered.batch(recipe, recipe.data)
    (found,) = lowered.activations([recipe.model.learned_layers[0].name])(state, rows)
    assert found.shape == (64, 4)


def test_weights_that_the_program_gives_are_kept(tmp_path: Path) -> None:
    code = OWN.format(call="return self.head(self.inner(x))") + (
        "model(x)\nmodel.head.kernel.assign(np.full((8, 1), 3.0))\n"
    )
    recipe = _recipe(tmp_path, code)
    kernels = [v for v in Lowered(recipe).states(recipe, (0, 1))[0] if v.shape[1:] == (8, 1)]
    assert (np.asarray(kernels[0]) == 3.0).all()


def test_a_model_is_made_again_with_what_it_was_given(tmp_path: Path) -> None:
    own = OWN.format(call="return self.head(self.inner(x) * (2.0 if training else 1.0))")
    own = own.replace("def __init__(self):", "def __init__(self, width=8):")
    own = own.replace("Dense(8), ", "Dense(width), ").replace("Net()", "Net(5)")
    assert _recipe(tmp_path, own).model.config["config"]["width"] == 5


def test_a_schedule_that_remembers_is_carried_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        HEAD
        + textwrap.dedent("""
        class Falling:
            rate = 0.1
            def __call__(self, epoch, rate):
                self.rate *= 0.5
                return self.rate
        model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x, y, epochs=9, callbacks=[keras.callbacks.LearningRateScheduler(Falling())])
        """)
    )
    (recipe,) = capture_script(path).recipes
    config = recipe.fit.callback_configs["LearningRateScheduler"]
    assert config["course"][:2] == [0.05, 0.025]
    assert cloudpickle.loads(config["schedule"]).rate == 0.1


COMPOSED = """
class Block(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense, self.drop = layers.Dense(units), layers.Dropout(0.2)
        self.seed = {seed}

    def call(self, x{more}):
        {call}

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [Block(8), Block(4)]
        self.head = layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)

model = {model}
"""
IN_A_ROW = "keras.Sequential([keras.Input((3,)), Block(8), layers.Dense(1)])"


@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        ("Net()", ["Dense", "ops.relu", "Dropout", "Dense", "ops.relu", "Dropout", "Dense"]),
        (IN_A_ROW, ["Dense", "ops.relu", "Dropout", "Dense"]),
    ],
)
def test_layers_of_layers_come_apart(tmp_path: Path, model: str, kinds: list[str]) -> None:
    call = "return self.drop(ops.relu(self.dense(x)), training=training)"
    more = ", training=False"
    recipe = _recipe(tmp_path, COMPOSED.format(call=call, more=more, seed=None, model=model))
    assert [x.kind for x in recipe.model.layers if x.kind != "InputLayer"] == kinds
    assert recipe.obstacle == ""
    assert Lowered(recipe).forward_error < 1e-6


@pytest.mark.parametrize(
    ("call", "more", "seed"),
    [
        ("return self.dense(x) * (2.0 if training else 1.0)", ", training=False", "None"),
        ("return self.dense(x) * float(np.random.rand())", "", "None"),
        ("return self.dense(x)", "", "keras.random.SeedGenerator(0)"),
        ("return self.dense(x)", ", mask=None", "None"),
        ("self.add_loss(ops.mean(x)); return self.dense(x)", "", "None"),
        ("x = self.dense(x); self.add_loss(ops.sum(self.dense.kernel)); return x", "", "None"),
    ],
    ids=["a branch", "noise", "a seed", "a mask", "a loss", "a penalty"],
)
def test_layers_that_do_more_stay_whole(tmp_path: Path, call: str, more: str, seed: str) -> None:
    code = COMPOSED.format(call=call, more=more, seed=seed, model=IN_A_ROW)
    recipe = _recipe(tmp_path, code)
    assert [x.kind for x in recipe.model.layers if x.kind != "InputLayer"] == ["Block", "Dense"]


LOOSE = """
shared = layers.Dense(8, activation="relu")

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one = layers.Dense(8)
        self.two = layers.Dense(8)
        self.later = layers.Dropout(0.5)
        self.head = layers.Dense(1)

    def call(self, x, training=False):
        {call}

model = Net()
"""


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("x = self.two(self.one(x)); return self.head(self.later(x) if training else x)", ()),
        ("return self.head(self.later(self.one(self.two(layers.Dense(4)(x)))))", ("anew",)),
        ("return self.head(self.later(self.one(self.two(shared(x)))))", ("unregistered",)),
        ("return self.head(self.later(self.one(x) + self.one(-x)))", ("unused",)),
    ],
    ids=["all in their place", "made in call", "of a global name", "never called"],
)
def test_layers_on_one_side_only(tmp_path: Path, call: str, named: tuple[str, ...]) -> None:
    loose = _recipe(tmp_path, LOOSE.format(call=call)).model.loose
    found = ("anew", loose.anew), ("unregistered", loose.unregistered), ("unused", loose.unused)
    assert tuple(name for name, layers in found if layers) == named
    assert bool(loose.repeated) == ("unused" in named)


def test_what_is_not_used_keeps_no_model_from_being_a_graph(tmp_path: Path) -> None:
    recipe = _recipe(tmp_path, LOOSE.format(call="self.two(x); return self.head(self.one(x))"))
    assert [layer.name for layer in recipe.model.loose.unused] == ["dense_2"]
    assert (recipe.model.kind, recipe.obstacle) == (ModelKind.FUNCTIONAL, "")
    assert Lowered(recipe).forward_error < 1e-6


@pytest.mark.parametrize(("mode", "steady"), [("training", True), ("True", False)])
def test_answers_that_differ_each_time_are_no_sample(
    tmp_path: Path, mode: str, steady: bool
) -> None:
    call = f"return self.head(self.drop(self.inner(x), training={mode}))"
    model = _recipe(tmp_path, OWN.format(call=call)).model
    assert bool(model.sample_output) == steady
    assert (model.unsteady == 0) == steady


@pytest.mark.parametrize(
    ("code", "obstacle"),
    [
        ("model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])\n", ""),
        (OWN.format(call=PLAIN), "the model runs eagerly"),
    ],
    ids=["Keras's own", "a call of the program's own, which may branch"],
)
def test_layers_of_keras_compute_the_same_eagerly(tmp_path: Path, code: str, obstacle: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + code + END.replace('"mse"', '"mse", run_eagerly=True'))
    (recipe,) = capture_script(path).recipes
    assert recipe.obstacle == obstacle


BY_WEIGHTS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = layers.Dense(3), layers.Dense(3)
        self.place = layers.Embedding(3, 3)
        self.head = layers.Dense(1)
        {made}

    def call(self, x):
        {call}

model = Net()
"""


@pytest.mark.parametrize(
    ("call", "made"),
    [
        ("return self.head(self.one(x) + ops.sum(self.place(ops.arange(3)), axis=0))", "pass"),
        (
            "return self.head(self.wrapped(self.one(x)))",
            "self.wrapped = layers.Lambda(lambda x: self.two(x))",
        ),
        ("return self.head(self.one(x) * self.scale)", "self.scale = self.add_weight(shape=(3,))"),
        ("return self.head(ops.matmul(self.one(x), self.one.kernel))", "pass"),
    ],
    ids=["of places", "in a lambda", "a weight of its own", "a tied weight"],
)
def test_weights_that_a_graph_would_not_train(tmp_path: Path, call: str, made: str) -> None:
    """What ``call`` computes of weights alone is a constant of a graph: such a model stays whole,
    and all of its weights are trained."""
    recipe = _recipe(tmp_path, BY_WEIGHTS.format(call=call, made=made))
    assert (recipe.model.kind, recipe.obstacle) == (ModelKind.SUBCLASSED, "")
    if "Lambda" not in made:  # which Keras does not write down with what it holds
        assert Lowered(recipe).forward_error < 1e-5
    named = {layer.name for layer in recipe.model.loose.unused}
    assert named.isdisjoint(
        {"embedding"} if "place" in call else {"dense_1"} if "wrap" in call else ()
    )
