"""stale-trainable: trainable changed after compile."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression
from unstuck.checks._source import assigned, fit_call, inside, method, names_in, place, root, scopes
from unstuck.finding import Finding, Severity
from unstuck.recipe import Framework, Recipe
from unstuck.trace import Trace

BUILTINS = frozenset({"enumerate", "len", "range", "reversed", "zip"})
BUILDS = frozenset({"fit", "train_on_batch", "evaluate", "test_on_batch"})

_TUNED = """\
base = load_model("base.keras")
base.trainable = False
model = Sequential([base, Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=3)
base.trainable = True
{compiled}
model.fit(x, y, epochs=4)
"""
_LOOP = _TUNED.replace(
    "base.trainable = True", "for layer in base.layers[-4:]:\n    layer.trainable = True"
)
_FIRST = (
    "m = Sequential([a, b])\nm.compile('adam', 'mse')\nm.trainable = False\nm.fit(x, y, epochs=2)\n"
)


def _with(source: str, compiled: str = "", backend: str = "jax", line: int = 8) -> Recipe:
    """A recipe of the fit on ``line`` of the source."""
    text = source.format(compiled=compiled)
    made = regression(source=text, framework=Framework("keras", "3.15.1", backend))
    found = next(
        n
        for _, nodes in scopes(text)
        for n in nodes
        if isinstance(n, ast.Call) and method(n)[1] == "fit" and n.lineno == line
    )
    return replace(made, fit=replace(made.fit, place=place(made, found)))


def _nothing_trained() -> Recipe:
    made = _with(_FIRST, line=4)
    layers = tuple(replace(layer, trainable=False) for layer in made.model.layers)
    return replace(made, model=replace(made.model, layers=layers))


class StaleTrainable(Check):
    name = "stale-trainable"
    summary = "trainable changed after compile, with no compile before the next fit."
    why = (
        "What is trained is settled when the training is first built. On JAX the next fit then "
        "raises, since the optimizer does not know the weights; on TensorFlow the change is passed "
        "over. Before the first fit Keras 3 does heed it, unlike Keras 2, so a discriminator that "
        "is frozen after its own compile learns nothing any more."
    )
    instead = "compile again after every change of trainable, with a smaller rate for fine-tuning."
    false_alarms = (
        "A change between compile and the first fit takes effect in Keras 3 and is not reported, "
        "unless it leaves nothing to train. Compiling in a function of one's own is understood "
        "where the model is handed to it."
    )
    sources = (
        "keras-team/keras#3268, #7965, #4910",
        "measured: Keras 3.15.1 on JAX raises a ValueError about optimizer_variables, after fit "
        "or evaluate; heeds the change where neither has run",
    )
    firing = (
        Case("fine-tuning without compile", lambda: _with(_TUNED)),
        Case("on TensorFlow", lambda: _with(_TUNED, backend="tensorflow")),
        Case("layer by layer", lambda: _with(_LOOP, line=9)),
        Case("nothing is left", _nothing_trained),
    )
    silent = (
        Case("compiled again", lambda: _with(_TUNED, "model.compile('adam', 'mse')")),
        Case("compiled by a function", lambda: _with(_TUNED, "prepare(model)")),
        Case("the first fit", lambda: _with(_TUNED, line=5)),
        Case("before the first fit, a part", lambda: _with(_FIRST, line=4)),
        Case("no source", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = _stale(recipe)
        if found is None:
            return
        change, built = found.change, found.built
        nothing = not any(x.trainable for x in recipe.model.learned_layers)
        backend = recipe.framework.backend
        if built:
            effect = {
                "jax": "fit raises a ValueError (measured on Keras 3.15.1, JAX)",
                "tensorflow": "the change is passed over (TensorFlow)",
            }.get(backend, "the optimizer does not know the change")
        elif nothing:
            effect = "Keras 3 heeds it, and no layer is left to train"
        else:
            return
        yield self.found(
            f"{ast.unparse(change)} stands after the compile of {found.model} on line "
            f"{found.compiled} and before its fit on line {found.fit}: {effect}",
            {"line": change.lineno, "compile_line": found.compiled, "backend": backend},
            place(recipe, change),
            severity=Severity.ERROR if built and backend == "jax" else Severity.WARNING,
        )


class _Stale(NamedTuple):
    """A change of ``trainable`` between a model's compile and its fit; ``built`` where the model
    was trained or evaluated in between before it."""

    change: ast.Assign
    model: str
    compiled: int
    fit: int
    built: bool


def _stale(recipe: Recipe) -> _Stale | None:
    fit = fit_call(recipe)
    if fit is None or recipe.fit.place is None:
        return None
    model = method(fit)[0]
    for scope, nodes in scopes(recipe.source):
        if fit in nodes:
            return _between(scope, nodes, model, fit)
    return None


def _between(scope: ast.AST, nodes: list[ast.AST], model: str, fit: ast.Call) -> _Stale | None:
    before = [n for n in nodes if isinstance(n, ast.Call) and n.lineno < fit.lineno]
    compiled = [c.lineno for c in before if method(c) == (model, "compile")]
    if not compiled:
        return None
    last, parts = max(compiled), _parts(scope, model)
    changes = [
        n
        for n in nodes
        if isinstance(n, ast.Assign) and last < n.lineno < fit.lineno and _changes(n, nodes, parts)
    ]
    for change in changes:
        handed = any(
            isinstance(a, ast.Name) and a.id == model and c.lineno > change.lineno
            for c in before
            for a in (*c.args, *(k.value for k in c.keywords))
        )
        if not handed:
            used = [c.lineno for c in before if method(c)[0] == model and method(c)[1] in BUILDS]
            built = any(last < line < change.lineno for line in used)
            return _Stale(change, model, last, fit.lineno, built)
    return None


def _changes(node: ast.Assign, nodes: list[ast.AST], parts: set[str]) -> bool:
    """Whether an assignment changes what is trained of the model that has these parts: to False,
    or to anything else where something was frozen before."""
    target = node.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != "trainable":
        return False
    if _owner(target, nodes) not in parts:
        return False
    frees = isinstance(node.value, ast.Constant) and node.value.value is True
    return not frees or any(
        isinstance(n, ast.Assign)
        and n.lineno < node.lineno
        and ast.unparse(n.targets[0]).endswith(".trainable")
        and not (isinstance(n.value, ast.Constant) and n.value.value is True)
        for n in nodes
    )


def _owner(target: ast.Attribute, nodes: list[ast.AST]) -> str:
    """The name that holds what is changed; of a loop's variable, that of what is gone through."""
    name = root(target)
    for node in nodes:
        if not isinstance(node, ast.For) or name not in names_in(node.target):
            continue
        if node.lineno <= target.lineno <= (node.end_lineno or 0):
            return next(iter(sorted(names_in(node.iter) - BUILTINS)), name)
    return name


def _parts(scope: ast.AST, model: str) -> set[str]:
    """The names that a model is made of, with its own."""
    made: dict[str, set[str]] = {}
    for node in inside(scope):
        for target, value in assigned(node):
            made.setdefault(root(target), set()).update(names_in(value))
        owner, name = method(node)
        if name == "add" and isinstance(node, ast.Call):
            made.setdefault(owner, set()).update(*(names_in(a) for a in node.args))
    found, new = {model}, {model}
    while new:
        new = {part for name in new for part in made.get(name, ())} - found
        found |= new
    return found
