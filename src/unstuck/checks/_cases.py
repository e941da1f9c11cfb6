"""Recipes and traces for the cases of checks, in a line or two and without a framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

from unstuck.experiments import Experiments, SimpleLearners
from unstuck.recipe import Array, Data, Fit, Layer, Loss, Model, ModelKind, Optimizer, Recipe
from unstuck.trace import Trace


def _generator(*request: object) -> np.random.Generator:
    """One for each request: a case is the same whichever others were made before it."""
    return np.random.default_rng(crc32(repr(request).encode()))


def normal(*shape: int) -> Array:
    """Standard normal numbers; the same shape gives the same numbers."""
    return _generator("normal", shape).normal(size=shape)


def uniform(low: float, high: float, *shape: int) -> Array:
    """Uniform numbers from ``low`` to ``high``."""
    return _generator("uniform", low, high, shape).uniform(low, high, shape)


def integers(low: int, high: int, *shape: int) -> Array:
    """Integers from ``low`` up to but not including ``high``."""
    return _generator("integers", low, high, shape).integers(low, high, shape)


def one_hot(classes: Array, count: int) -> Array:
    """Class ids as one-hot rows."""
    return np.eye(count)[classes]


def dense(units: int, activation: str = "linear", **config: Any) -> Layer:
    """A dense layer."""
    return layer("Dense", (units,), units=units, activation=activation, **config)


def layer(kind: str, output: tuple[int | None, ...] = (), **config: Any) -> Layer:
    """Any layer; those with units own weights."""
    learns = "units" in config or "filters" in config
    return Layer(kind.lower(), kind, config, (), output, int(learns))


def adam(rate: float = 0.001, schedule: dict[str, Any] | None = None) -> Optimizer:
    """Adam, with a schedule given as class name and settings."""
    return optimizer("Adam", rate, schedule)


def optimizer(name: str, rate: float, schedule: dict[str, Any] | None = None) -> Optimizer:
    """Any optimizer."""
    config = {"class_name": name, "config": {"learning_rate": schedule or rate}}
    return Optimizer(name, config, rate, schedule)


def initializer(kind: str, **config: Any) -> dict[str, Any]:
    """An initializer, a regularizer and the like as a layer's configuration has them."""
    return {"class_name": kind, "config": config}


def recipe(
    x: Array,
    y: Array,
    layers: Sequence[Layer],
    loss: str | Loss = "mean_squared_error",
    *,
    by: Optimizer | None = None,
    epochs: int = 10,
    batch: int = 32,
    **more: Any,
) -> Recipe:
    """A recipe; layers get numbered names, and the first one the width of ``x``."""
    shapes = [x.shape[1:], *(one.output_shape for one in layers)]
    named = tuple(
        Layer(f"{one.name}_{i}", one.kind, one.config, shapes[i], one.output_shape, one.parameters)
        for i, one in enumerate(layers)
    )
    return Recipe(
        model=Model(ModelKind.SEQUENTIAL, {}, named),
        data=more.pop("data", None) or Data((x,), (y,)),
        loss=loss if isinstance(loss, Loss) else Loss(loss),
        optimizer=by or adam(),
        fit=Fit(epochs, batch, -(-len(x) // batch)),
        **more,
    )


def regression(**more: Any) -> Recipe:
    """A healthy regression of three inputs."""
    x = normal(400, 3)
    return recipe(x, x.sum(axis=1), [dense(16, "relu"), dense(1)], **more)


def classifier(**more: Any) -> Recipe:
    """A healthy classifier into three classes."""
    x, y = normal(400, 4), integers(0, 3, 400)
    layers = [dense(16, "relu"), dense(3, "softmax")]
    return recipe(x, y, layers, "sparse_categorical_crossentropy", **more)


def trace(
    loss: Sequence[float],
    *,
    score: Sequence[float] | None = None,
    update: float = 1e-3,
    gradient: float = 0.1,
    silent: dict[str, Array] | None = None,
    planned: int = 1000,
    seeds: int = 8,
    experiments: Experiments | None = None,
    gradients: Sequence[float] = (),
    penalties: Sequence[float] = (),
    sizes: tuple[float, float] = (1.0, 1.0),
    pinned: dict[str, Array] | None = None,
    fitted: Sequence[float] = (),
) -> Trace:
    """A trace of equally spaced checkpoints, the same for every seed. ``gradients`` and
    ``penalties`` are of each layer, in place of one, the gradients without the penalties;
    ``sizes`` those of all layers at the first and the last checkpoint."""
    points = len(loss)
    steps = np.linspace(0, planned, points).astype(np.int64)
    scores = np.linspace(0, 1, points) if score is None else np.asarray(score)
    norms = np.asarray(gradients or [gradient], dtype=float)
    shape = (seeds, points, len(norms))
    return Trace(
        steps=steps,
        loss=np.tile(np.asarray(loss, dtype=float), (seeds, 1)),
        score=np.tile(scores, (seeds, 1)),
        learning_rate=np.full(points, 1e-3),
        layers=tuple(f"dense_{number}" for number in range(len(norms))),
        gradient=np.broadcast_to(norms, shape),
        update=np.full(shape, update),
        silent=silent or {},
        planned=planned,
        experiments=experiments,
        size=np.broadcast_to(np.linspace(sizes[0], sizes[1], points)[:, None], shape),
        penalty=np.broadcast_to(np.asarray(penalties), (*shape[:2], len(penalties))),
        unpenalised=np.broadcast_to(norms[: len(penalties)], (*shape[:2], len(penalties))),
        pinned=pinned or {},
        fitted=np.resize(np.asarray(fitted, dtype=float), seeds if len(fitted) else 0),
    )


def tried(**found: Any) -> Trace:
    """A trace with what came of experiments."""
    return trace([1.0, 0.5, 0.1], experiments=Experiments(**found))


def studied(final: float, **found: Any) -> Trace:
    """A trace that ends at a score, ``fitted`` on the rows trained on, with what simple learners
    make of the rows."""
    known = [found.pop("fitted")] if "fitted" in found else []
    simple = SimpleLearners(**{"scores": {"constant": 0.0}, "rows": 600, "constant": 0.0, **found})
    asked = Experiments(simple=simple)
    return trace([1.0, 0.9], score=[0.0, final], experiments=asked, fitted=known)
