"""Edits of the layers that the rows meet first: embeddings, and scalings."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.model import layer_call
from unstuck.patch.source import Edit, Editor, Source, argument, set_argument
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import DropRescaling, MaskPadding, ResizeEmbedding
from unstuck.remedy import Remedy


def _named(recipe: Recipe, name: str) -> Layer:
    found = [layer for layer in recipe.model.layers if layer.name == name]
    if not found:
        raise PatchError(f"there is no layer {name}")
    return found[0]


def _resized(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, ResizeEmbedding)
    call = layer_call(source, recipe, _named(recipe, remedy.layer))
    set_argument(source, call, "input_dim", 0, str(remedy.rows))


def _masked(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, MaskPadding)
    call = layer_call(source, recipe, _named(recipe, remedy.layer))
    set_argument(source, call, "mask_zero", None, "True")


def _unscaled(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """Take the layer out where it stands in a list, is added, or is called; one that gives the
    shape of the input as well stays, and leaves the numbers as they are."""
    assert isinstance(remedy, DropRescaling)
    call = layer_call(source, recipe, _named(recipe, remedy.layer))
    outer = source.parent(call)
    if argument(call, "input_shape") is not None or argument(call, "batch_input_shape") is not None:
        set_argument(source, call, "scale", 0, "1.0")
        if (offset := argument(call, "offset", 1)) is not None:
            source.replace(offset.value, "0.0")
    elif isinstance(outer, cst.Element):
        _without(source, outer)
    elif isinstance(outer, cst.Call) and outer.func is call and len(outer.args) == 1:
        source.replace(outer, source.code(outer.args[0].value))
    elif isinstance(outer, cst.Arg):
        _without_statement(source, call)
    else:
        raise PatchError(f"{remedy.layer} is not put into the model where it is made")


def _without(source: Source, element: cst.Element) -> None:
    """Take an element out of its list, and with it the line that it stands on alone."""
    start, end = source.span(element.value)
    rest = source.text[end:]
    end += len(rest) - len(rest.lstrip(" ").removeprefix(",").lstrip(" "))
    if source.text[end : end + 1] == "\n" and not source.indent(start).strip():
        start, end = start - len(source.indent(start)), end + 1
    source.edits.append(Edit(start, end, ""))


def _without_statement(source: Source, call: cst.Call) -> None:
    statement = source.statement(call)
    start, end = source.span(statement)
    if not isinstance(source.around(call, cst.Expr), cst.Expr):
        raise PatchError("the layer is made for more than being added to the model")
    stop = source.text.find("\n", end)
    stop = len(source.text) if stop < 0 else stop + 1
    source.edits.append(Edit(start - len(source.indent(start)), stop, ""))


EDITORS: dict[type[Remedy], Editor] = {
    ResizeEmbedding: _resized,
    MaskPadding: _masked,
    DropRescaling: _unscaled,
}
