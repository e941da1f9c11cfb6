"""reset-optimizer: compile inside the loop that trains."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import optimizer, regression
from unstuck.checks._source import argument, assigned, inside, method, names_in, parsed, place
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

LONG = 1000  # updates over which Adam's second moments average, 1 / (1 - 0.999)
TRAINS = frozenset({"fit", "train_on_batch"})
# What sets the network back too: then each round is a training of its own.
AFRESH = frozenset({"set_weights", "load_weights", "clear_session"})

_LOOP = "m = make()\nfor epoch in range(50):\n    m.compile('adam', 'mse')\n    m.fit(x, y)\n"
_OWN = "while True:\n    o = Adam(0.01)\n    m.compile(optimizer=o, loss='mse')\n    m.fit(x, y)\n"
_ONCE = "m.compile('adam', 'mse')\nfor epoch in range(50):\n    m.fit(x, y)\n"
_FOLDS = "for fold in folds:\n    m = make()\n    m.compile('adam', 'mse')\n    m.fit(x, y)\n"
_EACH = "for m in models:\n    m.compile('adam', 'mse')\n    m.fit(x, y)\n"
_RATES = "for rate in rates:\n    m.compile(Adam(rate), 'mse')\n    m.fit(x, y)\n"
_KEPT = "o = Adam()\nfor epoch in range(50):\n    m.compile(o, 'mse')\n    m.fit(x, y)\n"
_BACK = (
    "for fold in folds:\n    m.set_weights(first)\n    m.compile('adam', 'mse')\n    m.fit(x, y)\n"
)


class _Loop(NamedTuple):
    """A model that is compiled and trained in a loop, and the calls."""

    model: str
    compiles: ast.Call
    trains: ast.Call


class ResetOptimizer(Check):
    name = "reset-optimizer"
    summary = "compile, with a new optimizer, inside the loop that trains."
    why = (
        "Each compile makes a new optimizer: momentum, Adam's averages and the place in a "
        "schedule begin again at nothing, so that a decay never comes and a warm-up never ends."
    )
    instead = "compile once, before the loop; or one fit with all the epochs."
    false_alarms = (
        "A model that is made or set back in the loop (folds, restarts), another optimizer in "
        "each round, and an optimizer object that is kept are not reported. Short trainings by "
        "Adam may even go faster for it, since its first steps are its largest."
    )
    sources = (
        "causes O12",
        "measured: Keras 3.15.1 on JAX, 60 fits of 8 updates: 8 of 480 updates counted",
    )
    firing = (
        Case("a name", lambda: regression(source=_LOOP)),
        Case("an object made in the loop", lambda: regression(source=_OWN)),
    )
    silent = (
        Case("compiled once", lambda: regression(source=_ONCE)),
        Case("a model for each fold", lambda: regression(source=_FOLDS)),
        Case("one model after another", lambda: regression(source=_EACH)),
        Case("another rate in each round", lambda: regression(source=_RATES)),
        Case("the optimizer is kept", lambda: regression(source=_KEPT)),
        Case("set back for each fold", lambda: regression(source=_BACK)),
        Case(
            "plain descent has no state",
            lambda: regression(source=_LOOP, by=optimizer("SGD", 0.1)),
        ),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        settings = recipe.optimizer.config.get("config", {})
        plain = recipe.optimizer.name == "SGD" and not settings.get("momentum")
        if plain and recipe.optimizer.schedule is None:
            return
        for found in _loops(recipe.source):
            steps = recipe.fit.steps
            yield self.found(
                f"{found.model} is compiled anew before each of its fits, of {steps:,} updates: "
                f"{recipe.optimizer.name} begins again each time, without what it has gathered",
                {"updates": steps, "optimizer": recipe.optimizer.name},
                place(recipe, found.compiles),
                severity=Severity.WARNING if steps < LONG else Severity.NOTE,
            )
            return


def _loops(source: str) -> Iterator[_Loop]:
    for loop in ast.walk(parsed(source)):
        if isinstance(loop, ast.For | ast.While):
            yield from _in(loop)


def _in(loop: ast.For | ast.While) -> Iterator[_Loop]:
    nodes = [n for n in inside(loop) if isinstance(n, ast.expr | ast.stmt)]
    calls = [n for n in nodes if isinstance(n, ast.Call)]
    if any(method(c)[1] in AFRESH for c in calls):
        return
    bound = {ast.unparse(t) for n in nodes for t, _ in assigned(n)}
    turns = names_in(loop.target) if isinstance(loop, ast.For) else set()
    for call in calls:
        model, name = method(call)
        trains = [c for c in calls if method(c)[0] == model and method(c)[1] in TRAINS]
        same = model not in bound | turns and not names_in(call) & turns
        if name == "compile" and trains and same and _is_new(call, bound):
            yield _Loop(model, call, trains[0])


def _is_new(call: ast.Call, bound: set[str]) -> bool:
    """Whether the optimizer is made by this call, or else in the loop."""
    given = argument(call, "optimizer", 0)
    return not isinstance(given, ast.Name) or given.id in bound
