"""A call of ``fit`` as a recipe."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.data import Batches, arrays, batches, bounded, is_arrays
from unstuck.capture.keras.forms import structured
from unstuck.capture.keras.losses import describe_loss, read_by
from unstuck.capture.keras.model import describe_model
from unstuck.capture.keras.tf_data import Dataset
from unstuck.capture.keras.training import (
    averaging,
    callback_settings,
    compile_settings,
    describe_optimizer,
    metric_names,
)
from unstuck.capture.places import caller, user_place
from unstuck.errors import CaptureError, telling_line
from unstuck.recipe import Data, Feed, Fit, Forms, Framework, Loss, Place, Recipe

_FIT = keras.Model.fit
_EMPTY = Loss("none")


def capture_fit(model: Any, *arguments: Any, **named: Any) -> Recipe:
    """What ``model.fit(*arguments, **named)`` would train. The model is built, not trained.

    Raises:
        CaptureError: the model is not compiled, or ``fit`` would refuse its arguments.
    """
    if not getattr(model, "compiled", False):
        raise CaptureError(f"the model {getattr(model, 'name', model)!r} is not compiled")
    recipe = describe_fit(model, bound(model, arguments, named))
    return replace(recipe, fit=replace(recipe.fit, by=caller() or "fit"))


def rows_of_fit(model: Any, call: dict[str, Any]) -> tuple[Data, Forms, Fit]:
    """The rows that a call of ``fit`` would train on, and for how long.

    Raises:
        CaptureError: ``fit`` would refuse its arguments.
    """
    rows, _ = _rows(model, call)
    data, _ = _validation(model, call, rows.data)
    length = Length.of(int(call["epochs"]) - int(call["initial_epoch"]), data.rows, rows)
    return data, rows.forms, Fit(length.epochs, rows.size, length.per_epoch)


def build_for(model: Any, call: dict[str, Any]) -> None:
    """Build a model as ``fit`` would, where that takes no batch from the program.

    Raises:
        CaptureError: ``fit`` would refuse these arguments.
    """
    built = model.built and getattr(model.optimizer, "built", False)
    if not built and is_arrays(call["x"]):
        rows, _ = _rows(model, call)
        _build(model, rows.data, rows.forms)


def describe_fit(model: Any, call: dict[str, Any], *, answers: bool = True) -> Recipe:
    """A call of ``fit``, given as all its arguments by name; with ``answers``, the model is asked
    for those to the first rows.

    Raises:
        CaptureError: ``fit`` would refuse these arguments.
    """
    rows, notes = _rows(model, call)
    data, validation = _validation(model, call, rows.data)
    refusal = _build(model, data, rows.forms)
    asked = structured(data.inputs, rows.forms.inputs) if answers else None
    described, cannot = describe_model(model, asked)
    compiled: Place | None = vars(model).get("_unstuck_compiled")
    optimizer = describe_optimizer(model, compiled)
    epochs = int(call["epochs"])
    names, settings, steering = callback_settings(
        callbacks_of(call), optimizer.learning_rate, epochs
    )
    loss = describe_loss(model.loss, compiled) if model.loss is not None else _EMPTY
    first = int(call["initial_epoch"])
    length = Length.of(epochs - first, data.rows, rows)
    fit = Fit(
        epochs=length.epochs,
        batch_size=rows.size,
        steps_per_epoch=length.per_epoch,
        shuffle=_shuffles(call),
        validation_split=float(call["validation_split"] or 0.0),
        callbacks=names,
        callback_configs=settings,
        place=user_place(),
        first_epoch=first,
    )
    untold = "" if data.targets else "there are no targets to judge by"
    obstacles = [
        rows.obstacle,
        cannot,
        steering,
        untold,
        averaging(model.optimizer),
        _double(model),
    ]
    return Recipe(
        model=described,
        data=data,
        loss=read_by(loss, model, len(data.targets)),
        optimizer=optimizer,
        fit=fit,
        metrics=metric_names(model),
        validation=validation,
        framework=Framework(
            "keras",
            keras.__version__,
            keras.backend.backend(),
            keras.config.epsilon(),
            keras.config.floatx(),
        ),
        forms=rows.forms,
        compiled=compile_settings(model),
        obstacle=next((o for o in obstacles if o), ""),
        refusal=refusal,
        notes=(*notes, *length.notes),
        source=_source(fit.place),
        script=fit.place.file if fit.place else "",
    )


def _shuffles(call: dict[str, Any]) -> bool:
    """Whether rows, or the finished batches of a ``PyDataset``, come in another order each epoch.
    "batch" shuffles within batches, which no mean over a batch can tell."""
    if is_arrays(call["x"]):
        return bool(call["shuffle"]) and call["shuffle"] != "batch"
    batches = isinstance(call["x"], keras.utils.PyDataset) and not isinstance(call["x"], Dataset)
    return bool(call["shuffle"]) and batches


def _double(model: Any) -> str:
    double = any(w.dtype == np.float64 for w in model.get_weights())
    return "the program computes in double precision" if double else ""


@dataclass(frozen=True)
class Length:
    """How long ``fit`` trains: epochs, updates in each, and notes on what comes out otherwise
    than written."""

    epochs: int
    per_epoch: int
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, epochs: int, rows: int, given: Batches) -> Length:
        """``steps_per_epoch`` counts batches on and on through the rows, and an epoch ends where
        the rows do; so arrays may give fewer updates than epochs times steps."""
        if given.data.feed is Feed.BATCHES:
            return cls(epochs, given.per_epoch)
        batches = -(-rows // given.size)
        steps = min(given.per_epoch or batches, batches)
        rounds = -(-batches // steps)  # epochs until all rows were seen
        updates = epochs // rounds * batches + epochs % rounds * steps
        if updates == epochs * steps:
            return cls(epochs, steps)
        note = f"fit runs out of rows within epochs: {updates} updates in {epochs} epochs"
        return cls(max(1, updates // steps), steps, (note,))


def bound(model: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """All arguments of a call of ``fit`` by name.

    Raises:
        CaptureError: ``fit`` does not take these.
    """
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
        drawn = batches(model, x, steps, int(call["epochs"]), call["class_weight"])
        sampled = f"{drawn.data.rows:,} rows were drawn from the program's own source of batches"
        return drawn, [] if drawn.data.complete else [sampled]
    y, weights = call["y"], call["sample_weight"]
    whole, forms = arrays(model, x, y, weights, call["class_weight"])
    data, note = bounded(whole)
    size = int(call["batch_size"] or (-(-data.rows // steps) if steps else 32))
    return Batches(data, int(steps or 0), size, forms=forms), [note] if note else []


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
        return data, arrays(model, given[0], given[1], weights, None)[0]
    return data, batches(model, given, call["validation_steps"], 1, None).data


def _build(model: Any, data: Data, forms: Forms) -> str:
    """Build model, loss, metrics and optimizer from the shapes of one batch, as ``fit`` does.
    Keras's own words where the model takes the rows and the loss or a metric does not, else "".

    Raises:
        CaptureError: the model does not take the rows; Keras's own words are the message.
    """
    few = data.take(slice(0, _rows_of_batch(model)))
    x, y = structured(few.inputs, forms.inputs), structured(few.targets, forms.targets)
    weights = structured(few.output_weights, forms.weights) if few.output_weights else few.weights
    try:
        model._symbolic_build(data_batch=(x, y, weights))
    except Exception as error:
        text = telling_line(error) or type(error).__name__
        if not _takes(model, x):
            raise CaptureError(f"fit would refuse this model and data: {text}") from error
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        return text
    return ""


def _takes(model: Any, x: Any) -> bool:
    """Whether the model itself takes such inputs; it is built by them."""
    with suppress(Exception):
        model(keras.tree.map_structure(_symbol, x))
        return True
    return False


def _symbol(values: Any) -> Any:
    return keras.KerasTensor(values.shape, keras.backend.standardize_dtype(values.dtype))


def _rows_of_batch(model: Any) -> int:
    """Two, or as many as the model takes where that is fixed."""
    first = next(iter(getattr(model, "inputs", None) or ()), None)
    return (first.shape[0] if first is not None else None) or 2


def callbacks_of(call: dict[str, Any]) -> list[Any]:
    """The callbacks of a call of ``fit``; unstuck's own only watch."""
    given = call["callbacks"]
    if given is None:
        return []
    found = list(getattr(given, "callbacks", given) if not isinstance(given, list) else given)
    return [c for c in found if not type(c).__module__.startswith("unstuck.")]


def _source(place: Place | None) -> str:
    return "" if place is None else "".join(linecache.getlines(place.file))
