"""Remedies of what stands between the rows and the first layer that learns from them: the table
of an embedding, its ids, its mask, a scaling too many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Recipe
from unstuck.remedies._edit import extended, with_layers
from unstuck.remedy import Reach, Remedy
from unstuck.transform import Scale

ROUNDING = 1e-6  # a few times what single precision loses


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


@dataclass(frozen=True)
class AdaptNormalization(Remedy):
    """A Normalization layer, the first that changes the inputs, with the mean and the variance of
    each feature that it is given."""

    layer: str
    name = "adapt-normalization"
    slot = "inputs"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        adapted = [x for x in recipe.model.layers if x.kind == "Normalization"]
        if [x.name for x in adapted] != [self.layer] or len(recipe.data.inputs) != 1:
            raise RemedyError(f"{self.layer} is not the only one that is adapted to the rows")
        if {*recipe.model.given} - {*adapted[0].owns}:
            raise RemedyError("the model carries weights that the program set")
        unit = Scale.to_unit(recipe.trained_inputs()[0])
        variance = [spread**2 for spread in unit.spread]
        settings = {"axis": -1, "mean": list(unit.offset), "variance": variance}
        changed = _of_layer(recipe, self.layer, "Normalization", settings)
        # Numbers that are given are no weights, so that those of the others move up.
        return replace(changed, model=replace(changed.model, weights=(), given=(), drawn=()))

    def describe(self) -> str:
        return f"let {self.layer} scale each feature by its own mean and variance"


@dataclass(frozen=True)
class UnscaleIds(Remedy):
    """The ids that an embedding looks up as the whole numbers that they were: ``factor`` times what
    the program gives, of its inputs that at ``place``."""

    factor: int
    place: int = 0
    name = "unscale-ids"
    slot = "inputs"
    reach = Reach.CORRECTION

    @property
    def exact(self) -> float:
        """The factor, and a little more: what rounding took from a whole number must not make it
        the one below."""
        return self.factor * (1 + ROUNDING)

    def apply(self, recipe: Recipe) -> Recipe:
        scale = Scale((0.0,), (1 / self.exact,))
        steps = [scale if i == self.place else None for i in range(len(recipe.data.inputs))]
        return replace(recipe, before=extended(recipe.before, steps))

    def describe(self) -> str:
        return f"look up the ids themselves, {self.factor:,} times the numbers given"


def _of_layer(recipe: Recipe, name: str, kind: str, changes: dict[str, Any]) -> Recipe:
    """The recipe with other settings of one layer, that the model's own configuration names.

    Raises:
        RemedyError: there is no such layer, or it stands inside another model.
    """
    entries = recipe.model.config.get("config", {}).get("layers", ())
    if name not in {entry["config"].get("name") for entry in entries}:
        raise RemedyError(f"the layer {name} stands inside another model")
    return with_layers(recipe, lambda x: changes if (x.name, x.kind) == (name, kind) else {})
