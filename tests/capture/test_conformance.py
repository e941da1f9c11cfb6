"""One program under each of Keras's backends: the same recipe, which JAX computes alike.

A backend is skipped only where it is not installed.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import cloudpickle
import numpy as np
import pytest

from unstuck.capture.script import capture_script
from unstuck.recipe import Framework, Recipe
from unstuck.trials.lower import Lowered

HERE = Path(__file__).parents[1] / "programs" / "backends"
PROGRAMS = ("layers_of_keras", "code_of_ones_own")
TRAININGS = {"layers_of_keras": 5, "code_of_ones_own": 6}
TOLERANCE = 1e-4  # of the largest output, in single precision


def _needs(backend: str) -> Any:
    there = importlib.util.find_spec(backend) is not None
    return pytest.param(
        backend, marks=pytest.mark.skipif(not there, reason=f"{backend} is not installed")
    )


OTHERS = [_needs("tensorflow"), _needs("torch")]
BACKENDS = ["jax", *OTHERS]


@cache
def _captured(program: str, backend: str) -> tuple[Recipe, ...]:
    with mock.patch.dict(os.environ, KERAS_BACKEND=backend):
        return capture_script(HERE / f"{program}.py", limit=120, after=60).recipes


def _plain(value: Any) -> Any:
    """A recipe as values that can be compared: code by its name, numbers rounded."""
    if isinstance(value, bytes):
        return sorted(cloudpickle.loads(value)) if value else b""
    if isinstance(value, np.ndarray):
        return value.dtype.kind, np.round(value.astype(float), 4).tolist()
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {k: _plain(getattr(value, k)) for k in value.__dataclass_fields__}
    return value


def _compared(recipe: Recipe) -> Any:
    """All but what may differ: the backend's name, answers (compared by tolerance), the pickled
    code of a loss or a metric, and what became of weights, which is not seen under PyTorch."""
    config = {k: v for k, v in recipe.model.config.items() if k != "compile_config"}
    config["config"] = {k: v for k, v in config["config"].items() if k != "compile_config"}
    model = replace(recipe.model, sample_output=(), config=config, untouched=None)
    loss = replace(recipe.loss, pickled=b"")
    assert recipe.compiled.jit in (True, "auto")
    compiled = replace(recipe.compiled, metrics=b"", jit="auto")
    fixed = replace(recipe, model=model, loss=loss, compiled=compiled, framework=Framework())
    return _plain(fixed)


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_recipe(program: str, backend: str) -> None:
    usual, other = _captured(program, "jax"), _captured(program, backend)
    assert len(usual) == len(other) == TRAININGS[program]
    for one, two in zip(usual, other, strict=True):
        assert two.framework.backend == backend
        assert _compared(one) == _compared(two)
        for a, b in zip(one.model.sample_output, two.model.sample_output, strict=True):
            np.testing.assert_allclose(a, b, atol=TOLERANCE * max(1.0, np.abs(a).max()))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_trials_compute_what_was_captured(program: str, backend: str) -> None:
    for recipe in _captured(program, backend):
        assert recipe.model.sample_output
        kept = replace(recipe, obstacle="")  # an early stopping by its own loss is none of this
        assert Lowered(kept).forward_error < TOLERANCE


@pytest.mark.parametrize("backend", OTHERS)
def test_rows_as_tensors(backend: str) -> None:
    recipes = _captured(f"tensors_{backend}", backend)
    assert [r.fit.by for r in recipes] == ["fit", "fit", "train_on_batch"]
    x = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
    for recipe in recipes:
        assert type(recipe.data.inputs[0]) is np.ndarray
        np.testing.assert_array_equal(recipe.data.inputs[0], x)
        np.testing.assert_allclose(recipe.data.targets[0], x.sum(axis=1, keepdims=True), rtol=1e-6)
        assert (recipe.fit.batch_size, recipe.fit.steps_per_epoch) == (8, 5)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_that_lives_on_a_backend(backend: str, tmp_path: Path) -> None:
    """``unstuck.check`` in a process of that backend: the same verdict, proven on JAX."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
        import keras
        import numpy as np
        import unstuck

        if __name__ == "__main__":
            x = np.random.default_rng(0).normal(size=(200, 2))
            model = keras.Sequential(
                [keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]
            )
            model.compile("sgd", "mse")
            verdict = unstuck.check(
                model, x, x.sum(axis=1), epochs=20, batch_size=10, budget=120, cache=False
            )
            print(verdict.outcome, verdict.cured, [r.name for r in verdict.cure])
            print(keras.backend.backend(), model.optimizer.iterations.numpy())
        """)
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "fails 32 of 32 ['linear-output']",
        f"{backend} 0",
    ]
