"""The remedy of last resort: another network, made for the function that the samples show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from unstuck.errors import RemedyError
from unstuck.recipe import Forms, Recipe
from unstuck.remedy import Reach, Remedy


@dataclass(frozen=True)
class OtherNetwork(Remedy):
    """Another network with a training of its own, on the same rows.

    ``recipe`` is that training; its data are left out of account. ``text`` is the program that
    trains it, for people.
    """

    network: str
    sentence: str
    recipe: Recipe = field(repr=False, compare=False)
    text: str = field(repr=False, compare=False, default="")
    name = "other-network"
    slot = "network"
    reach = Reach.REPLACEMENT

    @property
    def label(self) -> str:
        return f"{self.name} {self.network}"

    @property
    def steps(self) -> int:
        """Updates of its training."""
        return self.recipe.fit.steps

    @property
    def code(self) -> str:
        return self.text

    def apply(self, recipe: Recipe) -> Recipe:
        if len(recipe.data.inputs) != 1 or len(recipe.data.targets) != 1:
            raise RemedyError("another network is known for one input and one target only")
        own = self.recipe
        return replace(
            recipe,
            model=own.model,
            loss=own.loss,
            optimizer=own.optimizer,
            fit=replace(own.fit, place=recipe.fit.place),
            metrics=(),
            before=own.before,
            after=own.after,
            forms=Forms(),
            compiled=own.compiled,
            obstacle="",
        )

    def describe(self) -> str:
        return f"train another network: {self.sentence}"
