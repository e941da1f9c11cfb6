"""The user's own goal, ``--goal "accuracy>=0.95"``, read and turned to the measure's scale."""

from __future__ import annotations

import re

import numpy as np

from unstuck.errors import UsageError
from unstuck.recipe import Array
from unstuck.verdict import Goal

_FORM = re.compile(r"^\s*([a-z0-9_ ]+?)\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*$")
_HIGHER = {"accuracy": "accuracy", "r2": "r2", "rows right": "rows right"}
_LOWER = {"rmse": 0.5, "mse": 1.0}


def parse_goal(text: str) -> tuple[str, float]:
    """The metric and the number of a goal.

    Raises:
        UsageError: the text is no goal, or names a metric that is not known.
    """
    found = _FORM.match(text.lower())
    if found is None:
        raise UsageError(f"the goal {text!r} is not of the form 'metric >= number'")
    metric, sign, number = found.groups()
    if metric not in _HIGHER and metric not in _LOWER:
        names = ", ".join([*_HIGHER, *_LOWER])
        raise UsageError(f"the goal names {metric!r}; it can be one of {names}")
    if (metric in _HIGHER) != sign.startswith(">"):
        raise UsageError(f"the goal {text!r} points the wrong way for {metric}")
    try:
        return metric, float(number)
    except ValueError:
        raise UsageError(f"the goal {text!r} does not end in a number") from None


def user_goal(text: str, measured: str, targets: tuple[Array, ...]) -> Goal:
    """The goal on the measure's scale. An error in the units of ``targets`` (those judged by)
    becomes the r2 that it amounts to: ``r2 = 1 - mse / variance``.

    Raises:
        UsageError: the program is not measured by that metric.
    """
    metric, number = parse_goal(text)
    if metric in _LOWER and measured == "r2":
        error = number ** (1 / _LOWER[metric])
        spread = float(np.mean([np.var(y, axis=0).mean() for y in targets]))
        return Goal("r2", 1.0 - error / max(spread, 1e-30), f"your goal, {text}")
    if _HIGHER.get(metric) != measured:
        raise UsageError(f"the goal {text!r} does not fit a program that is judged by {measured}")
    return Goal(measured, number, f"your goal, {text}")
