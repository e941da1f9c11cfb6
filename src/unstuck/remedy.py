"""A remedy: one single change of a recipe, as a value.

The set is closed and small (the folder ``remedies`` holds it); many checks share one remedy.
A remedy is a frozen dataclass, so two findings that ask for the same change hold equal
remedies, and a set of them with a seed and a budget defines a trial.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar

from unstuck.errors import RemedyError
from unstuck.recipe import Recipe


class Reach(IntEnum):
    """How far a remedy reaches into a program. Of two cures of one size, the one that reaches
    less far is the smaller: a wrong thing put right before a setting, a setting before more
    of everything."""

    CORRECTION = 0  # the program says something that it cannot mean
    SCALE = 1
    SETTING = 2
    STRUCTURE = 3
    EFFORT = 4
    REPLACEMENT = 5  # another program, which says little of this one


class Remedy(ABC):
    """One change. Remedies with the same ``slot`` exclude one another: the later in a set
    of alternatives replaces the earlier. Sets of remedies are applied in order of ``order``."""

    name: ClassVar[str]
    slot: ClassVar[str]
    reach: ClassVar[Reach]
    order: ClassVar[int] = 0

    @abstractmethod
    def apply(self, recipe: Recipe) -> Recipe:
        """The recipe with this one change.

        Raises:
            RemedyError: the recipe has nothing that this remedy could change.
        """

    @property
    def label(self) -> str:
        """The name, with what tells this remedy from others of its kind."""
        return self.name

    @property
    def code(self) -> str:
        """What to write where the change cannot be made in the source; empty where words do."""
        return ""

    def by_hand(self) -> str:
        """The change for people to make: words, and the code if there is some."""
        return f"{self.describe()}\n\n{self.code}" if self.code else self.describe()

    @abstractmethod
    def describe(self) -> str:
        """The change in the imperative, a few words: "scale the targets to unit variance"."""


def apply_all(recipe: Recipe, remedies: Iterable[Remedy]) -> Recipe:
    """The recipe with every remedy applied, in their own order.

    Raises:
        RemedyError: one of them does not apply.
    """
    for remedy in sorted(remedies, key=lambda r: (r.order, r.name)):
        recipe = remedy.apply(recipe)
    return recipe


def applies(recipe: Recipe, remedies: Iterable[Remedy]) -> bool:
    """Whether each of them finds something to change."""
    try:
        apply_all(recipe, remedies)
    except RemedyError:
        return False
    return True
