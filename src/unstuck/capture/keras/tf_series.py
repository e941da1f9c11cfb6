"""``keras.utils.timeseries_dataset_from_array``, which Keras makes with TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from unstuck.capture.keras.tf_data import Dataset
from unstuck.recipe import Array

AHEAD = 8  # batches, of windows that are shuffled in each epoch: as in Keras
ALONE = 1024  # windows, where there are no batches


def windows_of_series(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    **_named: Any,
) -> Dataset:
    """Windows ``(sequence_length, ...)`` of a series and, if given, the target at the place where
    each begins, in batches; arguments as of Keras 3.15."""
    series = np.asarray(data)[slice(start_index, end_index)]
    wanted = None if targets is None else np.asarray(targets)[slice(start_index, end_index)]
    count = len(series) - (sequence_length - 1) * sampling_rate
    if wanted is not None:
        count = min(count, len(np.asarray(targets)))
    begins = np.arange(0, max(0, count), sequence_stride)
    if shuffle:
        np.random.default_rng(seed).shuffle(begins)
    within = np.arange(sequence_length) * sampling_rate
    found = Dataset(lambda: _windows(series, wanted, begins, within))
    if shuffle:
        found = found.shuffle(batch_size * AHEAD if batch_size else ALONE, seed)
    return found if batch_size is None else found.batch(batch_size)


def _windows(series: Array, targets: Array | None, begins: Array, within: Array) -> Iterator[Any]:
    for begin in begins:
        window = series[begin + within]
        yield window if targets is None else (window, targets[begin])
