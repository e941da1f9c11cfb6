"""exploding-gradients: gradients that grow through depth or time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, normal, recipe, regression, trace
from unstuck.checks._depth import norms_by_depth
from unstuck.checks._initial import redrawn, scale_of_inputs, starts
from unstuck.checks._task import is_finite, is_numeric
from unstuck.finding import Finding
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import ClipGradients, SetRate
from unstuck.remedies.settings import CLIPPING
from unstuck.remedy import Remedy
from unstuck.trace import Trace

MORE = 1e4  # times the last layer's
UNIT = 100.0
LARGE = 2.0  # times the size of default weights


def _deep() -> Recipe:
    return recipe(normal(99, 3), normal(99), [dense(16, "relu")] * 4 + [dense(1)])


def _raw() -> Recipe:
    return recipe(normal(99, 3), normal(99) * 1e6, [dense(16, "relu")] * 4 + [dense(1)])


class ExplodingGradients(Check):
    name = "exploding-gradients"
    needs_trace = True
    summary = "Gradients that grow by orders of magnitude on their way back, or overflow at once."
    why = (
        "Each layer, or each step of a sequence, multiplies what comes back by its weights. Where "
        "that makes more of it every time, the first layers are thrown about by every step."
    )
    instead = "Clip gradients (global_clipnorm=1.0), default initializers, normalisation, LSTM."
    false_alarms = "Targets of a large scale make all gradients large alike: not reported here."
    sources = ("Pascanu et al. 2013 (arXiv 1211.5063)", "Google tuning playbook, on instability")
    firing = (
        Case(
            "through depth",
            _deep,
            lambda: trace([1.0, 1.0], gradients=[1e6, 1e4, 1e3, 10.0, 1.0]),
        ),
        Case(
            "forth and back",
            _deep,
            lambda: trace([1e9, 1e9], gradients=[1e8] * 5, sizes=(10.0, 10.0)),
        ),
        Case("at once", _deep, lambda: trace([1e30, np.nan], gradients=[np.inf] * 4 + [1.0])),
    )
    silent = (
        Case("even", _deep, lambda: trace([1.0, 0.5], gradients=[2.0, 1.0, 1.0, 1.0, 1.0])),
        Case("large alike, by their targets", _raw, lambda: trace([1e6, 1e5], gradients=[1e6] * 5)),
        Case("one layer", regression, lambda: trace([1.0, 0.5], gradient=1e9)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        known = norms_by_depth(recipe, trace)
        if known is None or not is_finite(recipe):
            return
        layers, norms = known
        finite = bool(np.isfinite(norms).all())
        worst = int(np.argmax(np.where(np.isfinite(norms), norms, np.inf)))
        ratio = float(norms[worst] / norms[-1]) if norms[-1] > 0 else 0.0
        thrown = _over_weights(recipe, trace, layers)
        if finite and max(ratio, thrown) <= MORE:
            return
        text = f"{ratio:.2g} times that of {layers[-1].name}" if finite else "which has no end"
        if finite and ratio <= MORE:
            text = f"and usual layers {thrown:.2g} times the size of their weights"
        yield self.found(
            f"{layers[worst].name} gets a gradient of {norms[worst]:.2g} when training begins, "
            f"{text}",
            {"largest": float(norms[worst]), "ratio": ratio, "over_weights": thrown},
            layers[worst].place,
            _remedies(recipe),
            layer=layers[worst],
        )


def _over_weights(recipe: Recipe, trace: Trace | None, layers: list[Layer]) -> float:
    """How large gradients are beside the weights, where neither inputs nor targets account for
    it: what grows on the way forward is multiplied with what grows on the way back."""
    if trace is None or not trace.size.size or scale_of_inputs(recipe) > UNIT:
        return 0.0
    targets = recipe.data.targets[0]
    if not is_numeric(targets) or not targets.size or np.abs(targets).max() > UNIT:
        return 0.0
    places = [trace.layers.index(layer.name) for layer in layers]
    beside = trace.gradient[:, 0, places] / np.maximum(trace.size[:, 0, places], 1e-12)
    return float(np.median(beside))


def _remedies(recipe: Recipe) -> tuple[Remedy, ...]:
    large = [s.layer for s in starts(recipe) if s.share > LARGE]
    found: list[Remedy] = [*redrawn(recipe, large)] if large else []
    if not any(recipe.optimizer.settings.get(name) for name in CLIPPING):
        found.append(ClipGradients())
    return (*found, SetRate(recipe.optimizer.learning_rate / 100))
