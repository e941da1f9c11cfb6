"""Layers where they stand in the source: found, put in first or last, and taken out."""

from __future__ import annotations

import re

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, called
from unstuck.patch.source import Source
from unstuck.recipe import Layer, Place, Recipe

REST_OF_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\n")


def maker(source: Source, place: Place | None, name: str) -> cst.Call:
    """The call that makes the layer of a place: of one that is applied at each time, the call
    within ``TimeDistributed``.

    Raises:
        PatchError: no call stands there.
    """
    found = source.call(place, name)
    inner = argument(found, "layer", 0) if called(found) == "TimeDistributed" else None
    return inner.value if inner and isinstance(inner.value, cst.Call) else found


def layer_call(source: Source, recipe: Recipe, layer: Layer) -> cst.Call:
    """The call that makes a layer, and no other one.

    Raises:
        PatchError: several layers are made there (by a loop, say), or the place is not known.
    """
    _alone(recipe, layer)
    return maker(source, layer.place, layer.name)


def _alone(recipe: Recipe, layer: Layer) -> None:
    same = [x for x in recipe.model.layers if x.place == layer.place]
    if len(same) > 1:
        raise PatchError(f"{len(same)} layers are made on line {layer.place and layer.place.line}")


def _placed_call(source: Source, recipe: Recipe, layer: Layer) -> cst.Call:
    """As ``layer_call``, with what is wrapped around the layer."""
    _alone(recipe, layer)
    return source.call(layer.place, layer.name)


def named_call(source: Source, recipe: Recipe, name: str) -> cst.Call:
    """The call that makes the layer of that name; "" is the output.

    Raises:
        PatchError: no layer has the name; or as ``layer_call``.
    """
    layers = {"": recipe.model.output_layer, **{x.name: x for x in recipe.model.layers}}
    if name not in layers:
        raise PatchError(f"no layer has the name {name}")
    return layer_call(source, recipe, layers[name])


def changed_layers(recipe: Recipe, cured: Recipe, setting: str) -> list[Layer]:
    """The layers as captured that have another value of a setting when cured."""
    pairs = zip(recipe.model.layers, cured.model.layers, strict=True)
    return [old for old, new in pairs if old.config.get(setting) != new.config.get(setting)]


def put_first(source: Source, recipe: Recipe, made: str) -> None:
    """Put a layer, the text ``made``, between the input and the first layer of the model."""
    first = next(x for x in recipe.model.layers if x.kind != "InputLayer")
    call = _placed_call(source, recipe, first)
    outer = source.parent(call)
    texts = [*_shape_of_one(source, recipe, call), made]
    if isinstance(outer, cst.Element):
        gap = _gap(source, outer)
        source.insert(source.span(outer)[0], "".join(f"{text},{gap}" for text in texts))
    elif isinstance(outer, cst.Call) and outer.func is call and len(outer.args) == 1:
        given = outer.args[0].value
        source.replace(given, f"{made}({source.code(given)})")
    elif isinstance(outer, cst.Arg):
        adder = _adder(source, outer)
        source.before(source.statement(call), [f"{adder}({text})" for text in texts])
    else:
        raise PatchError(f"{first.name} is not put into the model where it is made")


def _shape_of_one(source: Source, recipe: Recipe, call: cst.Call) -> list[str]:
    """An input for rows of one number each, ``(N,)``, where the first layer declares it: Keras
    makes them columns for a model that knows its input when it is made, and for no other."""
    told = ("input_shape", "input_dim", "batch_input_shape")
    if recipe.data.inputs[0].ndim > 1 or not any(argument(call, name) for name in told):
        return []
    return [f"{source.module_name('keras', 'keras')}.Input((1,))"]


def put_last(source: Source, recipe: Recipe, made: str) -> None:
    """Put a layer, the text ``made``, after the last layer of the model."""
    last = recipe.model.output_layer
    call = _placed_call(source, recipe, last)
    outer = source.parent(call)
    if isinstance(outer, cst.Element):
        source.insert(source.span(outer.value)[1], f",{_gap(source, outer)}{made}")
    elif last.is_operation or (isinstance(outer, cst.Call) and outer.func is call):
        whole = call if last.is_operation or outer is None else outer
        start, end = source.span(whole)
        source.insert(start, f"{made}(")
        source.insert(end, ")")
    elif isinstance(outer, cst.Arg):
        source.after(source.statement(call), [f"{_adder(source, outer)}({made})"])
    else:
        raise PatchError(f"{last.name} is not put into the model where it is made")


def _gap(source: Source, element: cst.Element) -> str:
    """What separates an element of a list from the next: a new line where it begins one."""
    start = source.span(element)[0]
    indent = source.indent(start)
    return f"\n{indent}" if not indent.strip() else " "


def _adder(source: Source, arg: cst.Arg) -> str:
    outer = source.parent(arg)
    method = outer.func if isinstance(outer, cst.Call) else None
    if isinstance(method, cst.Attribute) and method.attr.value == "add":
        return source.code(method)
    raise PatchError("the layer is not added to a model where it is made")


def take_out(source: Source, recipe: Recipe, name: str) -> None:
    """Take a layer out of the model: out of a list of layers, out of a chain of calls, or with the
    statement that adds it."""
    call = named_call(source, recipe, name)
    outer = source.parent(call)
    if isinstance(outer, cst.Element):
        _out_of_list(source, outer)
    elif isinstance(outer, cst.Call) and outer.func is call and len(outer.args) == 1:
        _out_of_chain(source, outer)
    elif isinstance(outer, cst.Arg) and _adds(source.parent(outer)):
        source.drop(source.statement(call))
    else:
        raise PatchError(f"{name} is not put into the model where it is made")


def _out_of_list(source: Source, element: cst.Element) -> None:
    """With its line and the comment on it, where it has lines to itself; else with a comma."""
    elements = list(getattr(source.parent(element), "elements", ()))
    if len(elements) == 1:
        raise PatchError("it is the only layer of its list")
    start, end = source.span(element.value)
    index, indent = elements.index(element), source.indent(start)
    rest = REST_OF_LINE.match(source.text, end)
    if rest and not indent.strip():
        source.cut(start - len(indent), rest.end())
    elif index + 1 < len(elements):
        source.cut(start, source.span(elements[index + 1].value)[0])
    else:
        source.cut(source.span(elements[index - 1].value)[1], end)


def _out_of_chain(source: Source, outer: cst.Call) -> None:
    given = source.code(outer.args[0].value)
    assign = source.parent(outer)
    targets = assign.targets if isinstance(assign, cst.Assign) else ()
    if [source.code(t.target) for t in targets] == [given]:
        source.drop(source.statement(outer))
    else:
        source.replace(outer, given)


def _adds(call: cst.CSTNode | None) -> bool:
    return isinstance(call, cst.Call) and called(call) == "add"
