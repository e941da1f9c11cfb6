"""Edits of settings: initializers, regularizers, the optimizer's, batches, callbacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, called, set_argument
from unstuck.patch.source import Edit, Editor, Source
from unstuck.patch.standing import maker
from unstuck.patch.training import optimizer_argument
from unstuck.recipe import Layer, Place, Recipe
from unstuck.remedies import (
    ClipGradients,
    DefaultInitializers,
    FreshWeights,
    LeakyRelu,
    OptimizerDefaults,
    RemoveCallback,
    RemoveClipping,
    RemovePenalties,
    RemoveWeightDecay,
    SetBatchSize,
)
from unstuck.remedy import Remedy

POSITIONS = {
    "momentum": {"SGD": 1, "RMSprop": 2},
    "rho": {"RMSprop": 1, "Adadelta": 1},
    "beta_1": dict.fromkeys(("Adam", "Nadam", "Adamax", "Lion", "Lamb"), 1) | {"AdamW": 2},
    "beta_2": dict.fromkeys(("Adam", "Nadam", "Adamax", "Lion", "Lamb"), 2) | {"AdamW": 3},
    "epsilon": dict.fromkeys(("Adam", "Nadam", "Adamax", "Lamb", "RMSprop"), 3) | {"AdamW": 4},
    "initial_accumulator_value": {"Adagrad": 1},
    "weight_decay": {"AdamW": 1},
}

SETTING = frozenset({"set_weights", "load_weights", "load_model"})


def _changes(recipe: Recipe, cured: Recipe, ending: str) -> dict[Place | None, set[str]]:
    """The settings, of those whose names end so, that differ in the layers made at each place.

    Raises:
        PatchError: layers made at one place are not all to be changed alike.
    """
    found: dict[Place | None, set[str]] = {}
    for old, new in zip(recipe.model.layers, cured.model.layers, strict=True):
        names = {
            name
            for name in old.config
            if name.endswith(ending) and old.config[name] != new.config.get(name)
        }
        if old.parameters and found.setdefault(old.place, names) != names:
            raise PatchError("layers that are made in one place are not all to be changed")
    return {place: names for place, names in found.items() if names}


def _without(ending: str) -> Editor:
    """An editor that takes the changed settings of layers, whose names end so, out of the calls
    that make them."""

    def edit(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
        for place, names in _changes(recipe, cured, ending).items():
            call = maker(source, place, "a layer")
            if not _remove(source, call, names):
                raise PatchError("the settings of a layer are not among its arguments")

    return edit


def _remove(source: Source, call: cst.Call, names: Collection[str]) -> int:
    """Take arguments given by keyword out of a call; how many there were."""
    if any(arg.star for arg in call.args):
        raise PatchError("the call takes arguments by * or **")
    args = list(call.args)
    gone = [a.keyword is not None and a.keyword.value in names for a in args]
    for index in (i for i, removed in enumerate(gone) if removed):
        start, end = source.span(args[index])[0], source.span(args[index].value)[1]
        if not all(gone[:index]):
            start = source.span(args[index - 1].value)[1]
        elif index + 1 < len(args):
            end = source.span(args[index + 1])[0]
        else:  # nothing is left, nor may a comma be
            end = source.span(call)[1] - 1
        source.cut(start, end)
    return sum(gone)


def _leaky(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    for old, new in zip(recipe.model.layers, cured.model.layers, strict=True):
        changed = old.config.get("activation") != new.config.get("activation")
        if not changed or new.activation != "leaky_relu":  # another remedy's change
            continue
        call = _made_alike(source, recipe, cured, old)
        given = argument(call, "activation", 0 if old.kind == "Activation" else 1)
        if given is None or not isinstance(given.value, cst.SimpleString):
            raise PatchError(f"the activation of {old.name} is not given by its name")
        start, end = source.span(given.value)
        edit = Edit(start, end, '"leaky_relu"')
        if edit not in source.edits:  # a loop makes several layers in one place
            source.edits.append(edit)


def _made_alike(source: Source, recipe: Recipe, cured: Recipe, layer: Layer) -> cst.Call:
    pairs = zip(recipe.model.layers, cured.model.layers, strict=True)
    same = [new.config.get("activation") for old, new in pairs if old.place == layer.place]
    if len(set(map(str, same))) > 1:
        raise PatchError("layers that are made in one place are not all to be changed")
    return maker(source, layer.place, layer.name)


def _settings(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """The optimizer's settings: one that is left at its default is taken out of the call."""
    old, new = recipe.optimizer.settings, cured.optimizer.settings
    call, name = source.call(recipe.optimizer.place, "the optimizer"), recipe.optimizer.name
    changed = {k: new[k] for k in new if k != "learning_rate" and old.get(k) != new[k]}
    if called(call) != name:
        _by_name(source, recipe, call, changed)
        return
    gone = {k for k, v in changed.items() if v is None and argument(call, k) is not None}
    _remove(source, call, gone)
    for key in changed.keys() - gone:
        set_argument(source, call, key, POSITIONS.get(key, {}).get(name), f"{changed[key]!r}")


