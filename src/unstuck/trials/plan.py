"""The plan: which arms share one program and train side by side, and when they are looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from unstuck.errors import RemedyError
from unstuck.recipe import HARMLESS, Layer, Recipe
from unstuck.remedy import apply_all
from unstuck.trial import Arm, ArmResult, Ending, Outcome
from unstuck.trials.callbacks import by_metrics

DATA_BYTES = 512 * 2**20
LANE_BYTES = 2 * 2**30
SMALL_STEP = 40_000  # multiplications; measured: above, a library's products are faster


def checkpoints(steps: int, count: int = 24) -> tuple[int, ...]:
    """Step numbers at which trials are looked at: dense early, where most is decided, and
    the last step always among them."""
    if steps <= 0:
        return ()
    first = max(1, steps // 500)
    points = np.unique(np.round(np.geomspace(first, steps, count)).astype(int))
    return tuple(int(p) for p in points)


@dataclass(frozen=True)
class Group:
    """Arms that lower to one program, with the recipes they make; trained side by side."""

    arms: tuple[Arm, ...]
    recipes: tuple[Recipe, ...]


def grouped(recipe: Recipe, arms: Sequence[Arm]) -> tuple[list[Group], list[ArmResult]]:
    """Arms by the program they lower to, and failures for those whose remedies do not apply.

    A group is cut where its data, laid out once for each arm, would exceed ``DATA_BYTES``, or
    its trials ``LANE_BYTES``.
    """
    groups: dict[Any, list[tuple[Arm, Recipe]]] = {}
    failures = []
    for arm in arms:
        try:
            changed = apply_all(recipe, arm.remedies)
        except RemedyError as error:
            failures.append(failed(arm, str(error)))
            continue
        same = program_key(changed), data_key(recipe, changed), _given(changed)
        key = *same, arm.seeds, arm.steps
        groups.setdefault(key, []).append((arm, changed))
    parts = [part for group in groups.values() for part in _cut(group)]
    return [Group(*map(tuple, zip(*part, strict=True))) for part in parts], failures


def _given(recipe: Recipe) -> tuple[object, ...]:
    """Which of its weights a program brings along: arms of one group begin alike."""
    return recipe.model.warm, recipe.model.given, tuple(w.shape for w in recipe.model.weights)


def _cut(group: list[tuple[Arm, Recipe]]) -> list[list[tuple[Arm, Recipe]]]:
    arm, recipe = group[0]
    size = sum(x.nbytes for x in (*recipe.data.inputs, *recipe.data.targets))
    by_data = DATA_BYTES // max(size, 1)
    count = max(1, min(by_data, lanes_that_fit(recipe) // max(len(arm.seeds), 1)))
    return [group[i : i + count] for i in range(0, len(group), count)]


def lanes_that_fit(recipe: Recipe) -> int:
    """How many trials of a recipe can be trained side by side within ``LANE_BYTES``.

    A trial holds four numbers for each weight (itself, its gradient, and two moments of the
    optimizer), and for each row of a batch what every layer gives, forward and back.
    """
    layers = recipe.model.layers
    weights = 4 * sum(layer.parameters for layer in layers)
    given = sum(prod(n or 1 for n in layer.output_shape) for layer in layers)
    numbers = weights + 2 * given * min(recipe.fit.batch_size, recipe.data.rows)
    return max(1, LANE_BYTES // (4 * max(numbers, 1)))


def is_small(recipe: Recipe) -> bool:
    """Whether a training step of one lane is so few multiplications that calling costs more."""
    rows = min(recipe.fit.batch_size, recipe.data.rows)
    return rows * sum(_multiplications(layer) for layer in recipe.model.layers) <= SMALL_STEP


def _multiplications(layer: Layer) -> int:
    """About how many a row takes: every weight once at each place of the output."""
    places = prod(n or 1 for n in layer.output_shape[:-1])
    return layer.parameters * places


def in_few_sizes(lanes: int) -> int:
    """The next larger of few sizes: 8, 10, 12, 14, 16, 20, ..., a quarter more at the most."""
    step = 2 ** max(1, (max(lanes, 2) - 1).bit_length() - 3)
    return max(8, -(-lanes // step) * step)


def program_key(recipe: Recipe) -> str:
    """A digest of everything that decides the compiled program, and of nothing else."""
    optimizer = dict(recipe.optimizer.config)
    if recipe.optimizer.schedule is None:
        optimizer["config"] = {**optimizer["config"], "learning_rate": None}
    one = recipe.data.take(slice(0, 1))
    arrays = (*recipe.trained_inputs(one), *recipe.trained_targets(one))
    # JAX computes in single precision, whatever the precision of the rows.
    shapes = [(x.shape, x.dtype.str.replace("8", "4")) for x in arrays]
    loss = (recipe.loss.name, recipe.loss.pickled, recipe.loss.weights)
    metrics = recipe.compiled.metrics if by_metrics(recipe) else b""
    steering = recipe.obstacle, metrics, *(n for n in recipe.fit.callbacks if n not in HARMLESS)
    parts = (recipe.model.config, loss, optimizer, recipe.optimizer.undecayed, shapes, steering)
    return hashlib.sha256(repr((parts, recipe.fit.batch_size)).encode()).hexdigest()


def data_key(recipe: Recipe, changed: Recipe) -> str:
    """A digest of rows, weights and order where a remedy has changed them, else empty: arms of one
    group share them."""
    order = changed.fit.shuffle, changed.data.feed
    if changed.data is recipe.data:
        return "" if changed.fit.shuffle == recipe.fit.shuffle else repr(order)
    found = hashlib.sha256(repr(order).encode())
    data = changed.data
    weights = () if data.weights is None else (data.weights,)
    for values in (*data.inputs, *data.targets, *weights, *data.output_weights):
        found.update(repr((values.shape, values.dtype)).encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def failed(arm: Arm, message: str) -> ArmResult:
    """The result of an arm that could not be run."""
    outcomes = tuple(
        Outcome(seed, Ending.FAILED, 0, float("nan"), message=message) for seed in arm.seeds
    )
    return ArmResult(arm, outcomes, message=message)
