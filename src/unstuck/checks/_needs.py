"""What a recipe must have for a check to apply to it at all, where that is more than a training.

A check that finds nothing has passed; one whose need is not met had nothing to look at, which is
another thing to say. Only needs that are plain to see stand here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from unstuck.checks._base import Check
from unstuck.checks._task import RECURRENT, is_regression, numbers
from unstuck.recipe import Feed, Recipe


def _has(*kinds: str) -> Callable[[Recipe], bool]:
    return lambda recipe: any(part in x.kind for x in recipe.model.layers for part in kinds)


def _activates(*names: str) -> Callable[[Recipe], bool]:
    return lambda recipe: any(x.activation in names for x in recipe.model.layers)


def _drops(recipe: Recipe) -> bool:
    steps = any(x.config.get("dropout") or x.config.get("recurrent_dropout")
                for x in recipe.model.layers)  # fmt: skip
    return steps or _has("Dropout", "Noise")(recipe)


NEEDS: dict[str, tuple[Callable[[Recipe], bool], str]] = {
    "it has no embedding": (
        _has("Embedding"),
        "floats-into-embedding token-out-of-range unmasked-padding",
    ),
    "it has no recurrent layer": (
        _has(*RECURRENT),
        "misread-sequence single-step-recurrence",
    ),
    "it has no batch normalisation": (
        _has("BatchNormalization"),
        "batch-norm-single-sample lagging-batch-norm",
    ),
    "it has no dropout and no noise": (_drops, "dropout-on-output excessive-dropout"),
    "it has no softmax": (_activates("softmax"), "single-unit-softmax softmax-for-multilabel"),
    "it has no rectified layer": (_activates("relu", "relu6"), "dead-relu"),
    "it is no regression": (
        lambda recipe: is_regression(recipe) or bool(numbers(recipe)),
        "accuracy-for-regression relu-output skewed-targets unscaled-targets",
    ),
    "it is a regression": (
        lambda recipe: not is_regression(recipe),
        "imbalanced-classes signed-labels binary-loss-for-multiclass softmax-for-multilabel",
    ),
    "it has no validation data": (
        lambda recipe: recipe.validation is not None,
        "leaked-validation tail-validation-split",
    ),
    "it makes no batches of its own": (
        lambda recipe: recipe.data.feed is Feed.BATCHES,
        "aliased-batches stuck-generator",
    ),
    "it weighs no rows": (lambda recipe: recipe.data.weights is not None, "zeroed-weights"),
    "it has no callbacks": (lambda recipe: bool(recipe.fit.callbacks), "premature-stopping"),
    "its source is not at hand": (
        lambda recipe: bool(recipe.source),
        "mismatched-decoding misleading-metric reset-optimizer stale-trainable "
        "unused-preprocessing",
    ),
}


@cache
def _by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for reason, (_, names) in NEEDS.items():
        for name in names.split():
            found.setdefault(name, []).append(reason)
    return found


def lacks(check: Check, recipe: Recipe) -> str:
    """Why a check has nothing to look at in this recipe; empty where it has."""
    reasons = _by_name().get(check.name, ())
    return next((reason for reason in reasons if not NEEDS[reason][0](recipe)), "")
