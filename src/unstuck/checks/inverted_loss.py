"""inverted-loss: a loss that is lower for worse predictions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, recipe, tried
from unstuck.checks._objective import loss_of_keras
from unstuck.checks._task import head
from unstuck.experiments import WRONG, Floats
from unstuck.finding import Finding, Severity
from unstuck.recipe import Loss, Recipe
from unstuck.remedies import UseLoss
from unstuck.trace import Trace

MINE = Loss("mine", custom=True)
ROUNDING = 1e-5
AWAY = np.array([0.0, 0.25, 1.0, 4.0, 16.0])  # squares
LOGS = np.log(1 - np.array(WRONG))  # a logarithm of the probability of what is right
HUMP = -((1 - np.array(WRONG)) ** 2) * LOGS  # weighed by what is right, not by what is wrong


def _regression(loss: Loss = MINE) -> Recipe:
    return recipe(normal(99, 2), normal(99), [dense(8, "relu"), dense(1)], loss)


def _labels(activation: str = "sigmoid") -> Recipe:
    return recipe(normal(99, 2), integers(0, 2, 99), [dense(1, activation)], MINE)


def _drawn(losses: Floats) -> Trace:
    return tried(wrong=np.tile(losses, (8, 1)))


def _of_labels(losses: Floats) -> Trace:
    return tried(wrong=losses[None])


class InvertedLoss(Check):
    name = "inverted-loss"
    severity = Severity.ERROR
    needs_trace = True
    summary = "A loss of the program's own that is lower for worse predictions."
    why = (
        "Training makes the loss small. With the sign wrong, or with a score such as the Dice "
        "coefficient in place of one minus it, the best that it can do is to be as wrong as it "
        "can: the loss falls without end and looks like progress."
    )
    instead = "Change the sign, or return one minus the score; the loss of y against y is smallest."
    false_alarms = (
        "Where the prediction is a distance and 1 means alike, as in some contrastive losses, less "
        "is right for label 1. So a bounded loss of labels is a warning, and only where the output "
        "is a probability. Losses that do not read the target are not reported."
    )
    sources = (
        "measured: minus the mean squared error on Keras 3.15.1 goes to minus infinity",
        "the loss itself, asked for predictions between right and wrong",
    )
    firing = (
        Case("minus a squared error", _regression, lambda: _drawn(-AWAY)),
        Case("a logarithm without its sign", _labels, lambda: _of_labels(LOGS)),
        Case("a focal loss of the wrong weight", _labels, lambda: _of_labels(HUMP)),
        Case("a score of labels", _labels, lambda: _of_labels(1 - np.array(WRONG))),
        Case(
            "a negative weight of a loss of Keras",
            lambda: _regression(Loss("mean_squared_error", weights=[-1.0])),
            lambda: _drawn(-AWAY),
        ),
    )
    silent = (
        Case("a squared error", _regression, lambda: _drawn(AWAY)),
        Case("cross-entropy", _labels, lambda: _of_labels(-LOGS)),
        Case("a distance", lambda: _labels("linear"), lambda: _of_labels(1 - np.array(WRONG))),
        Case("what ignores the target", _regression, lambda: tried(wrong=np.stack([AWAY, -AWAY]))),
        Case("infinite", _regression, lambda: _drawn(np.full(5, -np.inf))),
        Case("not tried", _regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        own = recipe.loss.custom or recipe.loss.weights is not None
        if found is None or not own or not _rewards_wrong(found.wrong):
            return
        labels = len(found.wrong) == 1
        if labels and not _is_endless(found.wrong) and head(recipe).activation == "linear":
            return
        right, wrong = float(found.wrong[:, 0].mean()), float(found.wrong[:, -1].mean())
        places = "nearly right" if labels else "equal to the targets"
        worse = "nearly all wrong" if labels else "four standard deviations away"
        how = "falls" if _falls(found.wrong) else "is smaller in the end"
        yield self.found(
            f"the loss {how} as predictions get worse: {right:.3g} where they are {places}, and "
            f"{wrong:.3g} where they are {worse}",
            {"right": right, "wrong": wrong},
            recipe.loss.place,
            (UseLoss(loss_of_keras(recipe)),) if recipe.loss.custom else (),
            severity=None if not labels or _is_endless(found.wrong) else Severity.WARNING,
        )


def _rewards_wrong(losses: Floats) -> bool:
    """Whether worse is better all the way, or of labels in the end, beyond a hump."""
    if len(losses) != 1 or not np.isfinite(losses).all():
        return _falls(losses)
    return bool(losses[0, -1] < losses[0, 0] - ROUNDING * np.abs(losses).max())


def _falls(losses: Floats) -> bool:
    """Whether each step away from right makes the loss smaller, in every draw."""
    if not losses.size or not np.isfinite(losses).all():
        return False
    return bool((np.diff(losses, axis=1) < -ROUNDING * np.abs(losses).max()).all())


def _is_endless(losses: Floats) -> bool:
    """Whether it is negative where predictions are wrong and falls the faster the further: a loss
    that is bounded below does not."""
    steps = np.diff(losses, axis=1) / np.diff(WRONG)
    return bool((losses[:, -1] < 0).all() and (np.diff(steps, axis=1) < 0).all())
