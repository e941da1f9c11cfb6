"""Edits of single layers: activations, dropout, normalisation, what is trained, time."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, remove_argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.patch.standing import changed_layers, layer_call
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import (
    BatchNormMomentum,
    DropoutRate,
    HiddenActivation,
    LastAxis,
    LastStep,
    LayerNorm,
    Unfreeze,
)
from unstuck.remedies.graph import merged_linear
from unstuck.remedies.layers import returns_sequences
from unstuck.remedy import Remedy

ACTIVATION_AT = {"Dense": 1}


def _activated(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, HiddenActivation)
    for layer, _ in merged_linear(recipe.model):
        call, at = layer_call(source, recipe, layer), ACTIVATION_AT.get(layer.kind)
        set_argument(source, call, "activation", at, f'"{remedy.activation}"')


def _dropping(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, DropoutRate)
    for setting in ("rate", "dropout", "recurrent_dropout"):
        for layer in changed_layers(recipe, cured, setting):
            call = layer_call(source, recipe, layer)
            given = argument(call, setting, 0 if setting == "rate" else None)
            if given is None or not isinstance(given.value, cst.Float | cst.Integer):
                raise PatchError(f"the dropout of {layer.name} is not given as a number")
            source.replace(given.value, f"{remedy.rate:g}" if remedy.rate else "0.0")


def _forgetting(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, BatchNormMomentum)
    for layer in changed_layers(recipe, cured, "momentum"):
        call = layer_call(source, recipe, layer)
        set_argument(source, call, "momentum", 1, f"{remedy.momentum:g}")


def _by_rows(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    keras = source.module_name("keras", "keras")
    for layer in recipe.model.layers:
        if layer.kind == "BatchNormalization":
            call = layer_call(source, recipe, layer)
            if not source.code(call.func).endswith("BatchNormalization"):
                raise PatchError(f"{layer.name} is made in another way than by its name")
            source.replace(call, f"{keras}.layers.LayerNormalization()")


def _last_axis(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    for layer in changed_layers(recipe, cured, "axis"):
        call = layer_call(source, recipe, layer)
        given = argument(call, "axis", 0)
        if given is None:
            raise PatchError(f"the axis of {layer.name} is not among its arguments")
        source.replace(given.value, "-1")


def _thawed(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """Every ``trainable = False``, and every such argument of a layer, becomes true. A call of
    ``freeze`` or a flag that is a variable is not guessed at."""
    found = [node.value for node in source.all(cst.Assign) if _sets_trainable(node)]
    found += [
        arg.value
        for arg in source.all(cst.Arg)
        if arg.keyword is not None and arg.keyword.value == "trainable"
    ]
    false = [v for v in found if isinstance(v, cst.Name) and v.value == "False"]
    if not false:
        raise PatchError("it is not seen where the layers are frozen")
    for value in false:
        source.replace(value, "True")


def _sets_trainable(node: cst.Assign) -> bool:
    targets = [t.target for t in node.targets]
    return any(isinstance(t, cst.Attribute) and t.attr.value == "trainable" for t in targets)


def _last_step(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """The argument stands in the call of the layer, or of the one in a ``Bidirectional``."""
    for layer in _ending_earlier(recipe, cured):
        outer = layer_call(source, recipe, layer)
        inner = [c for c in source.all(cst.Call) if source.around(c, cst.Call) is outer]
        for call in (outer, *inner):
            given = argument(call, "return_sequences")
            if given is not None:
                remove_argument(source, call, given)
                break
        else:
            raise PatchError(f"return_sequences of {layer.name} is not among its arguments")


def _ending_earlier(recipe: Recipe, cured: Recipe) -> list[Layer]:
    pairs = zip(recipe.model.layers, cured.model.layers, strict=True)
    return [old for old, new in pairs if returns_sequences(old) and not returns_sequences(new)]


EDITORS: dict[type[Remedy], Editor] = {
    HiddenActivation: _activated,
    DropoutRate: _dropping,
    BatchNormMomentum: _forgetting,
    LayerNorm: _by_rows,
    LastAxis: _last_axis,
    Unfreeze: _thawed,
    LastStep: _last_step,
}
