"""rectified-logits: ReLU on what softmax, sigmoid or the loss of a classifier reads as logits."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, one_hot, recipe
from unstuck.checks._objective import (
    BINARY,
    CATEGORICAL,
    SPARSE,
    is_ordered,
    one_target,
)
from unstuck.checks._task import SHAPING, SQUARED, is_binary, is_regression, output_width
from unstuck.finding import Finding
from unstuck.recipe import Layer, Loss, Recipe
from unstuck.remedies import LinearOutput, RemoveLayer
from unstuck.remedy import Remedy
from unstuck.trace import Trace

_TOLD = Loss(SPARSE, from_logits=True)
RECTIFIED = frozenset({"relu", "relu6"})


def _classes(*end: Layer, loss: str | Loss = SPARSE) -> Recipe:
    return recipe(normal(200, 4), integers(0, 3, 200), [dense(16, "relu"), *end], loss)


def _brier(activation: str) -> Recipe:
    y = one_hot(integers(0, 3, 200), 3)
    return recipe(normal(200, 4), y, [dense(16, "relu"), dense(3, activation)])


class RectifiedLogits(Check):
    name = "rectified-logits"
    summary = "ReLU on the logits of a classifier."
    why = (
        "Logits below zero are cut off, so no class can be made less likely than another that is "
        "not there at all. And a unit that is below zero for every row has no gradient: its class "
        "is never learned, on some seeds from the first update on."
    )
    instead = "No activation before softmax, and none on an output under from_logits=True."
    false_alarms = (
        "A rectified layer before another dense layer is hidden, and as it should be; a classifier "
        "of few classes can be lucky in its seed."
    )
    sources = (
        "measured on Keras 3.15.1, JAX, four classes: 0.67, 0.72 and 0.93 right on three seeds, "
        "0.93 on each of them without it; in one unit the loss of a class stays at 0.69",
    )
    firing = (
        Case("under from_logits", lambda: _classes(dense(3, "relu"), loss=_TOLD)),
        Case("before softmax", lambda: _classes(dense(3, "relu"), layer("Softmax", (3,)))),
        Case(
            "a layer of its own before softmax",
            lambda: _classes(
                dense(3), layer("ReLU", (3,)), layer("Activation", (3,), activation="softmax")
            ),
        ),
        Case("one-hot rows under a squared error", lambda: _brier("relu")),
    )
    silent = (
        Case("a hidden layer before the output", classifier),
        Case("logits", lambda: _classes(dense(3), loss=_TOLD)),
        Case("softmax after logits", lambda: _classes(dense(3), layer("Softmax", (3,)))),
        Case("no softmax at all is another fault", lambda: _classes(dense(3, "relu"))),
        Case("one-hot rows under a squared error", lambda: _brier("softmax")),
        Case(
            "a regression is another fault",
            lambda: recipe(normal(99, 2), normal(99), [dense(1, "relu")]),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if not is_ordered(recipe) or one_target(recipe) is None or is_regression(recipe):
            return
        working = [x for x in recipe.model.layers if x.kind not in SHAPING]
        last, before = working[-1:], working[-2:-1]
        if not last:
            return
        squashed = last[0].activation in ("softmax", "sigmoid") and not last[0].parameters
        rectified = before if squashed else last
        if not rectified or rectified[0].activation not in RECTIFIED:
            return
        reader = f"{last[0].name} reads as logits" if squashed else _reader(recipe)
        if reader:
            yield self._found(recipe, rectified[0], reader)

    def _found(self, recipe: Recipe, layer: Layer, reader: str) -> Finding:
        units = output_width(recipe) or 1
        return self.found(
            f"{layer.name} rectifies ({layer.activation}) what {reader}, {units} "
            f"{'number' if units == 1 else 'numbers'} a row: what is below zero has no gradient",
            {"units": units, "activation": layer.activation},
            layer.place,
            (_remedy(recipe, layer),),
            layer=layer,
        )


def _reader(recipe: Recipe) -> str:
    """What the loss does with the output, where it reads logits or compares with labels."""
    loss, y = recipe.loss, recipe.data.targets[0]
    if loss.name in BINARY | CATEGORICAL | {SPARSE} and loss.from_logits:
        return f"{loss.name} reads as logits"
    compared = loss.name in SQUARED and not loss.custom
    return f"{loss.name} compares with labels" if compared and is_binary(y) else ""


def _remedy(recipe: Recipe, layer: Layer) -> Remedy:
    if not layer.parameters:
        return RemoveLayer(layer.name)
    return LinearOutput("" if layer is recipe.model.output_layer else layer.name)
