"""The data of a recipe: rows as the training would receive them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import keras
import numpy as np
from keras.src.trainers import data_adapters

from unstuck.errors import CaptureError
from unstuck.recipe import Array, Data, Feed

BATCHES, ROWS, BYTES, SECONDS = 2000, 200_000, 256 * 2**20, 5.0
ARRAY_BYTES = 512 * 2**20
FIRST_STEP, LATER_STEPS = 0.5, 0.0015  # seconds; a first step compiles, later ones run


def is_arrays(x: Any) -> bool:
    """Whether Keras would take ``x`` as arrays and not as a source of batches."""
    lists = (list, tuple, dict)
    leaves = keras.tree.flatten(x) if isinstance(x, lists) else [x]
    return bool(leaves) and all(
        hasattr(v, "__array__") or hasattr(v, "shape") or isinstance(v, (int, float, str, bool))
        for v in leaves
    )


def arrays(model: Any, x: Any, y: Any, weights: Any, class_weight: Any) -> Data:
    """Rows given as arrays, lists, frames or tensors.

    Raises:
        CaptureError: inputs and targets have different numbers of rows, or none.
    """
    inputs = tuple(_array(v) for v in _parts(x, _names(model, "inputs")))
    targets = tuple(_array(v) for v in _parts(y, getattr(model, "output_names", [])))
    sizes = {len(v) if v.ndim else 0 for v in (*inputs, *targets)}
    if len(sizes) != 1 or 0 in sizes:
        found = ", ".join(str(v.shape) for v in (*inputs, *targets))
        raise CaptureError(f"fit was given inputs and targets of unlike or no rows: {found}")
    given = None if weights is None else _array(weights)
    if class_weight:
        given = _class_weights(targets[0], class_weight) * (1.0 if given is None else given)
    return Data(inputs, targets, given)


def bounded(data: Data) -> tuple[Data, str]:
    """The data, or their first rows where they would not fit; and a sentence that says so."""
    size = sum(v.nbytes for v in (*data.inputs, *data.targets))
    if size <= ARRAY_BYTES:
        return data, ""
    keep = max(1, int(data.rows * ARRAY_BYTES / size))
    note = f"the data are larger than 512 MiB: the first {keep:,} of {data.rows:,} rows were kept"
    return replace(data.take(slice(0, keep)), complete=False), note


def _names(model: Any, end: str) -> list[str]:
    return [tensor.name for tensor in getattr(model, end, None) or ()]


def _parts(values: Any, names: list[str]) -> list[Any]:
    """Arrays in the model's order; a dictionary is in the order of ``names``."""
    if isinstance(values, Mapping):
        order = [n for n in names if n in values]
        return [values[n] for n in (order if len(order) == len(values) else values)]
    if isinstance(values, (list, tuple)) and values and hasattr(values[0], "shape"):
        return list(values) if getattr(values[0], "ndim", 0) else [values]
    return [] if values is None else [values]


def _array(value: Any) -> Array:
    if hasattr(value, "to_numpy"):
        return np.asarray(value.to_numpy())
    if hasattr(value, "detach"):
        return np.asarray(value.detach().cpu().numpy())
    return np.array(value)


def _class_weights(targets: Array, weights: Mapping[int, float]) -> Array:
    wide = targets.ndim > 1 and targets.shape[-1] > 1
    classes = targets.argmax(axis=-1) if wide else np.round(targets).reshape(len(targets))
    return np.array([weights.get(int(c), 1.0) for c in classes], dtype=np.float32)


@dataclass
class _Drawn:
    """Batches as they were when the program made them."""

    copies: list[Any] = field(default_factory=list)
    last: Any = None
    shared: bool = False

    def see(self, batch: Any) -> Any:
        leaves = [v for v in keras.tree.flatten(batch) if isinstance(v, np.ndarray)]
        before = self.last or []
        self.shared |= any(np.shares_memory(a, b) for a in leaves for b in before)
        self.last = leaves
        self.copies.append(keras.tree.map_structure(_copied, batch))
        return batch


