"""unstable-loss: a finite loss with a gradient that is not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, tried
from unstuck.checks._task import head, is_binary, is_finite
from unstuck.experiments import Floats
from unstuck.finding import Finding, Severity
from unstuck.recipe import Loss, Recipe
from unstuck.trace import Trace

MINE = Loss("mine", custom=True)
LARGE = 1e15  # squares of larger inputs overflow single precision in any network


def _labels() -> Recipe:
    return recipe(normal(99, 2), integers(0, 2, 99), [dense(1, "sigmoid")], MINE)


def _numbers() -> Recipe:
    return recipe(normal(99, 2), normal(99), [dense(8, "relu"), dense(1)], MINE)


class UnstableLoss(Check):
    name = "unstable-loss"
    severity = Severity.ERROR
    needs_trace = True
    summary = "A logarithm, root, norm or division that makes a gradient of a finite loss infinite."
    why = (
        "The derivative of a root or a norm at zero is infinite, and that of a logarithm too. "
        "Times zero it is no number, even behind a where, and one step with it makes every weight "
        "no number for ever."
    )
    instead = (
        "Add a small number inside the root, the norm or the logarithm (keras.config.epsilon()), "
        "clip probabilities to it on both sides, or use the loss that Keras has."
    )
    false_alarms = (
        "A root over a whole batch is infinite only where every prediction is exact, which hardly "
        "happens; that is a note. Optimizers that scale the loss pass over steps that are not "
        "finite; that is a warning."
    )
    sources = (
        "pytorch/pytorch#2421, #15506, #68425",
        "measured: Keras 3.15.1 on JAX trains on with weights that are no numbers",
    )
    firing = (
        Case("at the start", _numbers, lambda: tried(broken=np.full(4, 1.0))),
        Case("on some batches", _numbers, lambda: tried(broken=np.array([0.25, 0, 0, 0]))),
        Case(
            "logarithms of labels that are met",
            _labels,
            lambda: tried(exact=float("nan"), exact_gradient=float("nan"), wrong=np.ones((1, 5))),
        ),
        Case(
            "a root over the batch",
            _numbers,
            lambda: tried(exact=0.0, exact_gradient=float("nan"), wrong=np.ones((1, 5))),
        ),
    )
    silent = (
        Case("finite", _numbers, lambda: tried(broken=np.zeros(4), exact=0.0, exact_gradient=0.0)),
        Case("not tried", _labels, tried),
        Case(
            "more outputs than targets, of which none is exact",
            _numbers,
            lambda: tried(copied=np.ones(2)),
        ),
        Case(
            "a loss of Keras",
            lambda: recipe(normal(99, 2), normal(99), [dense(1)]),
            lambda: tried(exact=0.0, exact_gradient=float("nan"), wrong=np.ones((1, 5))),
        ),
        Case(
            "data that are no numbers",
            lambda: recipe(normal(99, 2), np.full(99, np.nan), [dense(1)], MINE),
            lambda: tried(broken=np.ones(4)),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        if found is None or not is_finite(recipe) or _overflows(recipe):
            return
        if found.broken.size and found.broken.max() > 0:
            yield self._met(recipe, found.broken)
        elif recipe.loss.custom and found.wrong.size and not _is_finite(found.exact_gradient):
            yield self._near(recipe, found.exact)

    def _met(self, recipe: Recipe, broken: Floats) -> Finding:
        sets, batches = float((broken > 0).mean()), float(broken[broken > 0].mean())
        passes_over = recipe.optimizer.name == "LossScaleOptimizer"
        usual = sets >= 0.5 and not passes_over
        return self.found(
            f"before any update, the loss is finite and its gradient is not: on {batches:.0%} of "
            f"the batches, with {sets:.0%} of the fresh weights that were tried",
            {"batches": batches, "weights": sets},
            recipe.loss.place,
            severity=Severity.ERROR if usual else Severity.WARNING,
        )

    def _near(self, recipe: Recipe, exact: float) -> Finding:
        labels = all(is_binary(y) for y in recipe.data.targets)
        reachable = labels and head(recipe).activation == "sigmoid"  # 1 from a logit of 17 on
        value = f"the loss is {exact:.3g} and " if _is_finite(exact) else "neither the loss nor "
        met = "a number" if not _is_finite(exact) else "no number"
        return self.found(
            f"where predictions meet their targets exactly, {value}its gradient is {met}",
            {"loss": exact if _is_finite(exact) else "not finite"},
            recipe.loss.place,
            severity=Severity.WARNING if reachable else Severity.NOTE,
        )


def _is_finite(value: float) -> bool:
    return bool(np.isfinite(value))


def _overflows(recipe: Recipe) -> bool:
    """Whether the numbers themselves are so large that squares of them are infinite."""
    arrays = (*recipe.data.inputs, *recipe.data.targets)
    return any(a.size and a.dtype.kind in "fiu" and np.abs(a).max() > LARGE for a in arrays)
