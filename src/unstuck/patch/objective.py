"""Edits of the objective: the loss with its output, what stands after the output, its axis."""

from __future__ import annotations

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, remove_argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.patch.standing import layer_call, named_call, take_out
from unstuck.recipe import Recipe
from unstuck.remedies import RemoveLayer, SoftmaxAxis, UseLoss
from unstuck.remedy import Remedy


def _loss(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """The argument of ``compile``, whatever stands there; and the output's activation."""
    assert isinstance(remedy, UseLoss)
    compiled = source.compile(recipe)
    if argument(compiled, "loss", 1) is None:
        raise PatchError("compile is not given a loss")
    set_argument(source, compiled, "loss", 1, f'"{remedy.loss}"')
    head = recipe.model.output_layer
    if not remedy.activation or cured.model.output_layer.activation == head.activation:
        return
    call = layer_call(source, recipe, head)
    given = argument(call, "activation", 1)
    if remedy.activation == "linear" and given is not None:
        remove_argument(source, call, given)
    else:
        set_argument(source, call, "activation", 1, f'"{remedy.activation}"')


def _removed(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, RemoveLayer)
    take_out(source, recipe, remedy.layer)


def _axis(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, SoftmaxAxis)
    call = named_call(source, recipe, remedy.layer)
    set_argument(source, call, "axis", 0, "-1")


EDITORS: dict[type[Remedy], Editor] = {
    UseLoss: _loss,
    RemoveLayer: _removed,
    SoftmaxAxis: _axis,
}