def _copied(value: Any) -> Any:
    return None if value is None else np.array(keras.ops.convert_to_numpy(value))


@dataclass(frozen=True)
class Batches:
    """Rows drawn from a source of batches; ``per_epoch`` batches of ``size`` rows make an epoch.
    ``obstacle`` is a sentence on what cannot be trained as it is."""

    data: Data
    per_epoch: int
    size: int
    obstacle: str = ""


def batches(source: Any, steps: int | None, epochs: int, class_weight: Any) -> Batches:
    """Rows drawn from a generator, a data set or a loader, through Keras's own adapter: its
    queues and worker threads act as they would in the training.

    Raises:
        CaptureError: the source yields nothing that Keras could train on.
    """
    drawn = _Drawn()
    with _recorded(source, drawn) as recorded:
        adapter = data_adapters.get_data_adapter(
            recorded, steps_per_epoch=steps, class_weight=class_weight
        )
        length = adapter.num_batches
        wanted = min(BATCHES, length or BATCHES, (steps or BATCHES) * epochs)
        queued = getattr(adapter, "enqueuer", None) is not None
        got = list(_draw(adapter, wanted, queued))
        if queued:
            adapter.enqueuer.stop()
    if not got:
        raise CaptureError("the data given to fit yield no batch")
    data = _joined(got)
    if drawn.shared and len(drawn.copies) >= len(got):
        copies = _joined([_standard(c) for c in drawn.copies[: len(got)]])
        data = replace(data, shared_memory=True, drawn=copies)
    sizes = [len(keras.tree.flatten(b)[0]) for b in got]
    uneven = "the batches differ in size" if len(set(sizes[:-1])) > 1 else ""
    complete = length is not None and len(got) >= length
    per_epoch = steps or length or len(got)
    return Batches(replace(data, complete=complete), per_epoch, sizes[0], uneven)


def _draw(adapter: Any, wanted: int, queued: bool) -> Iterator[Any]:
    began, size = time.monotonic(), 0
    iterator = iter(adapter.get_numpy_iterator())
    for number in range(wanted):
        batch = next(iterator, None)
        if batch is None:
            return
        copy = tuple(keras.tree.map_structure(_copied, part) for part in _standard(batch))
        size += sum(v.nbytes for v in keras.tree.flatten(copy) if v is not None)
        yield copy
        rows = len(keras.tree.flatten(copy)[0]) * (number + 1)
        if rows >= ROWS or size >= BYTES or time.monotonic() - began > SECONDS:
            return
        if queued:  # a real step leaves the workers time to run ahead
            time.sleep(LATER_STEPS if number else FIRST_STEP)


def _standard(batch: Any) -> tuple[Any, ...]:
    return tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)


def _joined(got: list[Any]) -> Data:
    def join(part: int) -> tuple[Array, ...]:
        if len(got[0]) <= part or got[0][part] is None:
            return ()
        leaves = [keras.tree.flatten(batch[part]) for batch in got]
        return tuple(np.concatenate(values) for values in zip(*leaves, strict=True))

    weights = join(2)
    return Data(join(0), join(1), weights[0] if weights else None, Feed.BATCHES)


@contextmanager
def _recorded(source: Any, drawn: _Drawn) -> Iterator[Any]:
    """``source`` with every batch it makes shown to ``drawn``."""
    if isinstance(source, keras.utils.PyDataset):
        own, turn = type(source), Lock()

        def get(self: Any, index: int) -> Any:
            with turn:  # or another thread refills the buffer before it is copied
                return drawn.see(own.__getitem__(self, index))

        source.__class__ = type(own.__name__, (own,), {"__getitem__": get})
        try:
            yield source
        finally:
            source.__class__ = own
    elif hasattr(source, "__next__"):
        yield (drawn.see(batch) for batch in source)
    else:
        yield source
