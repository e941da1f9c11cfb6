"""The callback in trainings of Keras: what it sees, says and stops, and that it changes nothing."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import unstuck
from unstuck.capture.keras import capture_fit
from unstuck.watching import callback
from unstuck.watching.live import Live

X = np.random.default_rng(0).normal(size=(96, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


def _model(*, rate: float = 0.01, activation: str | None = None) -> Any:
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((3,)),
        keras.layers.Dense(16, activation="relu", name="hidden"),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(1, activation=activation, name="head"),
    ]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


def _fit(*callbacks: Any, model: Any = None, **more: Any) -> Any:
    model = model or _model()
    arguments = {"x": X, "y": Y, "epochs": 4, "batch_size": 16, "verbose": 0, **more}
    return model.fit(callbacks=list(callbacks), **arguments)


def _batches() -> Iterator[Any]:
    random = np.random.default_rng(1)
    while True:
        rows = random.integers(0, 96, 16)
        yield X[rows], Y[rows]


class _Set(keras.utils.PyDataset):  # type: ignore[misc]
    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        return X[index * 16 :][:16], Y[index * 16 :][:16]


FITS: dict[str, Any] = {
    "arrays": dict,
    "validation split": lambda: {"validation_split": 0.25},
    "generator": lambda: {"x": _batches(), "y": None, "batch_size": None, "steps_per_epoch": 6},
    "data set": lambda: {"x": _Set(), "y": None, "batch_size": None, "validation_data": _Set()},
    "weights": lambda: {"sample_weight": np.linspace(0, 1, 96)},
}


@pytest.mark.filterwarnings("ignore:.*shuffle=True.* was passed, but will be ignored")
@pytest.mark.filterwarnings("ignore:Your `PyDataset` class should call")
@pytest.mark.parametrize("name", FITS)
def test_a_training_is_the_same_when_watched(name: str) -> None:
    ends, watch = [], unstuck.Watch()
    for callbacks in ([], [watch]):
        model = _model()
        _fit(*callbacks, model=model, **FITS[name]())
        step = model.train_function
        ends.append([*model.get_weights(), keras.layers.Dense(1).name.split("_")[0]])
    for bare, watched in zip(*ends, strict=True):
        np.testing.assert_array_equal(bare, watched)
    assert "_Watching" not in step.__qualname__
    assert watch.trace is not None
    assert (watch.trace.steps[0], watch.trace.steps[-1]) == (0, watch.trace.planned)


def test_the_trace_is_what_happened() -> None:
    """A linear model on few rows, all of which are looked at: everything is known in full."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    start = model.get_weights()[0]
    watch = unstuck.Watch()
    x, y = X[:24], Y[:24]
    _fit(watch, model=model, x=x, y=y, batch_size=24, epochs=3)
    seen, weights = watch.trace, [start]
    assert seen is not None
    for _ in range(3):
        weights.append(weights[-1] - 0.1 * (2 / 24) * x.T @ (x @ weights[-1] - y))
    np.testing.assert_array_equal(seen.steps, [0, 1, 2, 3])
    residuals = [x @ w - y for w in weights]
    np.testing.assert_allclose(seen.loss[0], [np.mean(r**2) for r in residuals], rtol=1e-4)
    slopes = [np.linalg.norm(2 / 24 * x.T @ r) for r in residuals]
    np.testing.assert_allclose(seen.gradient[0, :, 0], slopes, rtol=1e-4)
    moved = [np.linalg.norm(b - a) / np.linalg.norm(b) for a, b in zip(weights, weights[1:])]  # noqa: B905, RUF007
    np.testing.assert_allclose(seen.update[0, 1:, 0], moved, rtol=1e-3)
    np.testing.assert_allclose(seen.learning_rate, 0.1)


def test_units_that_die_are_seen() -> None:
    model = _model()
    hidden = model.get_layer("hidden")
    hidden.set_weights([hidden.get_weights()[0], np.full(16, -99.0)])
    watch = unstuck.Watch()
    _fit(watch, model=model)
    assert watch.trace is not None
    np.testing.assert_array_equal(watch.trace.silent["hidden"], np.ones((1, 2, 16)))
    assert "dead-relu" in {f.check for f in watch.findings}


