"""The recipe: one training, described completely and without a framework.

Capture writes it, remedies turn one into another, checks read it, and the trial engine
trains it. Everything in it is plain data (numbers, strings, NumPy arrays, the framework's own
configuration dictionaries) apart from the user's own code, which travels as pickled bytes.

Shapes: ``N`` is the number of rows captured. Input ``i`` is ``(N, *shape_i)``, target ``j``
is ``(N,)`` or ``(N, *shape_j)`` exactly as the program passed it.
"""

from unstuck.recipe.data import Array, Data, Feed, Forms, Reshape
from unstuck.recipe.keys import row_keys, stand_in
from unstuck.recipe.labels import follow_on
from unstuck.recipe.model import OPERATION, Config, Layer, Loose, Model, ModelKind
from unstuck.recipe.place import Place
from unstuck.recipe.recipe import Recipe
from unstuck.recipe.training import (
    BY_HAND,
    HARMLESS,
    Compiled,
    Fit,
    Framework,
    Loss,
    Optimizer,
    numbered,
)

__all__ = [
    "BY_HAND",
    "HARMLESS",
    "OPERATION",
    "Array",
    "Compiled",
    "Config",
    "Data",
    "Feed",
    "Fit",
    "Forms",
    "Framework",
    "Layer",
    "Loose",
    "Loss",
    "Model",
    "ModelKind",
    "Optimizer",
    "Place",
    "Recipe",
    "Reshape",
    "follow_on",
    "numbered",
    "row_keys",
    "stand_in",
]
