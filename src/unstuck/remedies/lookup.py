"""Remedies of what stands between the rows and the first layer that learns from them: the table
of an embedding, its mask, a scaling too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Recipe
from unstuck.remedies._edit import with_layers
from unstuck.remedy import Reach, Remedy


@dataclass(frozen=True)
class ResizeEmbedding(Remedy):
    """An embedding with ``rows`` rows, so that every id has one of its own."""

    layer: str
    rows: int
    name = "resize-embedding"
    slot = "embedding-rows"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        return _of_layer(recipe, self.layer, "Embedding", {"input_dim": self.rows})

    def describe(self) -> str:
        return f"give the embedding {self.rows:,} rows, one for every id"


@dataclass(frozen=True)
class MaskPadding(Remedy):
    """An embedding that masks id 0, so that the layers after it skip the padding."""

    layer: str
    name = "mask-padding"
    slot = "padding"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        return _of_layer(recipe, self.layer, "Embedding", {"mask_zero": True})

    def describe(self) -> str:
        return "mask the padding"


@dataclass(frozen=True)
class DropRescaling(Remedy):
    """A Rescaling layer that leaves its inputs as they are."""

    layer: str
    name = "drop-rescaling"
    slot = "rescaling"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        return _of_layer(recipe, self.layer, "Rescaling", {"scale": 1.0, "offset": 0.0})

    def describe(self) -> str:
        return "leave out the rescaling inside the model: the rows are scaled already"


def _of_layer(recipe: Recipe, name: str, kind: str, changes: dict[str, Any]) -> Recipe:
    """The recipe with other settings of one layer, that the model's own configuration names.

    Raises:
        RemedyError: there is no such layer, or it stands inside another model.
    """
    entries = recipe.model.config.get("config", {}).get("layers", ())
    if name not in {entry["config"].get("name") for entry in entries}:
        raise RemedyError(f"the layer {name} stands inside another model")
    return with_layers(recipe, lambda x: changes if (x.name, x.kind) == (name, kind) else {})