def _by_name(source: Source, recipe: Recipe, call: cst.Call, changed: Mapping[str, object]) -> None:
    given = optimizer_argument(call)
    if not isinstance(given.value, cst.SimpleString):
        raise PatchError("the optimizer is made elsewhere")
    keras = source.module_name("keras", "keras")
    settings = ", ".join(f"{key}={value!r}" for key, value in changed.items())
    source.replace(given.value, f"{keras}.optimizers.{recipe.optimizer.name}({settings})")


def _batch(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    call = source.fit(recipe)
    if argument(call, "steps_per_epoch") is not None:
        raise PatchError("fit is told its steps per epoch")
    set_argument(source, call, "batch_size", 2, str(cured.fit.batch_size))


def _callback(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, RemoveCallback)
    call = source.fit(recipe)
    given = argument(call, "callbacks", 5)
    listed = _assigned(source, given.value) if given is not None else None
    if given is None or listed is None:
        raise PatchError("fit is not given its callbacks as an argument")
    if not isinstance(listed, cst.List | cst.Tuple):
        _only(source, call, listed, remedy.kind)
        return
    gone = [e for e in listed.elements if _is_a(source, e.value, remedy.kind)]
    if not gone:
        raise PatchError(f"{remedy.kind} is not seen among the callbacks of fit")
    left = [e for e in listed.elements if e not in gone]
    if not left and listed is given.value and given.keyword is not None:
        _remove(source, call, {"callbacks"})
        return
    source.replace(listed, f"[{', '.join(source.code(e.value) for e in left)}]")


def _only(source: Source, call: cst.Call, value: cst.BaseExpression, kind: str) -> None:
    if not _is_a(source, value, kind) or not _remove(source, call, {"callbacks"}):
        raise PatchError(f"{kind} is not seen among the callbacks of fit")


def _is_a(source: Source, value: cst.BaseExpression, kind: str) -> bool:
    made = _assigned(source, value)
    return isinstance(made, cst.Call) and called(made) == kind


def _assigned(source: Source, value: cst.BaseExpression) -> cst.BaseExpression:
    """What a name was last given; anything else is itself."""
    if not isinstance(value, cst.Name):
        return value
    nodes = [n for n in source.all(cst.Assign) if len(n.targets) == 1]
    found = [n.value for n in nodes if source.code(n.targets[0].target) == value.value]
    if len(found) != 1:
        raise PatchError(f"it is not clear what {value.value} is")
    return found[0]


def _unset(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    calls = [call for call in source.all(cst.Call) if called(call) in SETTING]
    if len(calls) != 1 or called(calls[0]) != "set_weights":
        raise PatchError("it is not one call of set_weights that sets them")
    statement = source.statement(calls[0])
    if not isinstance(statement.body[0], cst.Expr) or statement.body[0].value is not calls[0]:
        raise PatchError("the call of set_weights is part of something else")
    source.drop(statement)


EDITORS: dict[type[Remedy], Editor] = {
    DefaultInitializers: _without("_initializer"),
    FreshWeights: _unset,
    RemovePenalties: _without("_regularizer"),
    LeakyRelu: _leaky,
    RemoveWeightDecay: _settings,
    RemoveClipping: _settings,
    ClipGradients: _settings,
    OptimizerDefaults: _settings,
    SetBatchSize: _batch,
    RemoveCallback: _callback,
}
