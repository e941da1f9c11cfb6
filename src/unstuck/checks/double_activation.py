"""double-activation: softmax or sigmoid applied twice."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import classifier, dense, integers, layer, normal, recipe
from unstuck.checks._task import head
from unstuck.finding import Finding, Severity
from unstuck.recipe import Loss, Recipe
from unstuck.remedies import LinearOutput, RemoveLayer
from unstuck.remedy import Remedy
from unstuck.trace import Trace

SQUASHING = frozenset({"softmax", "sigmoid"})
_PLAIN = Loss("sparse_categorical_crossentropy")
_TOLD = Loss("sparse_categorical_crossentropy", from_logits=True)


def _classes(activation: str, loss: Loss) -> Recipe:
    layers = [dense(16, "relu"), dense(3, activation)]
    return recipe(normal(200, 4), integers(0, 3, 200), layers, loss)


def _twice() -> Recipe:
    layers = [dense(3, "softmax"), layer("Softmax", (3,))]
    return recipe(normal(200, 4), integers(0, 3, 200), layers, "sparse_categorical_crossentropy")


class DoubleActivation(Check):
    name = "double-activation"
    severity = Severity.ERROR
    summary = "Softmax or sigmoid in the model, and again in a loss that was told from_logits."
    why = (
        "The second one squeezes what the first has squeezed: of three classes the loss cannot "
        "fall below 0.55, and gradients shrink the surer the network is. On JAX and PyTorch "
        "nothing warns of it."
    )
    instead = "Either no activation on the output, or no from_logits=True in the loss."
    false_alarms = "None known."
    sources = ("Lightning-Universe/lightning-bolts#654", "lovedlim/tensorflow#2")
    firing = (
        Case("softmax and from_logits", lambda: _classes("softmax", _TOLD)),
        Case("two softmax layers", _twice),
    )
    silent = (
        Case("softmax once", classifier),
        Case("logits once", lambda: _classes("linear", _TOLD)),
        Case(
            "softmax, and probabilities expected",
            lambda: _classes("softmax", Loss("sparse_categorical_crossentropy")),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        last = head(recipe)
        again = [x for x in recipe.model.layers[-2:-1] if x.activation in SQUASHING]
        told = recipe.loss.from_logits and last.activation in SQUASHING
        twice = bool(again) and last.activation == "softmax" and not last.parameters
        if not told and not twice:
            return
        ends: Remedy = LinearOutput() if told else RemoveLayer(last.name)
        where = f"{recipe.loss.name} was told from_logits" if told else f"{again[0].name} has one"
        yield self.found(
            f"{last.name} ends in {last.activation}, and {where}: it is applied twice",
            {"activation": last.activation},
            last.place,
            (ends,) if last is recipe.model.output_layer else (),
            layer=last,
        )
