"""How well trained networks compute a function: every row of its domain, and beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isnan
from typing import Any

import jax
import numpy as np

from unstuck.learning.networks import Network
from unstuck.learning.problem import Problem, Right
from unstuck.recipe import Array, Recipe
from unstuck.transform import Bits
from unstuck.trials.build import revived
from unstuck.trials.save import save

Weights = Sequence[Array]
Rows = list[tuple[Array, Array]]
Curve = tuple[tuple[int, float, float], ...]


@dataclass(frozen=True)
class Shown:
    """What a trained network of one seed has shown: the share of the domain that it gets right
    (``inside``), its largest error there (``worst``), the share right beyond the range
    (``outside``, None where it cannot be asked), and its ``curve`` of
    step, training loss and score."""

    seed: int
    inside: float
    worst: float
    outside: float | None
    curve: Curve = ()

    def computes(self, problem: Problem) -> bool:
        """Whether it meets the function's own test."""
        return self.inside >= problem.enough


@dataclass
class Judge:
    """Judges networks of one recipe by what they answer."""

    problem: Problem
    network: Network
    recipe: Recipe

    def shown(self, seed: int, weights: Weights, curve: Curve = ()) -> Shown:
        """What the network with these weights, trainable ones first, gets right."""
        inside, worst = self._share(self._inside, weights, self.problem.right)
        outside = None
        if self.network.carries and self.problem.outside is not None:
            recipe = self._longer if self.network.takes_any_length else self.recipe
            share = self._share(self._beyond, weights, self.problem.outside, recipe)[0]
            outside = None if isnan(share) else share
        return Shown(seed, inside, worst, outside, curve)

    def answers(self, weights: Weights, x: Array, recipe: Recipe | None = None) -> Array:
        """The answers ``(n,)`` for rows ``(n, inputs)``."""
        asked = recipe or self.recipe
        data = replace(asked.data, inputs=(x,))
        inner = asked.trained_inputs(data)[0].astype(np.float32)
        count = len(self._model.trainable_variables)
        outputs = np.asarray(self._predict(list(weights[:count]), list(weights[count:]), inner))
        found: Array = asked.answers((outputs,))[0].reshape(len(x))
        return found

    def saved(self, weights: Weights) -> bytes:
        """The network as a ``.keras`` archive that takes and gives raw numbers."""
        count = len(self._model.trainable_variables)
        return save(self.recipe, (list(weights[:count]), list(weights[count:]), []))

    def _share(
        self,
        chunks: Iterable[tuple[Array, Array]],
        weights: Weights,
        right: Right,
        recipe: Recipe | None = None,
    ) -> tuple[float, float]:
        """The share that is right, not a number where there are no rows, and the worst error."""
        rights, rows, worst = 0, 0, 0.0
        for x, y in chunks:
            if not len(y):
                continue
            errors = np.nan_to_num(np.abs(self.answers(weights, x, recipe) - y), nan=np.inf)
            rights += int((errors <= right.allowed(y)).sum())
            rows += len(y)
            worst = max(worst, float(errors.max()))
        return rights / rows if rows else float("nan"), worst

    @cached_property
    def _inside(self) -> Rows:
        """The rows that judge, with their truth: the same for every seed."""
        return list(self.problem.domain())

    @cached_property
    def _beyond(self) -> Rows:
        return list(self.problem.beyond())

    @cached_property
    def _model(self) -> Any:
        return revived(self.recipe, 0)

    @cached_property
    def _predict(self) -> Any:
        model = self._model
        return jax.jit(lambda trained, others, x: model.stateless_call(trained, others, x)[0])

    @cached_property
    def _longer(self) -> Recipe:
        """The recipe for numbers of as many bits as there are beyond the range."""
        count = self.problem.longest
        before = tuple(
            replace(t, count=count) if isinstance(t, Bits) else t for t in self.recipe.before[0]
        )
        return replace(self.recipe, before=(before,))
