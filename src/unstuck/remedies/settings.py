"""Remedies of settings: of the optimizer, of the batches, of what ends a training."""

from __future__ import annotations

from dataclasses import dataclass, replace

from unstuck.errors import RemedyError
from unstuck.recipe import Feed, Recipe, numbered
from unstuck.remedies._edit import with_settings
from unstuck.remedy import Reach, Remedy

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
MOMENTUM = 0.9  # usual since Sutskever et al. 2013
# What Keras's optimizers take where nothing is said, after the papers that each comes from.
DEFAULTS: dict[str, dict[str, float]] = {
    "SGD": {"momentum": MOMENTUM},
    "RMSprop": {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7},
    "Adagrad": {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
    "Adadelta": {"rho": 0.95, "epsilon": 1e-7},
    "Lion": {"beta_1": 0.9, "beta_2": 0.99},
    **{
        name: {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
        for name in ("Adam", "AdamW", "Nadam", "Adamax", "Lamb")
    },
}


@dataclass(frozen=True)
class RemoveClipping(Remedy):
    """Gradients as they are."""

    name = "remove-clipping"
    slot = "clipping"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        given = recipe.optimizer.settings
        if not any(given.get(name) for name in CLIPPING):
            raise RemedyError("the optimizer clips no gradients")
        changes = {name: None for name in CLIPPING if given.get(name)}
        return replace(recipe, optimizer=with_settings(recipe.optimizer, changes))

    def describe(self) -> str:
        return "leave the gradients unclipped"


@dataclass(frozen=True)
class ClipGradients(Remedy):
    """All gradients together scaled down to ``norm`` where larger (Pascanu et al. 2013)."""

    norm: float = 1.0
    name = "clip-gradients"
    slot = "clipping"
    reach = Reach.SETTING

    def apply(self, recipe: Recipe) -> Recipe:
        if any(recipe.optimizer.settings.get(name) for name in CLIPPING):
            raise RemedyError("the optimizer clips gradients already")
        changes = {"global_clipnorm": self.norm}
        return replace(recipe, optimizer=with_settings(recipe.optimizer, changes))

    def describe(self) -> str:
        return f"clip the gradients to a norm of {self.norm:g}"


@dataclass(frozen=True)
class OptimizerDefaults(Remedy):
    """Usual values for the optimizer's settings that are named."""

    names: tuple[str, ...]
    name = "optimizer-defaults"
    slot = "optimizer-settings"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        usual: dict[str, float | None] = {**DEFAULTS.get(recipe.optimizer.name, {})}
        usual["gradient_accumulation_steps"] = None
        given = recipe.optimizer.settings
        changes = {n: usual[n] for n in self.names if n in usual and given.get(n) != usual[n]}
        if not changes:
            raise RemedyError("the optimizer has its usual settings")
        return replace(recipe, optimizer=with_settings(recipe.optimizer, changes))

    def describe(self) -> str:
        return f"give the optimizer its usual {', '.join(self.names)}"


@dataclass(frozen=True)
class SetBatchSize(Remedy):
    """Batches of another size, over as many epochs."""

    size: int
    name = "set-batch-size"
    slot = "batch-size"
    reach = Reach.SETTING

    @property
    def label(self) -> str:
        return f"{self.name} {self.size}"

    def apply(self, recipe: Recipe) -> Recipe:
        if recipe.data.feed is Feed.BATCHES:
            raise RemedyError("the program makes its batches itself")
        if recipe.fit.batch_size == self.size:
            raise RemedyError(f"batches have {self.size} rows already")
        steps = -(-recipe.data.rows // self.size)
        return replace(recipe, fit=replace(recipe.fit, batch_size=self.size, steps_per_epoch=steps))

    def describe(self) -> str:
        return f"train on batches of {self.size} rows"


@dataclass(frozen=True)
class RemoveCallback(Remedy):
    """The training without its callbacks of one class."""

    kind: str
    name = "remove-callback"
    reach = Reach.CORRECTION

    @property
    def slot(self) -> str:  # type: ignore[override]
        return f"callback {self.kind}"

    @property
    def label(self) -> str:
        return f"{self.name} {self.kind}"

    def apply(self, recipe: Recipe) -> Recipe:
        names, configs = recipe.fit.callbacks, recipe.fit.callback_configs
        if self.kind not in names:
            raise RemedyError(f"there is no callback {self.kind}")
        left = tuple(name for name in names if name != self.kind)
        kept = {k: v for k, v in zip(numbered(names), names, strict=True) if v != self.kind}
        settings = {key: configs[key] for key in kept if key in configs}
        fit = replace(recipe.fit, callbacks=left, callback_configs=settings)
        return replace(recipe, fit=fit)

    def describe(self) -> str:
        return f"train without {self.kind}"
