"""sigmoid-for-multiclass: sigmoid units under a categorical cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, one_hot, recipe
from unstuck.checks._objective import CATEGORICAL, SPARSE, one_target, several
from unstuck.checks._task import head, output_width
from unstuck.finding import Finding
from unstuck.recipe import Array, Loss, Recipe
from unstuck.remedies import ProbabilityOutput
from unstuck.trace import Trace


def _recipe(y: Array, activation: str, loss: str | Loss, units: int = 4) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), dense(units, activation)], loss)


def _ids(activation: str, loss: str | Loss) -> Recipe:
    return _recipe(integers(0, 4, 200), activation, loss)


def _layered() -> Recipe:
    layers = [dense(4), layer("Activation", (4,), activation="sigmoid")]
    return recipe(normal(200, 4), integers(0, 4, 200), layers, SPARSE)


class SigmoidForMulticlass(Check):
    name = "sigmoid-for-multiclass"
    summary = "Sigmoid units under a categorical cross-entropy, where softmax is meant."
    why = (
        "The loss divides the units by their sum, the predictions of the trained model do not: its "
        "rows are no probabilities. And units that are all near 0 or 1, as with large inputs, have "
        "lost their gradient, and their sum may be zero."
    )
    instead = (
        'activation="softmax" on the output; or binary_crossentropy if labels are independent.'
    )
    false_alarms = "With inputs of unit scale it may train as well as softmax does; see the trials."
    sources = (
        "measured on Keras 3.15.1, JAX: as good as softmax on inputs of unit scale (0.91 and 0.92 "
        "right); on inputs a hundred times as large stuck at the commonest class, or NaN, on 2 of "
        "3 seeds, and softmax on none",
    )
    firing = (
        Case("class ids", lambda: _ids("sigmoid", SPARSE)),
        Case(
            "one-hot rows",
            lambda: _recipe(one_hot(integers(0, 4, 200), 4), "sigmoid", "categorical_crossentropy"),
        ),
        Case("a layer of its own", _layered),
    )
    silent = (
        Case("softmax", classifier),
        Case(
            "independent labels",
            lambda: _recipe(integers(0, 2, 200, 4), "sigmoid", "binary_crossentropy"),
        ),
        Case("told from_logits is another fault", lambda: _ids("sigmoid", Loss(SPARSE, True))),
        Case(
            "several labels a row are another fault",
            lambda: _recipe(integers(0, 2, 200, 4), "sigmoid", "categorical_crossentropy"),
        ),
        Case("one unit", lambda: _recipe(integers(0, 2, 200), "sigmoid", SPARSE, 1)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        last, y, units = head(recipe), one_target(recipe), output_width(recipe)
        if recipe.loss.name not in CATEGORICAL | {SPARSE} or recipe.loss.from_logits:
            return
        if recipe.loss.custom or last.activation not in ("sigmoid", "hard_sigmoid"):
            return
        if y is None or units is None or units < 2 or several(y):
            return
        ends = last is recipe.model.output_layer and "activation" in last.config
        yield self.found(
            f"{last.name} gives {units} numbers apart ({last.activation}), and {recipe.loss.name} "
            "takes them for one distribution: softmax is meant",
            {"units": units, "activation": last.activation},
            last.place,
            (ProbabilityOutput("softmax"),) if ends else (),
            layer=last,
        )
