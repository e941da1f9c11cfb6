"""Remedies of the rows: their order, and what each of them weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from unstuck.errors import RemedyError
from unstuck.recipe import Array, Data, Feed, Recipe, Reshape, stand_in
from unstuck.remedies._edit import extended
from unstuck.remedy import Reach, Remedy
from unstuck.transform import Axes

LEAK = 0.05  # of the validation rows in the training set; a few equal rows are chance


@dataclass(frozen=True)
class ShuffleRows(Remedy):
    """Rows in another order each epoch; before that, the rows that ``validation_split`` takes
    from the end are mixed with the others."""

    name = "shuffle-rows"
    slot = "order"
    reach = Reach.CORRECTION
    order = -3

    def apply(self, recipe: Recipe) -> Recipe:
        fit, data = recipe.fit, recipe.data
        mixes = fit.validation_split > 0 and recipe.validation is not None
        if fit.shuffle and data.feed is Feed.ARRAYS and not mixes:
            raise RemedyError("the rows are shuffled as it is")
        rows, validation = _mixed(recipe) if mixes else (data, recipe.validation)
        own = rows if rows.feed is Feed.ARRAYS else replace(rows, feed=Feed.ARRAYS)
        return replace(recipe, data=own, validation=validation, fit=replace(fit, shuffle=True))

    def describe(self) -> str:
        return "shuffle the rows, before any are split off and in every epoch"


def _mixed(recipe: Recipe) -> tuple[Data, Data]:
    """Rows to train on, as many as before, and rows to validate by, both drawn from all that do
    not judge trials.

    Raises:
        RemedyError: trials are not judged by the validation rows, but by training rows.
    """
    data, (_, spare) = recipe.data, recipe.set_apart() or (None, None)
    if spare is None or _known(data, spare) > LEAK:
        raise RemedyError("the validation rows are too few, or equal to training rows")
    order = np.random.default_rng(0).permutation(data.rows + spare.rows)
    whole = replace(
        data,
        inputs=_joined(data.inputs, spare.inputs),
        targets=_joined(data.targets, spare.targets),
        weights=_weights(data, spare),
        output_weights=_joined(data.output_weights, spare.output_weights),
    )
    return whole.take(order[: data.rows]), whole.take(order[data.rows :])


def _joined(first: tuple[Array, ...], second: tuple[Array, ...]) -> tuple[Array, ...]:
    return tuple(np.concatenate(pair) for pair in zip(first, second, strict=True))


def _weights(first: Data, second: Data) -> Array | None:
    if first.weights is None or second.weights is None:
        return None
    return np.concatenate([first.weights, second.weights])


def _known(data: Data, others: Data) -> float:
    """The share of other rows that stand in the data too."""
    return float(stand_in(data.inputs, others.inputs).mean())


@dataclass(frozen=True)
class MoveAxes(Remedy):
    """Axes moved as a transposition does it, where the program reshaped."""

    name = "move-axes"
    slot = "axes"
    reach = Reach.CORRECTION
    order = -3

    def apply(self, recipe: Recipe) -> Recipe:
        found = [
            next((r for r in recipe.data.reshapes if made_of(r, x)), None)
            for x in recipe.data.inputs
        ]
        if not any(found):
            raise RemedyError("no rows were reshaped, each by itself, to the shape of an input")
        steps = [None if r is None else Axes(r.sizes, r.order[1:]) for r in found]
        return replace(recipe, before=extended(recipe.before, steps))

    def describe(self) -> str:
        return "move the axes with transpose, where reshape renames them"


def made_of(reshape: Reshape, rows: Array) -> bool:
    """Whether an array can be of rows that a reshape made, each of one row."""
    alone = bool(reshape.order) and not reshape.mixes_rows
    return alone and rows.shape[1:] == reshape.made[1:]


@dataclass(frozen=True)
class EqualWeights(Remedy):
    """Every row weighs the same."""

    name = "equal-weights"
    slot = "weights"
    reach = Reach.CORRECTION

    def apply(self, recipe: Recipe) -> Recipe:
        data = recipe.data
        if data.weights is None and not data.output_weights:
            raise RemedyError("the rows are not weighed")
        return replace(recipe, data=replace(data, weights=None, output_weights=()))

    def describe(self) -> str:
        return "train without class and sample weights"


@dataclass(frozen=True)
class BalanceClasses(Remedy):
    """Rows weighed so that each class counts as much as another; ``weights`` are those of the
    classes, in the order of their labels."""

    weights: tuple[float, ...]
    name = "balance-classes"
    slot = "weights"
    reach = Reach.SETTING

    def apply(self, recipe: Recipe) -> Recipe:
        data = recipe.data
        if data.output_weights or len(data.targets) != 1:
            raise RemedyError("fit takes class weights for one output only")
        y = data.targets[0]
        wide = y.ndim > 1 and y.shape[-1] > 1
        codes = y.argmax(axis=-1) if wide else y.reshape(len(y)).astype(np.int64)
        if codes.ndim != 1 or codes.min() < 0 or codes.max() >= len(self.weights):
            raise RemedyError("the targets are not classes numbered from 0")
        weights = np.asarray(self.weights, dtype=np.float32)[codes]
        return replace(recipe, data=replace(data, weights=weights))

    def describe(self) -> str:
        return "weigh the classes so that each counts the same"
