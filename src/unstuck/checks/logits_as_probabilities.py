"""logits-as-probabilities: raw outputs under a loss that expects probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, normal, recipe, regression
from unstuck.checks._task import RANGES, head
from unstuck.finding import Finding, Severity
from unstuck.recipe import Loss, Recipe
from unstuck.remedies import ProbabilityOutput
from unstuck.trace import Trace

EXPECTED = {
    "binary_crossentropy": "sigmoid",
    "binary_focal_crossentropy": "sigmoid",
    "categorical_crossentropy": "softmax",
    "categorical_focal_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
}
KNOWN = frozenset({"linear", "tanh", "relu", "leaky_relu", "elu", "softsign", "softplus"})


def _classes(activation: str, loss: Loss) -> Recipe:
    layers = [dense(16, "relu"), dense(3, activation)]
    return recipe(normal(200, 4), integers(0, 3, 200), layers, loss)


class LogitsAsProbabilities(Check):
    name = "logits-as-probabilities"
    of_output = True
    severity = Severity.ERROR
    summary = "An output without softmax or sigmoid under a cross-entropy that expects one."
    why = (
        "Keras clips what it takes for probabilities to between 0 and 1 and divides by their sum. "
        "Negative outputs are all the same to it then, and have no gradient."
    )
    instead = 'activation="softmax" (or "sigmoid") on the output, or from_logits=True in the loss.'
    false_alarms = "A layer of the user's own that gives probabilities is not reported."
    sources = ("keras-team/keras-hub PR 1008: “This will not converge!”", "keras-team/keras#15271")
    firing = (
        Case("class ids", lambda: _classes("linear", Loss("sparse_categorical_crossentropy"))),
        Case(
            "two classes",
            lambda: recipe(normal(99, 2), integers(0, 2, 99), [dense(1)], "binary_crossentropy"),
        ),
    )
    silent = (
        Case("softmax", classifier),
        Case(
            "told that they are logits",
            lambda: _classes("linear", Loss("sparse_categorical_crossentropy", from_logits=True)),
        ),
        Case(
            "an activation of one's own", lambda: _classes("mine", Loss("categorical_crossentropy"))
        ),
        Case("a regression", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        wanted = EXPECTED.get(recipe.loss.name)
        last = head(recipe)
        if wanted is None or recipe.loss.from_logits or recipe.loss.custom:
            return
        if last.activation not in KNOWN or RANGES.get(last.activation) == (0.0, 1.0):
            return
        if last is not recipe.model.output_layer or not last.parameters:
            return
        yield self.found(
            f"{last.name} gives raw outputs ({last.activation}), and {recipe.loss.name} takes them "
            f"for probabilities: {wanted} is missing",
            {"activation": last.activation, "loss": recipe.loss.name},
            last.place,
            (ProbabilityOutput(wanted),),
            layer=last,
        )
