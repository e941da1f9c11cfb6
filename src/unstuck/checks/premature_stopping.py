"""premature-stopping: EarlyStopping or ReduceLROnPlateau fires inside a plateau."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import regression
from unstuck.checks._task import is_numeric, is_regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe, numbered
from unstuck.remedies import RemoveCallback
from unstuck.trace import Trace

STOPS, SLOWS = "EarlyStopping", "ReduceLROnPlateau"
HASTY = 1  # epochs of patience: one that happens to be worse ends it
SHORT = 10
LARGE = 0.05  # of what the measure begins at; Keras's guide shows 0.01 of a cross-entropy
CUT = 0.1  # of the rate that is left
FALLING = ("loss", "error", "mse", "mae", "mean_squared_error", "mean_absolute_error")
RISING = ("accuracy", "acc", "auc", "precision", "recall", "r2", "f1")


def _steered(kind: str = STOPS, epochs: int = 100, **settings: Any) -> Recipe:
    given = {"monitor": "loss", "min_delta": 0, "patience": 20, "mode": "auto", **settings}
    made = regression(epochs=epochs)
    fit = replace(made.fit, callbacks=(kind,), callback_configs={kind: given})
    return replace(made, fit=fit)


class PrematureStopping(Check):
    name = "premature-stopping"
    summary = "A callback that ends or slows the training inside a plateau, or the wrong way round."
    why = (
        "A measure hardly moves in the first epochs of a hard task, and goes up and down by "
        "chance in any. With little patience that is taken for the end; where the direction is "
        "wrong, every improvement is."
    )
    instead = "A patience of ten epochs or more, restore_best_weights, and mode left at 'auto'."
    false_alarms = "Easy tasks improve in every epoch; the trials then refute it."
    sources = (
        "Prechelt 1998, Early stopping - but when?",
        "Barak et al. 2022, hidden progress (arXiv 2207.08799)",
        "Keras EarlyStopping: a patience of 0 unless told otherwise",
    )
    firing = (
        Case("no patience", lambda: _steered(patience=0)),
        Case("the wrong way round", lambda: _steered(mode="max")),
        Case("every epoch must gain one", lambda: _steered(min_delta=1.0)),
        Case("a rate cut at once", lambda: _steered(SLOWS, patience=1, factor=0.01)),
        Case("some patience in a long training", lambda: _steered(patience=3)),
    )
    silent = (
        Case("no callback", regression),
        Case("patience", _steered),
        Case("as much patience as epochs", lambda: _steered(epochs=3, patience=3)),
        Case("a rate halved after a while", lambda: _steered(SLOWS, patience=5, factor=0.5)),
        Case("accuracy upwards", lambda: _steered(monitor="accuracy", mode="max")),
        Case("a measure that is not there", lambda: _steered(monitor="val_loss", patience=0)),
        Case("past all epochs", lambda: _steered(patience=0, start_from_epoch=100)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        names = recipe.fit.callbacks
        for kind, key in zip(names, numbered(names), strict=True):
            given = recipe.fit.callback_configs.get(key, {})
            if kind not in (STOPS, SLOWS) or not given or not _watches(recipe, given):
                continue
            fault = _fault(recipe, kind, given)
            if fault is not None:
                text, severity = fault
                yield self.found(
                    f"{kind} {text}",
                    {"patience": _number(given, "patience"), "epochs": recipe.fit.epochs},
                    recipe.fit.place,
                    (RemoveCallback(kind),),
                    severity=severity,
                )


def _fault(recipe: Recipe, kind: str, given: Mapping[str, Any]) -> tuple[str, Severity] | None:
    """What is wrong with a callback, and how bad that is; the worst first."""
    patience, monitor = _number(given, "patience"), str(given.get("monitor", "val_loss"))
    left = recipe.fit.epochs - _number(given, "start_from_epoch")
    if max(patience, 1) >= left:
        return None
    after = f"after {patience:g} epochs" if patience > 1 else "after the first epoch"
    worse = "ends the training" if kind == STOPS else "lowers the rate"
    if (mode := str(given.get("mode", "auto"))) != "auto" and mode == _wrong(monitor):
        text = f"takes a lower {monitor} for worse" if mode == "max" else f"wants {monitor} to fall"
        return f"{text} (mode={mode!r}) and {worse} {after} of progress", Severity.ERROR
    gain, start = _number(given, "min_delta"), _begins_at(recipe, monitor)
    if start and gain > LARGE * start:
        text = f"asks {monitor} to gain {gain:g} within {patience:g} epochs"
        return f"{text}, where it begins at about {start:.3g}, or {worse}", Severity.WARNING
    harsh = kind == STOPS or _number(given, "factor", 0.1) <= CUT
    if patience <= HASTY and harsh:
        text = f"{worse} {after} in which {monitor} is not better than ever before"
        return text, Severity.WARNING
    if patience < SHORT and kind == STOPS:
        text = f"{worse} {after} in which {monitor} is not better than ever before"
        return f"{text}, of {recipe.fit.epochs} that are planned", Severity.NOTE
    return None


def _watches(recipe: Recipe, given: Mapping[str, Any]) -> bool:
    """Whether what it watches is there; else it never does anything."""
    monitor = str(given.get("monitor", "val_loss"))
    return not monitor.startswith("val_") or recipe.validation is not None


def _wrong(monitor: str) -> str:
    """The mode in which a measure would be read the wrong way round; "" where that is unknown."""
    name = monitor.removeprefix("val_").lower()
    if name in FALLING or name.endswith("loss"):
        return "max"
    return "min" if name in RISING or name.endswith(("accuracy", "auc")) else ""


def _begins_at(recipe: Recipe, monitor: str) -> float:
    """About where a measure begins, 0 where that is not known: a loss at that of the best
    constant answer, a share at one."""
    name = monitor.removeprefix("val_").lower()
    if name in RISING:
        return 1.0
    targets = recipe.data.targets
    if name != "loss" or len(targets) != 1 or not is_numeric(targets[0]):
        return 0.0
    if recipe.loss.name == "mean_squared_error" and is_regression(recipe):
        return float(np.var(targets[0]))
    if recipe.loss.name.endswith("crossentropy"):
        return float(np.log(max(2, recipe.model.output_layer.units or 2)))
    return 0.0


def _number(given: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    found = given.get(name, default)
    return float(found) if isinstance(found, int | float) else default
