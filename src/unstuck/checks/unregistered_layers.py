"""unregistered-layers: layers that a model calls and does not own, so that nothing trains them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Loose, ModelKind, Recipe
from unstuck.trace import Trace

_OUTSIDE = dense(9, "relu")


def _with(loose: Loose) -> Recipe:
    made = regression()
    return replace(made, model=replace(made.model, kind=ModelKind.SUBCLASSED, loose=loose))


class UnregisteredLayers(Check):
    name = "unregistered-layers"
    severity = Severity.ERROR
    summary = "A layer that the model calls is no part of it, so nothing trains it."
    why = (
        "An optimizer changes the weights that the model knows: those of layers in its attributes. "
        "A layer made within call has new random weights at each call, so what comes after it "
        "learns from noise; one kept in a global name or in an object of another kind keeps its "
        "first ones."
    )
    instead = "Make every layer in __init__, as an attribute of the model or in a list or dict."
    false_alarms = (
        "A part that is left untrained on purpose (a random projection, a fixed extractor). Set "
        "its trainable to False, and it is not reported."
    )
    sources = (
        "measured: Keras 3.15.1 trains a model whose call makes a Dense anew with "
        "run_eagerly=True, and says nothing; without it, TensorFlow and JAX raise",
        "Keras 3 does track layers in lists, tuples, sets and dicts, unlike Keras 2",
    )
    firing = (
        Case("made in call", lambda: _with(Loose(anew=(_OUTSIDE,)))),
        Case("kept where Keras does not look", lambda: _with(Loose(unregistered=(_OUTSIDE,)))),
    )
    silent = (
        Case("all are attributes", regression),
        Case("one that is not called", lambda: _with(Loose(unused=(_OUTSIDE,)))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        loose = recipe.model.loose
        if loose.anew:
            said = "made anew in every call, each time with other random weights"
            yield self._found(loose.anew, said, Severity.ERROR)
        if loose.unregistered:
            said = "called, and no part of the model: its weights stay as they began"
            yield self._found(loose.unregistered, said, Severity.WARNING)

    def _found(self, layers: tuple[Layer, ...], said: str, severity: Severity) -> Finding:
        first, weights = layers[0], sum(layer.parameters for layer in layers)
        more = f" (and {len(layers) - 1} more)" if len(layers) > 1 else ""
        kind = f"{first.kind} of {first.units} units" if first.units else first.kind
        return self.found(
            f"a {kind}{more} is {said}",
            {"layers": len(layers), "weights": weights},
            first.place,
            layer=first,
            severity=severity,
        )
