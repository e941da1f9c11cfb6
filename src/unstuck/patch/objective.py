"""Edits of the objective: the loss with its output, what stands after the output, its axis."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.model import layer_call
from unstuck.patch.source import Editor, Source, argument, remove_argument, set_argument
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import RemoveLayer, SoftmaxAxis, UseLoss
from unstuck.remedy import Remedy


def _loss(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """The argument of ``compile``, whatever stands there; and the output's activation."""
    assert isinstance(remedy, UseLoss)
    compiled = source.call(recipe.loss.place, "compile")
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
    """Out of a list of layers, out of a chain of calls, or with the statement that adds it."""
    assert isinstance(remedy, RemoveLayer)
    call = layer_call(source, recipe, _named(recipe, remedy.layer))
    outer = source.parent(call)
    if isinstance(outer, cst.Element):
        _without_element(source, outer)
    elif isinstance(outer, cst.Call) and outer.func is call and len(outer.args) == 1:
        _without_call(source, outer)
    elif isinstance(outer, cst.Arg) and _adds(source, source.parent(outer)):
        source.drop(source.statement(call))
    else:
        raise PatchError(f"{remedy.layer} is not put into the model where it is made")


def _without_element(source: Source, element: cst.Element) -> None:
    around = source.parent(element)
    elements = list(getattr(around, "elements", ()))
    index = elements.index(element)
    if index:
        start = source.span(elements[index - 1].value)[1]
        source.cut(start, source.span(element.value)[1])
    elif len(elements) > 1:
        source.cut(source.span(element.value)[0], source.span(elements[1].value)[0])
    else:
        raise PatchError("it is the only layer of its list")


def _without_call(source: Source, outer: cst.Call) -> None:
    given = source.code(outer.args[0].value)
    assign = source.parent(outer)
    targets = assign.targets if isinstance(assign, cst.Assign) else ()
    if [source.code(t.target) for t in targets] == [given]:
        source.drop(source.statement(outer))
    else:
        source.replace(outer, given)


def _adds(source: Source, outer: cst.CSTNode | None) -> bool:
    method = outer.func if isinstance(outer, cst.Call) else None
    return isinstance(method, cst.Attribute) and method.attr.value == "add"


def _axis(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, SoftmaxAxis)
    call = layer_call(source, recipe, _named(recipe, remedy.layer))
    set_argument(source, call, "axis", 0, "-1")


def _named(recipe: Recipe, name: str) -> Layer:
    found = [x for x in recipe.model.layers if x.name == name]
    if not found:
        raise PatchError(f"no layer has the name {name}")
    return found[0]


EDITORS: dict[type[Remedy], Editor] = {
    UseLoss: _loss,
    RemoveLayer: _removed,
    SoftmaxAxis: _axis,
}
