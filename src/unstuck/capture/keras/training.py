"""Optimizer, metrics and callbacks of a recipe."""

from __future__ import annotations

from contextlib import redirect_stdout, suppress
from io import StringIO
from types import FunctionType
from typing import Any

import cloudpickle
import keras
import numpy as np

from unstuck.capture.keras.code import named_lambdas, pickled
from unstuck.capture.keras.model import place_of, plain
from unstuck.recipe import HARMLESS, Array, Compiled, Config, Optimizer, Place, numbered

COURSE, POINTS = 10_000_000, 200  # the last step at which a schedule is asked, and how often
EPOCHS = 1000  # for which one by epochs is asked
_SETTINGS = {
    "EarlyStopping": (
        "monitor",
        "min_delta",
        "patience",
        "mode",
        "baseline",
        "restore_best_weights",
        "start_from_epoch",
    ),
    "ReduceLROnPlateau": (
        "monitor",
        "factor",
        "patience",
        "mode",
        "min_delta",
        "cooldown",
        "min_lr",
    ),
}


def compile_settings(model: Any) -> Compiled:
    """What else of ``compile`` changes the training."""
    metrics = getattr(model, "_compile_metrics", None)
    given = {
        "metrics": getattr(metrics, "_user_metrics", None),
        "weighted_metrics": getattr(metrics, "_user_weighted_metrics", None),
    }
    carried = b""
    with suppress(Exception):  # a callback that steers by them will be refused by name
        carried = pickled(given)
        cloudpickle.loads(carried)
    return Compiled(
        bool(getattr(model, "auto_scale_loss", True)),
        _jit(model),
        bool(model.run_eagerly),
        carried,
        tuple(_measured(m) for m in _metrics(model)),
    )


def _jit(model: Any) -> bool | str:
    """Whether the step is compiled. On other backends than JAX, on which trials run, Keras has
    chosen by that backend, and trials choose anew."""
    chosen: bool | str = getattr(model, "jit_compile", "auto")
    return chosen if keras.backend.backend() == "jax" else "auto"


def averaging(optimizer: Any) -> str:
    """A sentence where training ends with other weights than those of the last update."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if not getattr(inner, "use_ema", False):
        return ""
    return f"the optimizer {type(inner).__name__} ends with averaged weights (use_ema)"


def describe_optimizer(model: Any, compiled: Place | None) -> Optimizer:
    """The optimizer and its learning rate; a schedule is asked for its first value, and a
    function for the one value that the compiled step has of it."""
    optimizer = model.optimizer
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    with named_lambdas([inner]):
        config = _of_any_backend(plain(keras.optimizers.serialize(optimizer)))
    settings = config["config"]
    if inner is not optimizer:
        settings = settings["inner_optimizer"]["config"]
    given = inner._learning_rate
    schedule = None
    if isinstance(given, keras.optimizers.schedules.LearningRateSchedule):
        schedule = settings["learning_rate"]
        rate = schedule.get("config", {}).get("initial_learning_rate", None)
        rate = keras.ops.convert_to_numpy(given(0)) if rate is None else rate
    else:
        rate = float(keras.ops.convert_to_numpy(inner.learning_rate))
        settings["learning_rate"] = rate
    return Optimizer(
        type(optimizer).__name__,
        config,
        float(rate),
        schedule,
        place_of(optimizer) or compiled,
        tuple(v.path for v in model.trainable_variables if not inner._use_weight_decay(v)),
        _moments(optimizer),
        _course(given),
    )


def _course(rate: Any) -> tuple[tuple[int, float], ...]:
    """What a schedule of the program's own gives, step by step and ever wider apart; nothing of
    Keras's schedules, which their configurations tell, nor where it cannot be asked."""
    own = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
    if not own or type(rate).__module__.split(".")[0] == "keras":
        return ()
    steps = [0, *np.unique(np.geomspace(1, COURSE, POINTS).astype(int))]
    with suppress(Exception):
        return tuple((int(s), float(keras.ops.convert_to_numpy(rate(int(s))))) for s in steps)
    return ()


