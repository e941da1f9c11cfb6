"""Edits of the layers that the rows meet first: embeddings, and scalings."""

from __future__ import annotations

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.patch.standing import named_call, put_first, take_out
from unstuck.recipe import Recipe
from unstuck.remedies import (
    AdaptNormalization,
    DropRescaling,
    MaskPadding,
    ResizeEmbedding,
    UnscaleIds,
)
from unstuck.remedy import Remedy


def _resized(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, ResizeEmbedding)
    call = named_call(source, recipe, remedy.layer)
    set_argument(source, call, "input_dim", 0, str(remedy.rows))


def _masked(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, MaskPadding)
    call = named_call(source, recipe, remedy.layer)
    set_argument(source, call, "mask_zero", None, "True")


def _unscaled(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """Take the layer out where it stands in a list, is added, or is called; one that gives the
    shape of the input as well stays, and leaves the numbers as they are."""
    assert isinstance(remedy, DropRescaling)
    call = named_call(source, recipe, remedy.layer)
    if argument(call, "input_shape") is None and argument(call, "batch_input_shape") is None:
        take_out(source, recipe, remedy.layer)
        return
    set_argument(source, call, "scale", 0, "1.0")
    if (offset := argument(call, "offset", 1)) is not None:
        source.replace(offset.value, "0.0")


def _whole(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """By a layer of the model, so that every prediction reads its ids alike."""
    assert isinstance(remedy, UnscaleIds)
    if len(recipe.data.inputs) != 1:
        raise PatchError("the model has several inputs")
    keras = source.module_name("keras", "keras")
    put_first(source, recipe, f"{keras}.layers.Rescaling({remedy.exact:.10g})")


def _by_feature(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """The program adapts the layer by itself, where it does so to each feature."""
    assert isinstance(remedy, AdaptNormalization)
    call = named_call(source, recipe, remedy.layer)
    given = argument(call, "axis", 0)
    if given is None or source.code(given.value) != "None":
        raise PatchError(f"{remedy.layer} is adapted to other rows than fit is given")
    source.replace(given.value, "-1")


EDITORS: dict[type[Remedy], Editor] = {
    ResizeEmbedding: _resized,
    MaskPadding: _masked,
    DropRescaling: _unscaled,
    UnscaleIds: _whole,
    AdaptNormalization: _by_feature,
}
