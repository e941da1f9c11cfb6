"""unscaled-targets: regression targets far from the scale of the first outputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression, uniform
from unstuck.checks._task import flat, head, is_finite, is_numeric, numbers
from unstuck.finding import Finding, Severity
from unstuck.recipe import Data, Layer, Loss, Recipe
from unstuck.remedies import StandardizeTargets
from unstuck.trace import Trace

LARGE = 10.0
HUGE = 1000.0
SMALL = 0.01
UNLIKE = 100.0
# Optimizers whose step does not grow with the gradient: it is about the learning rate for each
# weight (Kingma & Ba 2015, section 2.1), so rate and steps bound how far an output can go.
SIGNED = frozenset({"Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion"})


def _heads(
    price: float = 300_000.0, parts: tuple[str, ...] = ("mean_squared_error", "binary_crossentropy")
) -> Recipe:
    """Two outputs with losses of their own: prices of about that size, and labels."""
    x = normal(300, 2)
    targets = price * (1 + normal(300) / 5), (x[:, 0] > 0).astype(float)
    loss = Loss(parts[0], pickled=b"both", parts=parts, outputs=("price", "sold"))
    layers = [dense(8, "relu"), dense(1), dense(1, "sigmoid")]
    return recipe(x, targets[0], layers, loss, data=Data((x,), targets))


def _counted() -> Recipe:
    """Numbers of 200 classes beside a regression of unit scale."""
    x = normal(300, 2)
    parts = ("mean_squared_error", "sparse_categorical_crossentropy")
    loss = Loss(parts[0], pickled=b"both", parts=parts)
    data = Data((x,), (x[:, 0], integers(0, 200, 300)))
    return recipe(x, x[:, 0], [dense(1), dense(200, "softmax")], loss, data=data)


def _reach(recipe: Recipe, last: Layer) -> float:
    """How far the output can move at most while no weight has moved by more than 1: the bias by
    rate times steps, and as much again for each number that the last layer is given."""
    moved = recipe.optimizer.learning_rate * recipe.fit.steps
    shape = last.input_shape
    if recipe.optimizer.name not in SIGNED or recipe.optimizer.schedule or moved > 1 or not shape:
        return np.inf
    size = max((float(np.abs(x).max()) for x in recipe.data.inputs if is_numeric(x)), default=1.0)
    return moved * (1 + (shape[-1] or 1) * max(1.0, size))


class UnscaledTargets(Check):
    name = "unscaled-targets"
    summary = "Regression targets far from the scale of about 1 with which a network begins."
    why = (
        "A network's first outputs are of the order of 1. Adam moves each weight by about the "
        "learning rate a step, so targets of thousands take as many thousand steps to reach; "
        "under plain gradient descent the loss's gradient, as large as the targets, diverges."
    )
    instead = "Standardise the targets for training and turn predictions back."
    false_alarms = "A linear model on large inputs reaches large targets; trials then refute it."
    sources = ("keras-team/keras#2576", "keras-team/keras#2399")
    firing = (
        Case("tens of thousands", lambda: recipe(normal(300, 2), normal(300) * 50_000, [dense(1)])),
        Case("house prices", lambda: recipe(normal(300, 2), uniform(1e5, 5e5, 300), [dense(1)])),
        Case(
            "one target a thousand times another",
            lambda: recipe(normal(300, 2), normal(300, 2) * [1, 0.001], [dense(2)]),
        ),
        Case("thousandths", lambda: recipe(normal(300, 2), normal(300) * 1e-3, [dense(1)])),
        Case("prices at one of two outputs", _heads),
    )
    silent = (
        Case("unit scale", regression),
        Case("mean 3, spread 2", lambda: recipe(normal(300, 2), normal(300) * 2 + 3, [dense(1)])),
        Case("class ids", classifier),
        Case("unit scale at one of two outputs", lambda: _heads(1.0)),
        Case("class ids at one of two outputs", _counted),
        Case(
            "an output that no loss reads",
            lambda: _heads(parts=("", "binary_crossentropy")),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if not is_finite(recipe):
            return
        for place in numbers(recipe):
            values = flat(recipe.data.targets[place])
            spreads = values.std(axis=0)
            size = max(float(np.abs(values.mean(axis=0)).max()), float(spreads.max()))
            varied = spreads[spreads > 0]
            ratio = float(varied.max() / varied.min()) if len(varied) else 1.0
            if size and not (SMALL <= size <= LARGE and ratio <= UNLIKE):
                yield self._found(recipe, place, size, ratio)

    def _found(self, recipe: Recipe, place: int, size: float, ratio: float) -> Finding:
        values, last = flat(recipe.data.targets[place]), _last(recipe, place)
        spread, reach = float(values.std(axis=0).max()), _reach(recipe, last)
        far = f"; {recipe.fit.steps:,} steps can move them by about {reach:.3g}"
        unlike = f", and their spreads differ by a factor of {ratio:.3g}" if ratio > UNLIKE else ""
        several = len(recipe.data.targets) > 1
        which = f"the targets of {recipe.loss.called(place)}" if several else "the targets"
        return self.found(
            f"{which} have mean {values.mean():.4g} and standard deviation {spread:.4g}"
            f"{unlike}, far from the order of 1 with which the network's outputs begin"
            f"{far if reach < size else ''}",
            {"mean": float(values.mean()), "std": spread, "spread_ratio": ratio},
            last.place or recipe.fit.place,
            (_remedy(recipe),),
            severity=Severity.ERROR if size > min(HUGE, reach) else Severity.WARNING,
        )


def _last(recipe: Recipe, place: int) -> Layer:
    """The layer that gives one output; the last of all where its name is not that of a layer."""
    called = recipe.loss.called(place)
    named = [x for x in recipe.model.layers if x.name == called]
    return named[0] if named else head(recipe)


def _remedy(recipe: Recipe) -> StandardizeTargets:
    """Labels beside numbers stay as they are."""
    places = numbers(recipe)
    if len(places) == len(recipe.data.targets):
        return StandardizeTargets()
    return StandardizeTargets(tuple(recipe.loss.called(place) for place in places))
