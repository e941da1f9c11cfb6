"""wrong-loss-for-task: a loss of classes on real numbers, or one of numbers on classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import (
    classifier,
    dense,
    integers,
    normal,
    one_hot,
    recipe,
    regression,
    uniform,
)
from unstuck.checks._objective import BINARY, CATEGORICAL, SPARSE, are_ids, one_target
from unstuck.checks._task import (
    TOLERANCE,
    head,
    is_binary,
    is_one_number,
    numbers_compared_as_values,
    output_width,
)
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Recipe, follow_on
from unstuck.remedies import ClassTargets, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

SHARE = 0.01  # of the targets; fewer are slips of rounding
REAL = UseLoss("mean_squared_error", "linear")
TWO = UseLoss("binary_crossentropy", "sigmoid")


def _recipe(y: Array, units: int, activation: str, loss: str) -> Recipe:
    return recipe(normal(len(y), 4), y, [dense(16, "relu"), dense(units, activation)], loss)


class WrongLossForTask(Check):
    name = "wrong-loss-for-task"
    severity = Severity.ERROR
    summary = "A loss of classes on real numbers, or one of real numbers on numbers of classes."
    why = (
        "Cross-entropy reads targets as probabilities or as numbers of classes: above 1 it falls "
        "without end, it cuts 2.7 down to class 2, and over a single unit the categorical one is "
        "always 0. A squared error compares the number of a class with each of the probabilities."
    )
    instead = (
        'loss="mse" and a linear output for real numbers, "binary_crossentropy" and sigmoid for '
        'two classes, "sparse_categorical_crossentropy" and softmax for numbers of classes.'
    )
    false_alarms = (
        "Shares between 0 and 1, such as pixels, under a binary cross-entropy are sound; so is a "
        "squared error on labels of 0 and 1 or one-hot rows, the Brier score, which trains."
    )
    sources = (
        "keras-team/keras#581",
        "measured on Keras 3.15.1, JAX: a binary cross-entropy of -67 and an r2 of -0.02 on real "
        "numbers; a categorical one of 0.0 and no update over one unit; 0.24 right of four classes "
        "under a squared error on their numbers, and 0.93 on their one-hot rows",
    )
    firing = (
        Case(
            "real numbers under binary cross-entropy",
            lambda: _recipe(uniform(0, 50, 200), 1, "sigmoid", "binary_crossentropy"),
        ),
        Case(
            "real numbers as classes",
            lambda: _recipe(uniform(0, 4, 200), 5, "softmax", SPARSE),
        ),
        Case(
            "two classes under categorical cross-entropy, in one unit",
            lambda: _recipe(integers(0, 2, 200, 1), 1, "sigmoid", "categorical_crossentropy"),
        ),
        Case(
            "two classes in one unit, under sparse categorical cross-entropy",
            lambda: _recipe(integers(0, 2, 200), 1, "sigmoid", SPARSE),
        ),
        Case(
            "numbers of classes under a squared error",
            lambda: _recipe(integers(0, 4, 200, 1), 4, "softmax", "mean_squared_error"),
        ),
    )
    silent = (
        Case("pixels", lambda: _recipe(uniform(0, 1, 200, 9), 9, "sigmoid", "binary_crossentropy")),
        Case(
            "one-hot rows under a squared error",
            lambda: _recipe(one_hot(integers(0, 4, 200), 4), 4, "softmax", "mean_squared_error"),
        ),
        Case(
            "labels under a squared error",
            lambda: _recipe(integers(0, 2, 200), 1, "sigmoid", "mean_squared_error"),
        ),
        Case(
            "signs are another fault",
            lambda: _recipe(2 * integers(0, 2, 200) - 1, 1, "sigmoid", "binary_crossentropy"),
        ),
        Case("counts", lambda: _recipe(integers(0, 9, 200), 1, "exponential", "poisson")),
        Case("a regression", regression),
        Case("a classifier", classifier),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        y, units, loss = one_target(recipe), output_width(recipe), recipe.loss
        if y is None or loss.custom:
            return
        if loss.name in CATEGORICAL | {SPARSE} and units == 1 and is_one_number(y):
            if head(recipe).activation != "softmax":  # which has a check of its own
                yield self._one_unit(recipe, y)
        elif loss.name in BINARY:
            yield from self._beyond(recipe, y)
        elif loss.name == SPARSE:
            yield from self._cut(recipe, y)
        elif numbers_compared_as_values(recipe):
            yield self._found(
                recipe,
                f"{loss.name} compares the numbers of {units} classes with each probability",
                {"classes": units or 0},
                UseLoss(SPARSE),
            )

    def _one_unit(self, recipe: Recipe, y: Array) -> Finding:
        what = (
            "0 whatever the one unit says"
            if recipe.loss.name in CATEGORICAL
            else "of several classes"
        )
        low, high = float(y.min()), float(y.max())
        kind: tuple[str, Remedy] = (f"numbers from {low:.4g} to {high:.4g}", REAL)
        if is_binary(y):
            kind = ("labels of 0 and 1", TWO)
        elif are_ids(y):
            kind = (f"{int(high) + 1} classes", ClassTargets())
        return self._found(
            recipe,
            f"{recipe.loss.name} over one unit is {what}, and the targets are {kind[0]}",
            {"units": 1, "target_min": low, "target_max": high},
            kind[1],
        )

    def _beyond(self, recipe: Recipe, y: Array) -> Iterator[Finding]:
        outside = float(((y < -TOLERANCE) | (y > 1 + TOLERANCE)).mean())
        if outside < SHARE or are_ids(y) or np.isin(y, (-1, 1)).all() or follow_on(y):
            return
        low, high = float(y.min()), float(y.max())
        yield self._found(
            recipe,
            f"{recipe.loss.name} takes targets from 0 to 1, and these run from {low:.4g} to "
            f"{high:.4g}, {outside:.0%} of them outside",
            {"outside": outside, "target_min": low, "target_max": high},
            REAL,
        )

    def _cut(self, recipe: Recipe, y: Array) -> Iterator[Finding]:
        cut = float((np.mod(y, 1) != 0).mean())
        if cut >= SHARE:
            yield self._found(
                recipe,
                f"{recipe.loss.name} takes numbers of classes, and {cut:.0%} of the targets are "
                "no whole numbers: their fractions are cut off",
                {"fractional": cut},
                None,
            )

    def _found(
        self,
        recipe: Recipe,
        message: str,
        evidence: Mapping[str, float | int | str],
        remedy: Remedy | None,
    ) -> Finding:
        head_is_output = "activation" in recipe.model.output_layer.config
        remedies = (remedy,) if remedy is not None and head_is_output else ()
        return self.found(message, evidence, recipe.loss.place, remedies)