def test_the_learning_rate_is_followed() -> None:
    watch = unstuck.Watch()
    halved = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / 2**epoch)
    _fit(halved, watch)
    assert watch.trace is not None
    assert watch.trace.learning_rate[-1] == pytest.approx(0.01 / 8)
    model = _model()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 24)), "mse")
    watch = unstuck.Watch()
    _fit(watch, model=model)
    assert watch.trace is not None
    assert watch.trace.learning_rate[0] == pytest.approx(0.1)
    assert watch.trace.learning_rate[-1] == pytest.approx(0.0, abs=1e-6)


def test_it_stops_where_the_loss_is_not_finite(capfd: pytest.CaptureFixture[str]) -> None:
    history = _fit(unstuck.Watch(stop=True), model=_model(rate=1e9), epochs=20)
    assert len(history.epoch) < 20
    assert "ends the training after" in capfd.readouterr().err
    assert len(_fit(unstuck.Watch(), model=_model(rate=1e9), epochs=20).epoch) == 20


def test_it_stops_at_an_error_before_the_training() -> None:
    watch = unstuck.Watch(stop=True, select=["bounded-output"])
    history = _fit(watch, model=_model(activation="sigmoid"), y=Y * 100)
    assert len(history.epoch) == 1
    assert watch.trace is None or watch.trace.steps[-1] <= 1
    assert [f.check for f in watch.findings] == ["bounded-output"]
    left = unstuck.Watch(stop=True, ignore=["bounded-output", "unscaled-targets"])
    assert len(_fit(left, model=_model(activation="sigmoid"), y=Y * 2).epoch) == 4


def test_it_stops_where_an_error_stands() -> None:
    model = _model()
    hidden = model.get_layer("hidden")
    hidden.set_weights([hidden.get_weights()[0], np.full(16, -99.0)])
    watch = unstuck.Watch(stop=True)
    history = _fit(watch, model=model, epochs=20)
    assert len(history.epoch) < 20
    assert "dead-relu" in {f.check for f in watch.findings}


def test_a_healthy_training_is_not_stopped() -> None:
    watch = unstuck.Watch(stop=True)
    assert len(_fit(watch, epochs=12).epoch) == 12
    assert {str(f.severity) for f in watch.findings} <= {"warning", "note"}


