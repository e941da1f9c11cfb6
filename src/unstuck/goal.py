"""What counts as learned: the user's own goal, ``--goal "accuracy>=0.95"``, read and turned to the
measure's scale, or one that is derived from what was reached."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import sqrt

import numpy as np

from unstuck.errors import UsageError
from unstuck.recipe import Array
from unstuck.verdict import Goal

_FORM = re.compile(r"^\s*([a-z0-9_ ]+?)\s*(>=|<=|>|<)\s*([-+0-9.eE]+)\s*$")
_HIGHER = {"accuracy": "accuracy", "r2": "r2", "rows right": "rows right"}
_LOWER = {"rmse": 0.5, "mse": 1.0}


# Of trainings that are as good as the best, 31 of 32 score no lower than this many standard errors
# below it.
SPREAD = 1.86


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
    if _HIGHER.get(metric) != measured.removeprefix("balanced "):
        raise UsageError(f"the goal {text!r} does not fit a program that is judged by {measured}")
    return Goal(measured, number, f"your goal, {text}")


def derive_goal(
    metric: str,
    constant: float,
    arms: Mapping[str, float],
    simple: Mapping[str, float],
    sample: int = 0,
) -> Goal:
    """A goal most of the way from the best constant prediction to the best that anything reached.

    With ``e`` the error that the best leaves (1 is the constant's), the goal leaves at most
    ``0.1 + 0.9 e``: nine tenths of the way. Where the program itself, changed or not, comes so
    near to exact that this says little, it leaves ``sqrt(e)``, half of the way on a logarithmic
    scale; but a goal never asks for an error below 0.025, a sixth of a standard deviation.
    What few rows cannot tell apart is no failure: the goal lies below that by ``SPREAD`` standard
    errors of the best score, but never below half of the way.

    Args:
        metric: the name of the measure.
        constant: the score of the best constant prediction.
        arms: median scores of what was trained, by name.
        simple: scores of the simple learners, by name.
        sample: how many rows judge, where they are a sample; 0 where they are all that there are.
    """
    name, best = max([*arms.items(), *simple.items()], key=lambda item: item[1])
    room = 1.0 - constant
    error, own = _error(best, room), _error(max(arms.values()), room)
    allowed = max(0.025, min(sqrt(own), 0.1 + 0.9 * error))
    asked = 1.0 - allowed * room - SPREAD * standard_error(metric, best, sample)
    reason = (
        f"the best constant prediction reaches {constant:.4g} and {name} {best:.4g}; "
        "most of the way between them counts as learned"
    )
    halfway = 1.0 - (0.5 + 0.5 * error) * room
    return Goal(metric, max(asked, min(halfway, 1.0 - allowed * room)), reason)


def standard_error(metric: str, score: float, rows: int) -> float:
    """How far a score on a sample of ``rows`` lies from that on all rows, one standard deviation.

    Of a share of rows, the binomial's at the share with one row right and one wrong added
    (Laplace), so that 20 right of 20 is not taken for certain; of r2, that of Olkin & Finn 1995,
    ``2 sqrt(r2) (1 - r2) / sqrt(rows)``.
    """
    if rows <= 0:
        return 0.0
    score = min(1.0, max(0.0, score))
    if metric == "r2":
        return 2 * sqrt(score) * (1 - score) / sqrt(rows)
    share = (score * rows + 1) / (rows + 2)
    return sqrt(share * (1 - share) / rows)


def _error(score: float, room: float) -> float:
    return 1.0 if room <= 0 else min(1.0, max(0.0, (1.0 - score) / room))
