"""unattached-loss: an output that no loss reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Data, Loss, Recipe
from unstuck.trace import Trace


def _two(*, unreached: tuple[str, ...], untrained: tuple[str, ...]) -> Recipe:
    loss = Loss("mean_squared_error", unreached=unreached, untrained=untrained)
    x = normal(99, 4)
    data = Data((x,), (x[:, 0], x[:, 1]))
    return recipe(x, x[:, 0], [dense(16, "relu"), dense(1), dense(1)], loss, data=data)


def _weighed_by_zero() -> Recipe:
    made = _two(unreached=("dense_2",), untrained=("dense_2",))
    return replace(made, loss=replace(made.loss, weights=[1.0, 0.0]))


class UnattachedLoss(Check):
    name = "unattached-loss"
    severity = Severity.ERROR
    summary = "An output with weights of its own that no loss reads, so that they never change."
    why = (
        "Weights learn from a loss alone. Those that serve only an output without one stay as they "
        "were drawn, and on JAX and PyTorch nothing warns of it."
    )
    instead = "A loss for each output in compile, or no such output."
    false_alarms = (
        "An output that shares all its weights with others, to be looked at, is not reported; nor "
        "is a model with layers of the program's own, which may add losses."
    )
    sources = (
        "Keras on TensorFlow: “Gradients do not exist for variables”",
        "measured on Keras 3.15.1, JAX: silent under a loss of None, and the weights do not move",
    )
    firing = (
        Case("no loss", lambda: _two(unreached=("dense_2",), untrained=("dense_2",))),
        Case("a weight of zero: a warning", _weighed_by_zero),
    )
    silent = (
        Case("all outputs are read", lambda: _two(unreached=(), untrained=())),
        Case("an output of shared layers", lambda: _two(unreached=("dense_0",), untrained=())),
        Case("one output", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        loss = recipe.loss
        if not loss.unreached or not loss.untrained:
            return
        layers = [x for x in recipe.model.layers if x.name in loss.untrained]
        weights = sum(layer.parameters for layer in layers)
        outputs, off = ", ".join(loss.unreached), _weighs_by_zero(loss)
        why = "is weighed by 0" if off else "has no loss"
        yield self.found(
            f"the output {outputs} {why}: {weights:,} weights that serve nothing else, of "
            f"{', '.join(loss.untrained)}, never change",
            {"outputs": len(loss.unreached), "weights": weights},
            loss.place,
            layer=layers[-1] if layers else None,
            severity=Severity.WARNING if off else Severity.ERROR,
        )


def _weighs_by_zero(loss: Loss) -> bool:
    """Whether the program weighs an output by nothing, and so perhaps means it."""
    given = loss.weights.values() if isinstance(loss.weights, dict) else loss.weights or ()
    return isinstance(given, (list, tuple, type({}.values()))) and 0 in list(given)