@pytest.mark.parametrize("where", ["begin", "_first", "_after", "end"])
def test_a_failure_inside_is_one_warning(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError("of our own")

    bare = _model()
    _fit(model=bare)
    monkeypatch.setattr(callback._Watching, where, fails)
    model = _model()
    with pytest.warns(RuntimeWarning, match="ZeroDivisionError: of our own") as warned:
        _fit(unstuck.Watch(stop=True), model=model)
    assert [w.category for w in warned].count(RuntimeWarning) == 1
    np.testing.assert_array_equal(bare.get_weights()[0], model.get_weights()[0])


def test_a_failure_inside_breaks_nothing_where_warnings_are_errors(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(callback._Watching, "begin", lambda _: 1 / 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(_fit(unstuck.Watch()).epoch) == 4
    assert "watches this training no more" in capfd.readouterr().err


def test_on_another_backend_it_looks_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    watch = unstuck.Watch()
    model = _model(activation="sigmoid")
    monkeypatch.setattr(callback.keras.backend, "backend", lambda: "torch")
    watch.set_model(model)
    monkeypatch.setattr(callback, "running_call", lambda _: _call(model))
    watch.on_train_begin()
    watch.on_epoch_end(0, {"loss": 1.0})
    watch.on_train_end()
    said = capfd.readouterr().err
    assert "bounded-output" in {f.check for f in watch.findings}
    assert "not at the training itself: that needs the JAX backend, and this is torch" in said


def _call(model: Any) -> dict[str, Any]:
    from unstuck.capture.keras.fit import bound  # noqa: PLC0415

    return bound(model, (X, Y * 100), {"epochs": 2})


@pytest.mark.filterwarnings("ignore:Your `PyDataset` class should call")
def test_a_training_step_of_ones_own_is_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    class Own(keras.Sequential):  # type: ignore[misc]
        def train_step(self, *given: Any) -> Any:
            return super().train_step(*given)

    model = Own([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    watch = unstuck.Watch()
    _fit(watch, model=model)
    assert watch.trace is None
    assert "not at the training itself: the model has a train_step" in capfd.readouterr().err
    _fit(unstuck.Watch(), model=model, x=_Set(), y=None, batch_size=None)
    assert "does not look at this training, whose data come in batches" in capfd.readouterr().err


def test_fits_in_a_loop_are_watched_once(capfd: pytest.CaptureFixture[str]) -> None:
    model, watch = _model(), unstuck.Watch()
    for _ in range(3):
        _fit(watch, model=model)
    assert capfd.readouterr().err.count("found in 24 updates") == 1
    model.compile("sgd", "mse")
    _fit(watch, model=model)
    assert "24 updates" in capfd.readouterr().err


def test_an_interrupted_training_can_go_on() -> None:
    class Interrupts(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    model, watch = _model(), unstuck.Watch()
    with pytest.raises(KeyboardInterrupt):
        _fit(watch, Interrupts(), model=model)
    assert len(_fit(model=model).epoch) == 4
    assert len(_fit(watch, model=model).epoch) == 4


def test_capture_does_not_see_it() -> None:
    recipe = capture_fit(_model(), X, Y, epochs=2, callbacks=[unstuck.Watch()])
    assert recipe.obstacle == ""
    assert recipe.fit.callbacks == ()


PROGRAM = """\
import keras
import numpy as np
import unstuck

x = np.random.default_rng(0).normal(size=(200, 2))
model = keras.Sequential([keras.Input((2,))])
model.add(keras.layers.Dense(2, activation="relu"))
model.add(keras.layers.Dense(1, activation="sigmoid"))
model.compile("sgd", "mse")
model.fit(x, x.sum(axis=1), epochs=3, batch_size=10, verbose=0, callbacks=[unstuck.Watch()])
print("done")
"""


def _run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    path = folder / "train.py"
    path.write_text(text)
    return subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)


def test_a_program_with_it(tmp_path: Path) -> None:
    done = _run(tmp_path, PROGRAM)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert "error bounded-output train.py:8" in done.stderr
    assert "warning too-narrow train.py:7" in done.stderr
    assert "`unstuck check train.py` proves by retraining which of these matter" in done.stderr


def test_comments_of_a_program_count(tmp_path: Path) -> None:
    ignored = '"relu"))  # unstuck: ignore[too-narrow] a map'
    done = _run(tmp_path, PROGRAM.replace('"relu"))', ignored))
    assert "bounded-output" in done.stderr
    assert "too-narrow" not in done.stderr
    done = _run(tmp_path, PROGRAM.replace('"relu"))', '"relu"))  # unstuck: ignore[too-narrow]'))
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert done.stderr.count("gives no reason") == 1


def test_at_its_end_a_training_is_not_stopped_any_more(capfd: pytest.CaptureFixture[str]) -> None:
    """An error that only the whole course shows is reported, and nothing is said to be ended."""
    watch = unstuck.Watch(stop=True, select=["learning-rate-too-high"])
    bounced = [keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 if epoch < 3 else 5.0)]
    _fit(watch, *bounced, batch_size=48)
    said = capfd.readouterr().err
    assert "learning-rate-too-high" in said
    assert "ends the training" not in said


def test_large_models_are_looked_at_with_few_rows() -> None:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((3,)), keras.layers.Dense(3_000_000), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    recipe = capture_fit(model, X, Y, batch_size=2, epochs=9)
    assert len(Live(model, recipe, 432).rows) == 64 * 2**20 // (4 * 3_000_001)
    assert len(Live(_model(), capture_fit(_model(), X, Y, epochs=9), 27).rows) == 32
