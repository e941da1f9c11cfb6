"""Loss, optimizer, metrics and callbacks of a recipe."""

from __future__ import annotations

import re
from contextlib import suppress
from types import FunctionType
from typing import Any

import cloudpickle
import keras
import numpy as np
from keras.src.losses.losses import LossFunctionWrapper

from unstuck.capture.keras.code import named_lambdas, pickled
from unstuck.capture.keras.model import place_of, plain
from unstuck.recipe import HARMLESS, Array, Compiled, Config, Loss, Optimizer, Place, numbered

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


def describe_loss(given: Any, place: Place | None) -> Loss:
    """The loss as compiled. A list or dictionary of losses is carried whole and goes by its
    first."""
    if isinstance(given, (list, tuple, dict)):
        parts = list(given.values()) if isinstance(given, dict) else list(given)
        first = describe_loss(next((p for p in parts if p is not None), "mse"), place)
        if len(parts) == 1:
            return first
        return Loss(first.name, first.from_logits, pickled(given), first.custom, True, place)
    if isinstance(given, keras.losses.Loss):
        return _instance(given, place)
    function = keras.losses.get(given)
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, keras.losses.Loss):
        return _instance(function, place)
    custom = not function.__module__.startswith("keras")
    return Loss(name, False, pickled(function) if custom else b"", custom, True, place)


def _instance(loss: Any, place: Place | None) -> Loss:
    """A loss object. Keras squeezes or expands target and output to the same rank inside
    ``LossFunctionWrapper``, on which its own losses are built; a subclass of ``Loss`` with a
    ``call`` of its own gets the shapes as they are."""
    kind = type(loss)
    custom = not kind.__module__.startswith("keras")
    config = {} if custom else loss.get_config()
    name = kind.__name__ if custom else _snake(kind.__name__)
    aligns = not custom or kind.call is LossFunctionWrapper.call
    usual = not custom and hasattr(keras.losses, name) and _settings(loss) == _settings(kind())
    given = b"" if usual else pickled(loss)
    return Loss(name, bool(config.get("from_logits", False)), given, custom, aligns, place)


def _settings(loss: Any) -> tuple[Any, ...]:
    """All that a loss of Keras was made with; configurations leave some of it out."""
    return loss.get_config(), getattr(loss, "_fn_kwargs", None), loss.dtype


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return {"kldivergence": "kl_divergence"}.get(words, words)


def loss_weights(model: Any) -> Any:
    """``loss_weights`` as compiled: None, a number, or a list or dictionary of numbers."""
    return plain(getattr(model._compile_loss, "_user_loss_weights", None))


def unreached(model: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the outputs that no loss reads, and of the layers with trainable weights that serve
    such outputs alone; both empty where the graph is not known or a layer may add a loss."""
    layers = list(model._flatten_layers(include_self=False))
    if not all(type(layer).__module__.startswith("keras") for layer in layers):
        return (), ()
    try:
        outputs = keras.tree.flatten_with_path(model._outputs_struct)
        names = list(model.output_names)
        parts = [p for p in model._compile_loss._flat_losses if p.loss_weights != 0]
        read = {path for part in parts for path in (part.path, part.path[-1:])}
        paths = [
            tuple(path) in read or (name,) in read
            for (path, _), name in zip(outputs, names, strict=True)
        ]
        reached = [value for (_, value), is_read in zip(outputs, paths, strict=True) if is_read]
        if not reached or all(paths):
            return (), ()
        trained = {id(v) for v in keras.Model(model.inputs, reached).trainable_variables}
    except (AttributeError, TypeError, ValueError, IndexError):
        return (), ()
    missed = tuple(name for name, is_read in zip(names, paths, strict=True) if not is_read)
    return missed, tuple(x.name for x in layers if _apart(x, trained))


def _apart(layer: Any, trained: set[int]) -> bool:
    """Whether a layer has weights of its own to train, and none of them is trained."""
    own = {id(v) for v in layer._trainable_variables}
    return bool(own) and bool(layer.trainable) and not own & trained


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
    )


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


def callback_settings(callbacks: list[Any]) -> tuple[tuple[str, ...], dict[str, Config], str]:
    """Names of the callbacks, settings of those that steer in a known way, and one sentence on
    any that may steer in an unknown one."""
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
            settings[key] = {"schedule": pickled(callback.schedule)}
        elif own or name not in HARMLESS:
            obstacle = f"the callback {name} may steer the training"
            with suppress(Exception):  # one that cannot be carried over is refused by name
                settings[key] = {"object": pickled(callback)}
    return names, settings, obstacle
