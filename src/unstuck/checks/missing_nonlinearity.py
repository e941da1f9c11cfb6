"""missing-nonlinearity: linear layers in a row, together one linear map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe, regression
from unstuck.checks._task import head, is_binary, is_finite, is_numeric
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Layer, Recipe
from unstuck.remedies import HiddenActivation
from unstuck.remedies.graph import is_linear, merged_linear
from unstuck.trace import Trace

EXPLAINED = 0.9  # of the way, by a linear fit: what is left is hardly worth a bend
ROWS, FEATURES = 2000, 400
RELU = layer("Activation", (4,), activation="relu")


def _exclusive_or() -> Recipe:
    x = integers(0, 2, 200, 2)
    return recipe(x, x[:, 0] ^ x[:, 1], [dense(8), dense(1, "sigmoid")], "binary_crossentropy")


def _product() -> Recipe:
    x = normal(300, 2)
    return recipe(x, x[:, 0] * x[:, 1], [dense(32), layer("Dropout"), dense(16), dense(1)])


def _separable() -> Recipe:
    x = normal(300, 2)
    layers = [dense(16), dense(2, "softmax")]
    return recipe(x, (x[:, 0] > x[:, 1]).astype(int), layers, "sparse_categorical_crossentropy")


def _autoencoder() -> Recipe:
    x = normal(99, 20)
    layers = [dense(16, "relu"), dense(2), dense(16, "relu"), dense(20)]
    return recipe(x, x, layers)


def _normalised() -> Recipe:
    x = normal(99, 4)
    layers = [
        dense(16),
        layer("BatchNormalization", (16,)),
        layer("Activation", (16,), activation="relu"),
        dense(1),
    ]
    return recipe(x, x[:, 0] ** 2, layers)


def _residual() -> Recipe:
    """Two linear layers whose sum is rectified: neither leads to the next alone."""
    layers = [dense(4), dense(4), layer("Add", (4,)), RELU, dense(1)]
    return _graph(layers, [[], ["dense_0"], ["dense_0", "dense_1"], ["add_2"], ["activation_3"]])


def _graph(layers: list[Layer], reads: list[list[str]]) -> Recipe:
    """Layers in a graph, each with the names of those that it reads."""
    x = normal(300, 2)
    made = recipe(x, x[:, 0] * x[:, 1], layers)
    entries = [
        {"config": {"name": one.name}, "inbound_nodes": [{"keras_history": [s]} for s in sources]}
        for one, sources in zip(made.model.layers, reads, strict=True)
    ]
    return replace(made, model=replace(made.model, config={"config": {"layers": entries}}))


def _dropped() -> Recipe:
    """A residual block that adds its input to itself; what it computes is left lying."""
    layers = [dense(8), layer("Add", (8,)), dense(1)]
    return _graph(layers, [[], ["dense_0", "dense_0"], ["add_1"]])


class MissingNonlinearity(Check):
    name = "missing-nonlinearity"
    summary = "Dense or convolutional layers in a row with no activation between them."
    why = (
        "Linear layers in a row are together one linear layer, however many and however wide. "
        "What is not linear in the inputs cannot be learned by it."
    )
    instead = 'activation="relu" in each hidden layer.'
    false_alarms = (
        "A deep linear network is enough where the target is linear in the inputs: where a linear "
        "fit explains nine tenths of it this is a note. Layers narrower than both their input and "
        "the next layer (bottlenecks, embeddings) limit the rank on purpose and are not reported."
    )
    sources = (
        "Minsky & Papert 1969, exclusive or",
        "Goodfellow et al. 2016, Deep Learning, section 6.1",
    )
    firing = (
        Case("exclusive or", _exclusive_or),
        Case("a product, with dropout between", _product),
        Case("a block that adds its input to itself", _dropped),
        Case("classes along a line, for which it is only a note", _separable),
        Case(
            "a linear target, for which it is only a note",
            lambda: recipe(normal(99, 3), normal(99, 3)[:, 0], [dense(8), dense(1)]),
        ),
    )
    silent = (
        Case("rectified", regression),
        Case("a classifier", classifier),
        Case("one linear layer", lambda: recipe(normal(99, 3), normal(99), [dense(1)])),
        Case("a linear code between", _autoencoder),
        Case("activation after normalisation", _normalised),
        Case("a residual branch", _residual),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        pairs = merged_linear(recipe.model)
        if not pairs:
            return
        names = ", ".join(first.name for first, _ in pairs)
        whole, linear = is_linear(recipe.model, head(recipe).name), _explained(recipe)
        fit = (
            "" if linear is None else f"; a linear fit gets {linear:.0%} of the way to the targets"
        )
        bent = "" if whole else ", with activations elsewhere"
        enough = linear is not None and linear >= EXPLAINED
        yield self.found(
            f"{names}: no activation before {pairs[-1][1].name}, so that they are one linear "
            f"layer together{bent}{fit}",
            {"layers": len(pairs)} | ({} if linear is None else {"linear_fit": linear}),
            pairs[0][0].place,
            (HiddenActivation(),),
            layer=pairs[0][0],
            severity=Severity.WARNING if whole and not enough else Severity.NOTE,
        )


def _explained(recipe: Recipe) -> float | None:
    """How far a linear fit gets from the best constant answer to all the targets: in variance, or
    in labels that it gets right. None where there are too few rows for it, or it is not known."""
    inputs, targets = recipe.data.inputs, recipe.data.targets
    usable = len(inputs) == 1 == len(targets) and all(map(is_numeric, (*inputs, *targets)))
    if not usable or not is_finite(recipe):
        return None
    x, y = _rows(inputs[0]), _rows(targets[0])
    if recipe.loss.name == "sparse_categorical_crossentropy" and y.shape[1] == 1:
        y = (y == np.unique(y)[:FEATURES]).astype(float)
    if x.shape[1] > FEATURES or y.shape[1] > FEATURES or len(x) < 2 * x.shape[1] + 2:
        return None
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
    if not np.isfinite(x).all() or not np.isfinite(y).all():
        return None
    found = np.linalg.lstsq(x, y - y.mean(axis=0), rcond=None)[0]
    return _gained(y, x @ found + y.mean(axis=0))


def _gained(y: Array, fitted: Array) -> float | None:
    if is_binary(y) and y.shape[1] > 1 and (y.sum(axis=1) == 1).all():
        wrong = float((fitted.argmax(axis=1) != y.argmax(axis=1)).mean())
        least = 1.0 - float(y.mean(axis=0).max())
    elif is_binary(y):
        wrong = float(((fitted > 0.5) != (y > 0.5)).mean())
        least = float(np.minimum(y.mean(axis=0), 1.0 - y.mean(axis=0)).mean())
    else:
        wrong = float(((y - fitted) ** 2).mean())
        least = float(((y - y.mean(axis=0)) ** 2).mean())
    return 1.0 - wrong / least if least > 0 and np.isfinite(least) else None


def _rows(values: Array) -> Array:
    return np.asarray(values[:ROWS], dtype=np.float64).reshape(min(len(values), ROWS), -1)
