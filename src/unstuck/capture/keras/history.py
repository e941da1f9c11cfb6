"""What ``fit`` gives back, of a training that was skipped or run."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import keras


def result_names(model: Any) -> list[str]:
    names: list[str] = []
    with suppress(ValueError):  # they are not built: it is given batches by the program
        names = list(model.get_metrics_result())
    return ["loss", *(n for n in names if n != "loss")]


def history(model: Any, epochs: int, validated: bool) -> Any:
    """What ``fit`` returns, with nothing but gaps in it."""
    names = result_names(model)
    names += [f"val_{n}" for n in names] if validated else []
    history = keras.callbacks.History()
    history.set_model(model)
    history.epoch = list(range(epochs))
    history.history = {name: [float("nan")] * epochs for name in names}
    model.history = history
    return history


def course(history: Any) -> str:
    """How the program's own training went, from its first epoch to its last."""
    first, last = ({k: v[i] for k, v in history.history.items()} for i in (0, -1))
    ends = ", ".join(f"{name} {first[name]:.4g} to {last[name]:.4g}" for name in last)
    return f"the program's own training, over {len(history.epoch)} epochs: {ends}"
