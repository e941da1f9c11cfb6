"""never-trained: scored, but fit never ran, or ran for nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression
from unstuck.checks._source import assigned, fit_call, method, named, place, scopes
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.trace import Trace

MAKES = frozenset({"Sequential", "Model", "clone_model"})
SCORES = frozenset({"predict", "evaluate", "predict_on_batch", "test_on_batch"})
GIVES = frozenset({"set_weights", "load_weights", "fit", "train_on_batch", "assign"})

_OVERWRITTEN = (
    "model = build()\nmodel.fit(x, y, epochs=9)\nmodel = build()\nprint(model.predict(x))\n"
)
_CLONE = (
    "model = Sequential([Dense(1)])\nmodel.fit(x, y, epochs=9)\n"
    "best = keras.models.clone_model(model)\nbest.compile('adam', 'mse')\nbest.evaluate(x, y)\n"
)
_PART = (
    "model = Model(i, o)\nmodel.fit(x, y, epochs=9)\nmodel = Model(i, h)\nprint(model.predict(x))\n"
)
_LOADED = _OVERWRITTEN.replace("print", "model.load_weights('best')\nprint")
_COPIED = _CLONE.replace("best.compile", "best.set_weights(model.get_weights())\nbest.compile")
_FOLDS = (
    "for f in folds:\n    model = build()\n    model.fit(x, y, epochs=9)\n    model.predict(x)\n"
)
_READ = _OVERWRITTEN.replace("model = build()\nprint", "model = load_model('best.keras')\nprint")


def _for(epochs: int) -> Recipe:
    made = regression()
    return replace(made, fit=replace(made.fit, epochs=epochs))


class NeverTrained(Check):
    name = "never-trained"
    severity = Severity.ERROR
    summary = "A fit of no epochs, or scores of a new model where the trained one was meant."
    why = (
        "A network that has not been trained answers at random. A model that is made again, or "
        "cloned, begins with fresh weights: what was learned stays with the old one."
    )
    instead = "Score the model that was trained; give a clone its weights by set_weights."
    false_alarms = (
        "A fresh model as a reference is scored on purpose. A new model made of layers that were "
        "trained, or given weights, is not reported."
    )
    sources = ("Keras: clone_model has newly instantiated weights", "causes E10")
    firing = (
        Case("no epochs", lambda: _for(0)),
        Case("already past its last epoch", lambda: _for(-5)),
        Case("made again before the score", lambda: regression(source=_OVERWRITTEN)),
        Case("a clone", lambda: regression(source=_CLONE)),
    )
    silent = (
        Case("ten epochs", regression),
        Case("a part of the trained network", lambda: regression(source=_PART)),
        Case("weights loaded", lambda: regression(source=_LOADED)),
        Case("weights copied", lambda: regression(source=_COPIED)),
        Case("a model for each fold", lambda: regression(source=_FOLDS)),
        Case("a saved model", lambda: regression(source=_READ)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        fit = recipe.fit
        if fit.steps <= 0:
            yield self.found(
                f"fit trains for {max(fit.epochs, 0)} epochs of {fit.steps_per_epoch} updates: "
                "no weight is changed",
                {"epochs": fit.epochs, "updates": max(fit.steps, 0)},
                fit.place,
            )
            return
        for call, model, line in _untrained(recipe):
            yield self.found(
                f"{ast.unparse(call.func)} scores the model made on line {line}, which no fit has "
                "trained",
                {"made_on": line, "model": model},
                place(recipe, call),
                severity=Severity.WARNING,
            )
            return


def _untrained(recipe: Recipe) -> Iterator[tuple[ast.Call, str, int]]:
    """Calls that score a model, its name, and the line after the training on which it was made."""
    fit = fit_call(recipe)
    for _, nodes in scopes(recipe.source) if fit else ():
        if fit not in nodes:
            continue
        model = method(fit)[0]
        functions = _first_makers(nodes, model, fit)
        for line, name in _made_later(nodes, fit, model, functions):
            call = _scored(nodes, name, line)
            if call is not None:
                yield call, name, line


def _first_makers(nodes: list[ast.AST], model: str, fit: ast.AST | None) -> set[str]:
    """The functions of one's own that made the model that is trained, not by a class."""
    return {
        named(value.func)
        for n in nodes
        for target, value in assigned(n)
        if isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and ast.unparse(target) == model
        and target.lineno < (getattr(fit, "lineno", 0))
    } - MAKES


def _made_later(
    nodes: list[ast.AST], fit: ast.AST | None, model: str, makers: set[str]
) -> Iterator[tuple[int, str]]:
    """Models made after the training by the function that made the trained one, in its place; and
    clones."""
    end = getattr(fit, "end_lineno", 0) or 0
    for node in nodes:
        for target, value in assigned(node):
            if not isinstance(value, ast.Call) or target.lineno <= end:
                continue
            name = ast.unparse(target)
            again = named(value.func) in makers and name == model
            if again or named(value.func) == "clone_model":
                yield target.lineno, name


def _scored(nodes: list[ast.AST], name: str, line: int) -> ast.Call | None:
    """The first score of a model after the line on which it was made, unless something trains
    it, gives it weights, takes it as an argument or makes it once more before."""
    for node in sorted(_calls(nodes), key=lambda c: (c.lineno, c.col_offset)):
        if node.lineno <= line:
            continue
        owner, does = method(node)
        if (owner == name or owner.startswith(f"{name}.")) and does in GIVES:
            return None
        given = (*node.args, *(k.value for k in node.keywords))
        if any(ast.unparse(a) == name for a in given):
            return None
        if owner == name and does in SCORES:
            return node
    return None


def _calls(nodes: list[ast.AST]) -> list[ast.Call]:
    return [n for n in nodes if isinstance(n, ast.Call)]
