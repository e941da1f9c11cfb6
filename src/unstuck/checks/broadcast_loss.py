"""broadcast-loss: target and output shapes that broadcast against each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression
from unstuck.checks._objective import loss_of_keras
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Loss, Recipe
from unstuck.remedies import MatchShapes, UseLoss
from unstuck.trace import Trace

_OWN = Loss("SquaredError", custom=True, aligns_shapes=False)


def _dropping() -> list[Layer]:
    return [dense(1), layer("Lambda", ())]


class BroadcastLoss(Check):
    name = "broadcast-loss"
    severity = Severity.ERROR
    summary = "Target and output of unlike shapes under a loss that sees them as they are."
    why = (
        "(N,) against (N, 1) broadcasts to (N, N): every prediction is compared with every "
        "target, and the best it can do is to predict their mean."
    )
    instead = "Give both the same shape, or use one of Keras's own losses, which align them."
    false_alarms = (
        "In Keras 3 its own losses and plain functions squeeze or expand to the same rank; only "
        "a Loss subclass with its own call sees the raw shapes. Keras 2 functions saw them too."
    )
    sources = ("pytorch/pytorch#16045", "measured: a Loss subclass ends at the targets' variance")
    firing = (
        Case(
            "(N, 1) against (N,)", lambda: recipe(normal(99, 2), normal(99, 1), _dropping(), _OWN)
        ),
        Case("(N,) against (N, 1)", lambda: recipe(normal(99, 2), normal(99), [dense(1)], _OWN)),
    )
    silent = (
        Case("equal shapes", lambda: recipe(normal(99, 2), normal(99, 1), [dense(1)], _OWN)),
        Case("Keras aligns its own losses", regression),
        Case(
            "a function of one's own is aligned too",
            lambda: recipe(normal(99, 2), normal(99), [dense(1)], Loss("mine", custom=True)),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if recipe.loss.aligns_shapes or not recipe.data.targets:
            return
        target = recipe.data.targets[0].shape[1:]
        output = recipe.model.output_layer.output_shape
        if None in output or target == output:
            return
        if np.prod(target, dtype=int) != np.prod([n or 1 for n in output], dtype=int):
            return
        yield self.found(
            f"the loss {recipe.loss.name} compares targets of shape {_shown(target)} with outputs "
            f"of shape {_shown(output)}, which broadcasts: every output meets every target",
            {"target_shape": _shown(target), "output_shape": _shown(output)},
            recipe.model.output_layer.place or recipe.loss.place,
            (MatchShapes(), UseLoss(loss_of_keras(recipe))),
            layer=recipe.model.output_layer,
        )


def _shown(shape: tuple[int | None, ...]) -> str:
    inner = ", ".join(str(n) for n in shape)
    return f"(N, {inner})" if shape else "(N,)"