def _by_epochs(schedule: Any, rate: float, epochs: int) -> list[float]:
    """The rates that the schedule of a ``LearningRateScheduler`` gives the first epochs, each asked
    with the one before, as Keras does, up to where it cannot be asked."""
    found: list[float] = []
    with suppress(Exception), redirect_stdout(StringIO()):
        for epoch in range(min(epochs, EPOCHS)):
            try:
                rate = float(keras.ops.convert_to_numpy(schedule(epoch, rate)))
            except TypeError:  # it takes no rate
                rate = float(keras.ops.convert_to_numpy(schedule(epoch)))
            found.append(rate)
    return found


def _of_any_backend(config: Any) -> Any:
    """A configuration without the classes that Keras has for PyTorch alone: the same optimizers
    of all backends instead."""
    if isinstance(config, list):
        return [_of_any_backend(v) for v in config]
    if not isinstance(config, dict):
        return config
    found = {k: _of_any_backend(v) for k, v in config.items()}
    if str(found.get("module")).startswith("keras.src.backend."):
        found |= {"module": "keras.optimizers", "registered_name": None}
    return found


def _moments(optimizer: Any) -> tuple[Array, ...]:
    """The optimizer's own variables where it has trained before."""
    if not optimizer.built or not int(keras.ops.convert_to_numpy(optimizer.iterations)):
        return ()
    return tuple(np.array(keras.ops.convert_to_numpy(v)) for v in optimizer.variables)


def metric_names(model: Any) -> tuple[str, ...]:
    """Metrics as the user wrote them; functions and objects by their names."""
    return tuple(_metric(m) for m in _metrics(model))


def _metrics(model: Any) -> list[Any]:
    given = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None)
    return [m for m in keras.tree.flatten(given) if m is not None]


def _measured(metric: Any) -> Config:
    """The class and the settings of a metric that was given as an object; of one of the program's
    own only the class. Empty where it was given by name, or is a function of Keras."""
    kind = type(metric)
    if isinstance(metric, str):
        return {}
    if isinstance(metric, FunctionType):
        return {} if metric.__module__.startswith("keras") else {"class_name": "function"}
    if not kind.__module__.startswith("keras"):
        return {"class_name": f"{kind.__module__}.{kind.__name__}"}
    try:
        return {"class_name": kind.__name__, **plain(metric.get_config())}
    except Exception:  # a setting that cannot be written down tells nothing
        return {"class_name": kind.__name__}


def _metric(metric: Any) -> str:
    if isinstance(metric, str):
        return metric
    if isinstance(metric, FunctionType):
        return metric.__name__
    return str(getattr(metric, "name", type(metric).__name__))


def callback_settings(
    callbacks: list[Any], rate: float, epochs: int
) -> tuple[tuple[str, ...], dict[str, Config], str]:
    """Names of the callbacks, settings of those that steer in a known way, and one sentence on
    any that may steer in an unknown one. The training begins at ``rate``."""
    settings: dict[str, Config] = {}
    obstacle = ""
    names = tuple(type(c).__name__ for c in callbacks)
    for callback, key in zip(callbacks, numbered(names), strict=True):
        name = type(callback).__name__
        own = not type(callback).__module__.startswith("keras")
        if name in _SETTINGS and not own:
            found = {key: plain(getattr(callback, key, None)) for key in _SETTINGS[name]}
            found["min_delta"] = abs(found["min_delta"])
            settings[key] = {k: v for k, v in found.items() if v is not None}
        elif name == "LearningRateScheduler" and not own:
            packed = pickled(callback.schedule)
            course = _by_epochs(cloudpickle.loads(packed), rate, epochs)
            settings[key] = {"schedule": packed, "course": course}
        elif own or name not in HARMLESS:
            obstacle = f"the callback {name} may steer the training"
            with suppress(Exception):  # one that cannot be carried over is refused by name
                settings[key] = {"object": pickled(callback)}
    return names, settings, obstacle
