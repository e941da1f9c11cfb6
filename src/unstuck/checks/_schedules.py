"""Learning rates: the usual ones, and Keras's schedules as functions of the step, from their
configurations alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from unstuck.recipe import Array, Config, Recipe

FALL = 0.1  # of the peak
EARLY = 0.05  # of the steps; usual schedules keep a tenth of the peak far longer
SPENT = 0.05  # of the peak, on average; an exponential fall to a billionth has as much
POINTS = 20_000
SCHEDULER = "LearningRateScheduler"
USUAL = {"SGD": 0.01, "Adadelta": 1.0, "Adagrad": 0.01}  # Keras's defaults, Zeiler's for Adadelta


@dataclass(frozen=True)
class Spent:
    """A rate that has fallen below a tenth of its ``peak`` after ``fallen`` steps, and stays so
    low that it averages no more; ``last`` is the rate in the end."""

    peak: float
    fallen: int
    last: float


def usual_rate(recipe: Recipe) -> float:
    """The rate at which the program's optimizer is usually run."""
    return USUAL.get(recipe.optimizer.name, 0.001)


def spent_early(recipe: Recipe) -> Spent | None:
    """How the program's schedule takes the rate away before the training is under way, if so."""
    steps, rate = _course(recipe)
    if rate is None or not np.isfinite(rate).all() or rate.max() <= 0:
        return None
    peak = int(rate.argmax())
    low = np.flatnonzero(rate[peak:] < FALL * rate[peak])
    if not len(low) or float(rate.mean() / rate[peak]) > FALL:
        return None
    fallen = int(steps[peak + low[0]])
    late = fallen > EARLY * recipe.fit.steps and rate.mean() > SPENT * rate[peak]
    return None if late else Spent(float(rate[peak]), fallen, float(rate[-1]))


def never_moves(recipe: Recipe) -> bool:
    """Whether the program's schedule gives a rate of 0 at every step."""
    _, rate = _course(recipe)
    return rate is not None and bool(np.abs(rate).max() == 0)


def _course(recipe: Recipe) -> tuple[Array, Array | None]:
    """Steps of the training, and the rate at each by its schedule; None where that is not known."""
    steps = np.unique(np.linspace(0, recipe.fit.steps, POINTS).astype(np.int64))
    scheduled = recipe.optimizer.schedule
    return steps, _by_steps(recipe, steps) if scheduled else _by_epochs(recipe, steps)


def _by_steps(recipe: Recipe, steps: Array) -> Array | None:
    """The rate at each of ``steps`` by the optimizer's schedule, Keras's or the program's own."""
    rate = rates(recipe.optimizer.schedule or {}, steps)
    if rate is None and recipe.optimizer.course:
        known, of_them = np.array(recipe.optimizer.course).T
        rate = np.interp(steps, known, of_them)
    return rate


def _by_epochs(recipe: Recipe, steps: Array) -> Array | None:
    """The rate at each of ``steps`` by a callback that sets it before each epoch."""
    course = recipe.fit.callback_configs.get(SCHEDULER, {}).get("course")
    if not course:
        return None
    epochs = recipe.fit.first_epoch + steps // recipe.fit.steps_per_epoch
    return np.asarray(course)[np.minimum(epochs, len(course) - 1)]


def rates(schedule: Config, steps: Array) -> Array | None:
    """The learning rate at each of ``steps``; None for a schedule that is not Keras's own."""
    formula = _FORMULAS.get(str(schedule.get("class_name")))
    if formula is None:
        return None
    return np.asarray(formula(schedule["config"], np.asarray(steps, dtype=np.float64)))


def _periods(c: Mapping[str, Any], steps: Array) -> Array:
    done = steps / c["decay_steps"]
    return np.floor(done) if c.get("staircase") else done


def _inverse_time(c: Mapping[str, Any], steps: Array) -> Array:
    return c["initial_learning_rate"] / (1 + c["decay_rate"] * _periods(c, steps))


def _exponential(c: Mapping[str, Any], steps: Array) -> Array:
    return c["initial_learning_rate"] * c["decay_rate"] ** _periods(c, steps)


def _polynomial(c: Mapping[str, Any], steps: Array) -> Array:
    length = np.full_like(steps, c["decay_steps"])
    if c.get("cycle"):
        length = length * np.maximum(1, np.ceil(steps / c["decay_steps"]))
    left = 1 - np.minimum(steps, length) / length
    end = c.get("end_learning_rate", 0.0001)
    return (c["initial_learning_rate"] - end) * left ** c.get("power", 1.0) + end


def _cosine(c: Mapping[str, Any], steps: Array) -> Array:
    start, target = c["initial_learning_rate"], c.get("warmup_target")
    warm = c.get("warmup_steps", 0) if target is not None else 0
    peak = start if target is None else target
    done = np.clip((steps - warm) / c["decay_steps"], 0, 1)
    alpha = c.get("alpha", 0.0)
    decayed = peak * ((1 - alpha) * 0.5 * (1 + np.cos(np.pi * done)) + alpha)
    return np.where(steps < warm, start + (peak - start) * steps / max(warm, 1), decayed)


def _restarts(c: Mapping[str, Any], steps: Array) -> Array:
    first, grow = c["first_decay_steps"], c.get("t_mul", 2.0)
    done = steps / first
    if grow == 1.0:
        cycle, part = np.floor(done), done % 1
    else:
        cycle = np.floor(np.log(1 - done * (1 - grow)) / np.log(grow))
        part = (done - (1 - grow**cycle) / (1 - grow)) / grow**cycle
    alpha, height = c.get("alpha", 0.0), c.get("m_mul", 1.0) ** cycle
    wave = 0.5 * height * (1 + np.cos(np.pi * part))
    return c["initial_learning_rate"] * ((1 - alpha) * wave + alpha)


def _piecewise(c: Mapping[str, Any], steps: Array) -> Array:
    return np.asarray(c["values"])[np.searchsorted(c["boundaries"], steps, side="left")]


_FORMULAS = {
    "InverseTimeDecay": _inverse_time,
    "ExponentialDecay": _exponential,
    "PolynomialDecay": _polynomial,
    "CosineDecay": _cosine,
    "CosineDecayRestarts": _restarts,
    "PiecewiseConstantDecay": _piecewise,
}
