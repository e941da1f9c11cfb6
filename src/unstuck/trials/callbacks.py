"""Which callbacks steer a training, and which of those the compiled loop has."""

from __future__ import annotations

from unstuck.errors import Unsupported
from unstuck.recipe import HARMLESS, Recipe

COMPILED = frozenset({"EarlyStopping", "ReduceLROnPlateau", "LearningRateScheduler"})
LOSSES = (None, "loss", "val_loss")


def steers(recipe: Recipe) -> bool:
    """Whether a callback steers the training."""
    return bool(set(recipe.fit.callbacks) - HARMLESS)


def by_metrics(recipe: Recipe) -> bool:
    """Whether a callback looks at more than losses."""
    configs = recipe.fit.callback_configs.values()
    return any(config.get("monitor") not in LOSSES for config in configs)


def refuse_others(recipe: Recipe) -> None:
    """Pass where lanes can be steered by every callback that steers.

    Raises:
        Unsupported: one is of another kind, or looks at a metric of the training rows, of which
            the loop keeps none.
    """
    others = set(recipe.fit.callbacks) - HARMLESS - COMPILED
    if others:
        raise Unsupported(f"the callback {sorted(others)[0]} steers the training")
    for name, config in recipe.fit.callback_configs.items():
        monitor = config.get("monitor")
        if monitor not in LOSSES and not str(monitor).startswith("val_"):
            raise Unsupported(f"the callback {name} steers by {monitor} of the training rows")
