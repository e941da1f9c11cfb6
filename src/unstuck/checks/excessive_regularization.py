"""excessive-regularization: weight decay or penalties dominate the data's gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, initializer, normal, optimizer, recipe, regression, trace
from unstuck.checks._clipping import is_scale_free
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import RemovePenalties, RemoveWeightDecay
from unstuck.remedies.weights import penalties
from unstuck.remedy import Remedy
from unstuck.trace import Trace

DOMINATES = 1.0  # of the data's own gradient
COLLAPSED = 0.1  # of the size that the weights began with
MOSTLY = 0.5  # of their size is what decay alone leaves, where it is what they shrink by
GAINED = 0.05  # of the measure's scale


def _penalised() -> Recipe:
    heavy = initializer("L2", l2=10.0)
    layers = [dense(8, "relu", kernel_regularizer=heavy), dense(1, kernel_regularizer=heavy)]
    return recipe(normal(99, 3), normal(99), layers)


def _decayed(name: str, decay: float) -> Recipe:
    made = optimizer(name, 0.01)
    config: dict[str, Any] = {**made.config, "config": {"weight_decay": decay}}
    return regression(by=replace(made, config=config))


class ExcessiveRegularization(Check):
    name = "excessive-regularization"
    needs_trace = True
    summary = "Penalties or weight decay that pull harder on the weights than the data do."
    why = (
        "The loss is then made smaller by making weights smaller, not by fitting the data. What "
        "is left is a network that answers the same for every row."
    )
    instead = "Begin without; add penalties of 1e-4 or 1e-5 once the training rows are learned."
    false_alarms = "A penalty can pull hard for a few steps and do well in the end."
    sources = ("Goodfellow, Bengio & Courville 2016, section 7.1", "Zhang et al. 2019, 1810.12281")
    firing = (
        Case(
            "a penalty ten times the data's gradient",
            _penalised,
            lambda: trace([30.0, 1.0, 1.0], gradients=[1.0, 1.0], penalties=[10.0, 10.0]),
        ),
        Case(
            "weights that have shrunk to nothing",
            _penalised,
            lambda: trace(
                [3.0, 1.0, 1.0],
                score=[0, 0, 0],
                gradients=[1.0, 1.0],
                penalties=[0.4, 0.4],
                sizes=(5.0, 0.01),
            ),
        ),
        Case(
            "decay under SGD",
            lambda: _decayed("SGD", 5.0),
            lambda: trace([1.0, 1.0], gradient=0.5, sizes=(5.0, 5.0)),
        ),
        Case(
            "decay that leaves nothing of the weights",
            lambda: _decayed("AdamW", 1.0),
            lambda: trace([3.0, 1.0], score=[0, 0], gradients=[5.0, 5.0], sizes=(0.5, 0.01)),
        ),
        Case(
            "decay under AdamW",
            lambda: _decayed("AdamW", 50.0),
            lambda: trace([1.0, 1.0], gradient=0.5, sizes=(5.0, 5.0)),
        ),
    )
    silent = (
        Case("none", regression, lambda: trace([1.0, 0.1])),
        Case(
            "weak",
            _penalised,
            lambda: trace([1.0, 0.1], gradients=[1.0, 1.0], penalties=[0.1, 0.1]),
        ),
        Case(
            "a usual decay, and weights that something else has shrunk",
            lambda: _decayed("AdamW", 0.004),
            lambda: trace([3.0, 1.0], score=[0, 0], gradients=[0.5, 0.5], sizes=(0.5, 0.01)),
        ),
        Case("a usual decay", lambda: _decayed("AdamW", 0.01), lambda: trace([1.0, 0.1])),
        Case(
            "before a last layer of zeros",
            _penalised,
            lambda: trace([1.0, 0.1], gradients=[0.0, 2.0], penalties=[0.4, 0.0]),
        ),
        Case(
            "small weights that learn",
            _penalised,
            lambda: trace([1.0, 0.1], gradients=[1.0, 1.0], penalties=[0.1, 0.1], sizes=(5.0, 0.4)),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        if trace is None or not trace.gradient.size or not np.isfinite(trace.gradient).all():
            return
        shrunk = _shrunk(trace)
        pull = _pull(trace)
        if trace.penalty.size and (pull > DOMINATES or shrunk < COLLAPSED):
            yield self._found(recipe, "the penalties", pull, shrunk, (RemovePenalties(),))
        decay = recipe.optimizer.settings.get("weight_decay")
        if isinstance(decay, int | float) and decay > 0:
            pull = _decay(recipe, trace, float(decay))
            shrunk = shrunk if _left_alone(recipe, trace, float(decay)) < MOSTLY else 1.0
            if pull > DOMINATES or shrunk < COLLAPSED:
                text = f"a weight decay of {decay:g}"
                yield self._found(recipe, text, pull, shrunk, (RemoveWeightDecay(),))

    def _found(
        self, recipe: Recipe, what: str, pull: float, shrunk: float, remedies: tuple[Remedy, ...]
    ) -> Finding:
        left = f", and the weights shrink to {shrunk:.2g} of their size" if shrunk < 1 else ""
        decay = isinstance(remedies[0], RemoveWeightDecay)
        first = next((x for x in recipe.model.layers if penalties(x)), None)
        return self.found(
            f"{what} pull {pull:.2g} times as hard on the first weights as the data do{left}",
            {"pull": pull, "shrunk_to": shrunk},
            recipe.optimizer.place if decay or first is None else first.place,
            remedies,
            layer=None if decay else first,
        )


def _pull(trace: Trace) -> float:
    """How hard penalties pull on the weights, over how hard the data do, when training begins.
    (Where it ends well the two are equal.) Behind a last layer of zeros the data pull on nothing
    but that one yet, so all layers are taken together."""
    if not trace.penalty.size:
        return 0.0
    penalty, data = _norm(trace.penalty[:, 0]), _norm(trace.unpenalised[:, 0])
    return float(np.median(penalty / np.maximum(data, 1e-12)))


def _norm(values: Array) -> Array:
    found: Array = np.sqrt((values**2).sum(axis=1))
    return found


def _decay(recipe: Recipe, trace: Trace, decay: float) -> float:
    """How far decay moves the weights in the first step, over how far the gradient does. Adam's
    first step is of the learning rate for every single number."""
    size, gradient = trace.size[:, 0], trace.gradient[:, 0]
    counts = {layer.name: layer.parameters for layer in recipe.model.layers}
    numbers: Array = np.array([max(1, counts.get(name, 0)) for name in trace.layers])
    step = np.broadcast_to(np.sqrt(numbers), size.shape) if is_scale_free(recipe) else gradient
    return float(np.median(decay * _norm(size) / np.maximum(_norm(step), 1e-12)))


def _left_alone(recipe: Recipe, trace: Trace, decay: float) -> float:
    """What share of its size decay alone leaves of a weight: each update takes that much of it,
    times the learning rate (Loshchilov & Hutter 2019, eq. 9)."""
    rates = trace.learning_rate[np.isfinite(trace.learning_rate)]
    rate = float(rates.mean()) if rates.size else recipe.optimizer.learning_rate
    return float(np.exp(-decay * rate * trace.planned))


def _shrunk(trace: Trace) -> float:
    """To what share of their size the weights of half of the layers or more have come, where
    nothing was learned; 1 otherwise. (A last layer shrinks by itself where nothing fits.)"""
    gained = float(np.median(trace.score[:, -1] - trace.score[:, 0]))
    if gained >= GAINED or not trace.size.size or trace.size.shape[1] < 2:
        return 1.0
    ratio = trace.size[:, -1] / np.maximum(trace.size[:, 0], 1e-12)
    return float(np.median(ratio))
