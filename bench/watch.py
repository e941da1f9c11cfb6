"""What ``unstuck.Watch()`` costs: whole calls of ``fit`` bare, watched, and with Keras's
TensorBoard callback (histograms each epoch, where TensorFlow is installed), in turns, each on a
fresh model.

Compiling is part of every call. Processor seconds tell more than seconds on a busy machine.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import command

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

import unstuck

ROUNDS = 3


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock and of the processor."""

    wall: float
    processor: float


def main() -> None:
    parser = command.arguments(__doc__)
    chosen = parser.parse_args()
    command.head()
    rows, epochs, rounds = (64, 2, 1) if chosen.quick else (8192, 8, ROUNDS)
    arms = _arms()
    timed: dict[str, list[Timed]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, callbacks in arms.items():
            timed[name].append(_fit(callbacks(), rows, epochs))
    table = command.Table(fit=12, seconds=9, processor=10, over_bare=10, processor_over=15)
    bare = _median(timed["bare"])
    for name, found in timed.items():
        one = _median(found)
        over = one.wall / bare.wall - 1, one.processor / bare.processor - 1
        table.row(name, one.wall, one.processor, f"{over[0]:+.1%}", f"{over[1]:+.1%}")


def _arms() -> dict[str, Callable[[], list[Any]]]:
    arms: dict[str, Callable[[], list[Any]]] = {
        "bare": list,
        "watched": lambda: [unstuck.Watch()],
    }
    if importlib.util.find_spec("tensorflow"):
        folder = tempfile.mkdtemp(prefix="unstuck-bench-")
        board = keras.callbacks.TensorBoard
        arms["TensorBoard"] = lambda: [board(folder, histogram_freq=1)]
    else:
        print("TensorFlow is not installed, which Keras's TensorBoard callback needs: left out")
    return arms


def _model() -> Any:
    """A classifier of small images with 600,000 weights."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _fit(callbacks: list[Any], rows: int, epochs: int) -> Timed:
    random = np.random.default_rng(0)
    y = random.integers(0, 10, rows)
    x = random.normal(size=(rows, 32, 32, 3)).astype(np.float32) + y[:, None, None, None] / 10
    model = _model()
    held = (x[:64] + 1, y[:64])  # histograms of TensorBoard are made where there is validation
    wall, processor = time.perf_counter(), time.process_time()
    model.fit(x, y, epochs=epochs, verbose=0, validation_data=held, callbacks=callbacks)
    return Timed(time.perf_counter() - wall, time.process_time() - processor)


def _median(found: list[Timed]) -> Timed:
    return Timed(median(f.wall for f in found), median(f.processor for f in found))


if __name__ == "__main__":
    main()
