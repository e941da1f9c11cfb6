"""extreme-optimizer-settings: momentum, beta or epsilon that undo the optimizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import adam, optimizer, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Config, Recipe
from unstuck.remedies import OptimizerDefaults
from unstuck.trace import Trace

DAMPING = 0.1  # of a gradient of usual size, which a number of the optimizer's reaches
MEMORY = 0.1  # of all updates, over which an average reaches back
AVERAGES = ("momentum", "beta_1")
SQUARES = ("beta_2", "rho")
_Fault = tuple[str, float, str, Severity]


def _with(name: str, epochs: int = 10, **settings: float) -> Recipe:
    """A regression of 13 updates an epoch."""
    made = optimizer(name, 0.001)
    config: dict[str, Any] = {**made.config, "config": {"learning_rate": 0.001, **settings}}
    return regression(by=replace(made, config=config), epochs=epochs)


class ExtremeOptimizerSettings(Check):
    name = "extreme-optimizer-settings"
    summary = "Momentum, beta, rho or epsilon that undo the optimizer."
    why = (
        "An epsilon as large as the gradients stands in the denominator in their place, so Adam "
        "takes tiny steps. An average that reaches back over most of the training has not come "
        "to anything when the training ends, or overshoots by its length; one that forgets "
        "nothing divides by zero."
    )
    instead = "The defaults: Adam() or SGD(0.01, momentum=0.9)."
    false_alarms = (
        "Large networks for images have used an epsilon of 0.1 or 1 with a higher learning rate."
    )
    sources = (
        "Google tuning playbook, on Adam",
        "Kingma & Ba 2015, theorem 4.1: beta_1 ** 2 < sqrt(beta_2)",
        "Keras, Adam: epsilon of 1.0 or 0.1 for Inception on ImageNet",
    )
    firing = (
        Case("an epsilon of one", lambda: _with("Adam", epsilon=1.0)),
        Case("a beta of one", lambda: _with("Adam", beta_1=0.9, beta_2=1.0)),
        Case("momentum of one", lambda: _with("SGD", momentum=1.0)),
        Case("momentum of a thousand updates in 130", lambda: _with("SGD", momentum=0.999)),
        Case("more averaged than squared", lambda: _with("Adam", beta_1=0.9, beta_2=0.1)),
        Case("no update", lambda: _with("Adam", gradient_accumulation_steps=500)),
        Case("a full accumulator", lambda: _with("Adagrad", initial_accumulator_value=1000.0)),
    )
    silent = (
        Case("as they come", regression),
        Case("written out", lambda: regression(by=adam(0.001))),
        Case("usual momentum", lambda: _with("SGD", momentum=0.9)),
        Case("long momentum in a long training", lambda: _with("SGD", 2000, momentum=0.99)),
        Case("an epsilon of 1e-3", lambda: _with("RMSprop", rho=0.9, epsilon=1e-3)),
        Case("squares over 100 updates in 130", lambda: _with("RMSprop", rho=0.99)),
        Case("betas of a GAN", lambda: _with("Adam", beta_1=0.5, beta_2=0.9)),
        Case("accumulated over four batches", lambda: _with("Adam", gradient_accumulation_steps=4)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        faults = [*_faults(recipe.optimizer.settings, recipe.fit.steps)]
        if not faults:
            return
        texts = ", and ".join(text for _, _, text, _ in faults)
        yield self.found(
            f"{recipe.optimizer.name} has {texts}",
            {name: value for name, value, _, _ in faults},
            recipe.optimizer.place,
            (OptimizerDefaults(tuple(dict.fromkeys(name for name, *_ in faults))),),
            severity=min((s for *_, s in faults), key=lambda s: s.rank),
        )


def _faults(given: Config, steps: int) -> Iterator[_Fault]:
    """Name, value, what is wrong with it, and how bad that is."""
    values = {k: float(v) for k, v in given.items() if isinstance(v, int | float)}
    for name in (*AVERAGES, *SQUARES):
        if (value := values.get(name, 0.0)) >= 1:
            yield name, value, f"{name} = {value:g}, which never forgets", Severity.ERROR
    for name in AVERAGES:
        value = values.get(name, 0.0)
        if 0.99 <= value < 1 and 1 / (1 - value) > MEMORY * steps:
            text = f"{name} = {value:g}, which reaches back over {1 / (1 - value):,.0f} updates of "
            yield name, value, f"{text}{steps:,}", Severity.WARNING
    first, second = values.get("beta_1"), values.get("beta_2")
    if (
        first is not None
        and second is not None
        and first**2 >= max(second, 0.0) ** 0.5
        and first < 1
    ):
        text = f"beta_2 = {second:g}, too small for its beta_1 of {first:g}"
        yield "beta_2", second, text, Severity.WARNING
    yield from _constants(values, steps)


def _constants(values: dict[str, float], steps: int) -> Iterator[_Fault]:
    epsilon = values.get("epsilon", 1e-7)
    if epsilon >= DAMPING:
        text = f"epsilon = {epsilon:g}, as large as gradients are"
        yield "epsilon", epsilon, text, Severity.WARNING
    elif epsilon <= 0:
        text = f"epsilon = {epsilon:g}, so that a gradient of zero is divided by zero"
        yield "epsilon", epsilon, text, Severity.WARNING
    held = values.get("initial_accumulator_value", 0.1)
    if held > steps:  # as if so many gradients of one had gone before
        text = f"initial_accumulator_value = {held:g}, more than all its gradients will add"
        yield "initial_accumulator_value", held, text, Severity.WARNING
    gathered = values.get("gradient_accumulation_steps", 1.0)
    if gathered > steps:
        text = f"gradient_accumulation_steps = {gathered:g}, more than the {steps:,} updates"
        yield "gradient_accumulation_steps", gathered, text, Severity.ERROR
