"""A call of ``fit`` as a recipe."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from unstuck.capture.keras.data import Batches, arrays, batches, bounded, is_arrays
from unstuck.capture.keras.model import describe_model
from unstuck.capture.keras.training import (
    callback_settings,
    describe_loss,
    describe_optimizer,
    metric_names,
)
from unstuck.capture.places import user_place
from unstuck.errors import CaptureError
from unstuck.recipe import Data, Feed, Fit, Framework, Loss, Place, Recipe

_FIT = keras.Model.fit
_EMPTY = Loss("none")


def capture_fit(model: Any, *arguments: Any, **named: Any) -> Recipe:
    """What ``model.fit(*arguments, **named)`` would train. The model is built, not trained.

    Raises:
        CaptureError: the model is not compiled, or ``fit`` would refuse its arguments.
    """
    if not getattr(model, "compiled", False):
        raise CaptureError(f"the model {getattr(model, 'name', model)!r} is not compiled")
    call = _bound(model, arguments, named)
    rows, notes = _rows(model, call)
    data, validation = _validation(model, call, rows.data)
    _build(model, data)
    described, cannot = describe_model(model, data.inputs)
    names, settings, steering = callback_settings(_callbacks(call))
    compiled: Place | None = vars(model).get("_unstuck_compiled")
    loss = describe_loss(model.loss, compiled) if model.loss is not None else _EMPTY
    fit = Fit(
        epochs=int(call["epochs"]),
        batch_size=rows.size,
        steps_per_epoch=rows.per_epoch or -(-data.rows // rows.size),
        shuffle=bool(call["shuffle"]),
        validation_split=float(call["validation_split"] or 0.0),
        callbacks=names,
        callback_configs=settings,
        place=user_place(),
    )
    unlost = "" if model.loss is not None else "there is no loss to train"
    obstacles = [rows.obstacle, cannot, steering, unlost]
    return Recipe(
        model=described,
        data=data,
        loss=loss,
        optimizer=describe_optimizer(model.optimizer, compiled),
        fit=fit,
        metrics=metric_names(model),
        validation=validation,
        framework=Framework("keras", keras.__version__, keras.backend.backend()),
        obstacle=next((o for o in obstacles if o), ""),
        notes=tuple(notes),
        source=_source(fit.place),
        script=fit.place.file if fit.place else "",
    )


def _bound(model: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    try:
        bound = inspect.signature(_FIT).bind(model, *arguments, **named)
    except TypeError as error:
        raise CaptureError(f"fit does not take these arguments: {error}") from error
    bound.apply_defaults()
    return dict(bound.arguments)


def _rows(model: Any, call: dict[str, Any]) -> tuple[Batches, list[str]]:
    """The rows with the size and number of their batches, and notes."""
    x, steps = call["x"], call["steps_per_epoch"]
    if not is_arrays(x):
        drawn = batches(x, steps, int(call["epochs"]), call["class_weight"])
        sampled = f"{drawn.data.rows:,} rows were drawn from the program's own source of batches"
        return drawn, [] if drawn.data.complete else [sampled]
    y, weights = call["y"], call["sample_weight"]
    data, note = bounded(arrays(model, x, y, weights, call["class_weight"]))
    size = int(call["batch_size"] or (-(-data.rows // steps) if steps else 32))
    return Batches(data, int(steps or 0), size), [note] if note else []


def _validation(model: Any, call: dict[str, Any], data: Data) -> tuple[Data, Data | None]:
    """Training rows and validation rows. ``validation_split`` takes the last rows, before any
    shuffling, as Keras does."""
    given = call["validation_data"]
    if given is None:
        share = float(call["validation_split"] or 0.0)
        if not share or data.feed is Feed.BATCHES:
            return data, None
        cut = int(data.rows * (1.0 - share))
        return data.take(slice(0, cut)), data.take(slice(cut, None))
    if isinstance(given, (tuple, list)) and len(given) >= 2 and is_arrays(given[0]):
        weights = given[2] if len(given) > 2 else None
        return data, arrays(model, given[0], given[1], weights, None)
    return data, batches(given, call["validation_steps"], 1, None).data


def _build(model: Any, data: Data) -> None:
    """Build model, loss, metrics and optimizer from the shapes of one batch, as ``fit`` does.

    Raises:
        CaptureError: they do not fit together; Keras's own words are the message.
    """
    few = data.take(slice(0, 2))
    x = few.inputs[0] if len(few.inputs) == 1 else list(few.inputs)
    y = few.targets[0] if len(few.targets) == 1 else list(few.targets) or None
    try:
        model._symbolic_build(data_batch=(x, y, few.weights))
    except Exception as error:
        text = str(error).strip().splitlines()
        raise CaptureError(f"fit would refuse this model and data: {text[0]}") from error


def _callbacks(call: dict[str, Any]) -> list[Any]:
    given = call["callbacks"]
    if given is None:
        return []
    return list(getattr(given, "callbacks", given) if not isinstance(given, list) else given)


def _source(place: Place | None) -> str:
    if place is None or not Path(place.file).is_file():
        return ""
    return Path(place.file).read_text(errors="replace")
