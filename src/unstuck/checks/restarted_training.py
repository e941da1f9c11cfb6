"""restarted-training: a loop that makes the model anew in each of its short rounds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression
from unstuck.checks._source import assigned, fit_call, inside, method, names_in, parsed, place, root
from unstuck.checks._updates import HARDLY_ANY, at_all
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.remedies import TrainLonger
from unstuck.trace import Trace

SHORT = 2  # epochs of one round; whoever compares seeds or folds trains each to the end
KEEPS = frozenset({"append", "extend", "add", "save", "evaluate", "score"})

_LOOP = (
    "for epoch in range(50):\n    print(epoch)\n    m = build()\n    m.fit(x, y, epochs=1)\n"
    "    show(m)\n"
)


def _fitted(source: str, epochs: int = 1) -> Recipe:
    made = regression(source=source, epochs=epochs)
    call = next(n for n in ast.walk(parsed(source)) if method(n)[1] == "fit")
    assert isinstance(call, ast.Call)
    return replace(made, fit=replace(made.fit, place=place(made, call)))


class RestartedTraining(Check):
    name = "restarted-training"
    severity = Severity.WARNING
    summary = "The model is made anew in each round of the loop that trains it."
    why = (
        "A loop of short trainings is meant to go on where the last round ended. With the model "
        "built within it, each round begins with fresh weights, and what comes out is one round."
    )
    instead = "Build and compile the model once, before the loop; or one fit with all the epochs."
    false_alarms = (
        "Folds, seeds and settings that are compared, each with a model of its own: not reported "
        "where the round uses the loop's variable, scores or keeps its model, or trains for more "
        "than two epochs."
    )
    sources = ("measured: Keras 3.15.1, twelve rounds of one epoch end with the loss of the first",)
    firing = (
        Case("built in the loop", lambda: _fitted(_LOOP)),
        Case(
            "until it is stopped",
            lambda: _fitted("while True:\n    m = Sequential([])\n    m.fit(x, y)\n"),
        ),
    )
    silent = (
        Case(
            "built before", lambda: _fitted("m = build()\n" + _LOOP.replace("m = build()", "pass"))
        ),
        Case("a whole training each time", lambda: _fitted(_LOOP, epochs=30)),
        Case("folds", lambda: _fitted(_LOOP.replace("fit(x, y", "fit(x[epoch], y[epoch]"))),
        Case("settings", lambda: _fitted(_LOOP.replace("build()", "build(epoch)"))),
        Case(
            "scores", lambda: _fitted(_LOOP.replace("show(m)", "scores.append(m.evaluate(x, y))"))
        ),
        Case("predictions", lambda: _fitted(_LOOP.replace("show(m)", "preds[k] = m.predict(x)"))),
        Case("a sum of them", lambda: _fitted(_LOOP.replace("show(m)", "total += m.predict(x)"))),
        Case("seeds", lambda: _fitted(_LOOP.replace("show(m)", "seeded(epoch)"))),
        Case("loaded", lambda: _fitted(_LOOP.replace("build()", "load_model('m.keras')"))),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        fit = fit_call(recipe)
        if fit is None or recipe.fit.epochs > SHORT:
            return
        made = _made_in_loop(recipe.source, fit)
        if made is not None:
            model, steps = method(fit)[0], recipe.fit.steps
            yield self.found(
                f"{model} is made anew on line {made.lineno}, in each round of the loop that fits "
                f"it for {steps:,} updates: nothing is kept of the rounds before",
                {"updates": steps, "line": made.lineno},
                place(recipe, made),
                (at_all(steps) if steps < HARDLY_ANY else TrainLonger(),),
            )


def _made_in_loop(source: str, fit: ast.Call) -> ast.expr | None:
    """What makes the model that ``fit`` trains, in the loop around it."""
    for loop in ast.walk(parsed(source)):
        if not isinstance(loop, ast.For | ast.While):
            continue
        nodes = list(inside(loop))
        if any(fit is n for n in nodes) and not _compares(loop, nodes, fit):
            model = method(fit)[0]
            made = [v for n in nodes for t, v in assigned(n) if ast.unparse(t) == model]
            if (
                len(made) == 1
                and isinstance(made[0], ast.Call)
                and "load" not in ast.unparse(made[0])
            ):
                return made[0]
    return None


def _compares(loop: ast.For | ast.While, nodes: list[ast.AST], fit: ast.Call) -> bool:
    """Whether each round is a training of its own: on other rows, with other settings, or with
    something of it kept beyond the round."""
    bound = {ast.unparse(t) for n in nodes for t, _ in assigned(n)}
    shown = {id(n) for call in nodes if _prints(call) for n in ast.walk(call)}
    turns = names_in(loop.target) if isinstance(loop, ast.For) else set()
    used = {
        n.id
        for s in loop.body
        for n in ast.walk(s)
        if isinstance(n, ast.Name) and id(n) not in shown
    }
    given = {name for n in (*fit.args, *(k.value for k in fit.keywords)) for name in names_in(n)}
    if used & turns or given & (bound - {method(fit)[0]}):
        return True
    return any(_keeps(node, bound) for node in nodes)


def _prints(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "logging.info")


def _keeps(node: ast.AST, bound: set[str]) -> bool:
    """Whether something is put into what was there before the round."""
    if method(node)[1] in KEEPS:
        return True
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AugAssign) else targets
    into = [t for t in targets if isinstance(t, ast.Subscript | ast.Attribute | ast.Name)]
    changed = (
        into
        if isinstance(node, ast.AugAssign)
        else [t for t in into if not isinstance(t, ast.Name)]
    )
    return any(root(t) not in bound for t in changed)
