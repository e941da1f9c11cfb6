"""Remedies of the training: rate, schedule, optimizer, length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from unstuck.errors import RemedyError
from unstuck.recipe import Optimizer, Recipe
from unstuck.remedy import Reach, Remedy

ADAM_RATE = 0.001  # the default of Keras, after Kingma & Ba 2015


def _with_rate(optimizer: Optimizer, rate: float) -> Optimizer:
    config: dict[str, Any] = dict(optimizer.config)
    config["config"] = {**config["config"], "learning_rate": rate}
    return replace(optimizer, config=config, learning_rate=rate, schedule=None)


@dataclass(frozen=True)
class ConstantRate(Remedy):
    """The schedule's initial rate, or that to which it warms up, kept to the end."""

    name = "constant-rate"
    slot = "rate"
    reach = Reach.SETTING

    def apply(self, recipe: Recipe) -> Recipe:
        if recipe.optimizer.schedule is None:
            raise RemedyError("the learning rate has no schedule")
        return replace(recipe, optimizer=_with_rate(recipe.optimizer, recipe.optimizer.peak))

    def describe(self) -> str:
        return "keep the learning rate constant"


@dataclass(frozen=True)
class SetRate(Remedy):
    """Another constant learning rate, to three digits."""

    rate: float
    name = "set-rate"
    slot = "rate"
    reach = Reach.SETTING
    order = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", float(f"{self.rate:.3g}"))

    @property
    def label(self) -> str:
        return f"{self.name} {self.rate:g}"

    def apply(self, recipe: Recipe) -> Recipe:
        return replace(recipe, optimizer=_with_rate(recipe.optimizer, self.rate))

    def describe(self) -> str:
        return f"set the learning rate to {self.rate:g}"


@dataclass(frozen=True)
class UseAdam(Remedy):
    """Adam at its default rate in place of another optimizer."""

    name = "use-adam"
    slot = "optimizer"
    reach = Reach.SETTING

    def apply(self, recipe: Recipe) -> Recipe:
        if recipe.optimizer.name == "Adam":
            raise RemedyError("the optimizer is Adam already")
        config = {
            "module": "keras.optimizers",
            "class_name": "Adam",
            "config": {"learning_rate": ADAM_RATE},
            "registered_name": None,
        }
        optimizer = Optimizer("Adam", config, ADAM_RATE, None, recipe.optimizer.place)
        return replace(recipe, optimizer=optimizer)

    def describe(self) -> str:
        return "use Adam"


@dataclass(frozen=True)
class TrainLonger(Remedy):
    """``factor`` times as many epochs."""

    factor: int = 10
    name = "train-longer"
    slot = "epochs"
    reach = Reach.EFFORT

    def apply(self, recipe: Recipe) -> Recipe:
        fit = replace(recipe.fit, epochs=recipe.fit.epochs * self.factor)
        return replace(recipe, fit=fit)

    def describe(self) -> str:
        return f"train {self.factor} times as many epochs"


class TrainAtAll(TrainLonger):
    """As many epochs as make a training of what was a handful of updates: not more effort than
    others take, but a setting that is wrong."""

    name = "train-at-all"
    reach = Reach.SETTING
