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

from unstuck.capture.keras.forms import Ends, array, ends, laid_out
from unstuck.errors import CaptureError
from unstuck.recipe import Array, Data, Feed, Forms, stand_in

BATCHES, ROWS, BYTES, SECONDS = 2000, 200_000, 256 * 2**20, 5.0
ARRAY_BYTES = 512 * 2**20
FEW = 0.02  # of the rows, which may have several targets
FIRST_STEP, LATER_STEPS = 0.5, 0.0015  # seconds; a first step compiles, later ones run


def is_arrays(x: Any) -> bool:
    """Whether Keras would take ``x`` as arrays and not as a source of batches."""
    lists = (list, tuple, dict)
    leaves = keras.tree.flatten(x) if isinstance(x, lists) else [x]
    return bool(leaves) and all(
        hasattr(v, "__array__") or hasattr(v, "shape") or isinstance(v, (int, float, str, bool))
        for v in leaves
    )


def arrays(model: Any, x: Any, y: Any, weights: Any, class_weight: Any) -> tuple[Data, Forms]:
    """Rows given as arrays, lists, frames or tensors, and the structures they came in.

    Raises:
        CaptureError: inputs and targets have different numbers of rows, or none, or class
            weights come on top of sample weights.
    """
    names = ends(model)
    inputs, takes = laid_out(x, names.inputs)
    targets, gives = laid_out(y, names.outputs)
    sizes = {len(v) if v.ndim else 0 for v in (*inputs, *targets)}
    if len(sizes) != 1 or 0 in sizes:
        found = ", ".join(str(v.shape) for v in (*inputs, *targets))
        raise CaptureError(f"fit was given inputs and targets of unlike or no rows: {found}")
    if class_weight and (weights is not None or len(targets) != 1):
        raise CaptureError("fit takes class weights for one output and without sample weights")
    if class_weight:
        weights = _class_weights(targets[0], class_weight)
    return _weighed(Data(inputs, targets), Forms(takes, gives), weights, names)


def _weighed(data: Data, forms: Forms, weights: Any, names: Ends) -> tuple[Data, Forms]:
    """The data with weights of rows, or with those of each output."""
    if weights is None:
        return data, forms
    if not isinstance(weights, (Mapping, list, tuple)):
        return replace(data, weights=array(weights)), forms
    ones = np.ones(data.rows, dtype=np.float32)
    found, form = laid_out(_filled(weights, ones), names.outputs)
    if len(found) == 1:
        return replace(data, weights=found[0]), forms
    return replace(data, output_weights=found), replace(forms, weights=form)


def _filled(weights: Any, ones: Array) -> Any:
    if isinstance(weights, Mapping):
        return {k: ones if w is None else w for k, w in weights.items()}
    return [ones if w is None else w for w in weights]


def bounded(data: Data) -> tuple[Data, str]:
    """The data, or their first rows where they would not fit; and a sentence that says so."""
    size = sum(v.nbytes for v in (*data.inputs, *data.targets))
    if size <= ARRAY_BYTES:
        return data, ""
    keep = max(1, int(data.rows * ARRAY_BYTES / size))
    note = f"the data are larger than 512 MiB: the first {keep:,} of {data.rows:,} rows were kept"
    return replace(data.take(slice(0, keep)), complete=False), note


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
        self.copies.append(keras.tree.map_structure(copied, batch))
        return batch


def copied(value: Any) -> Any:
    """A leaf of a batch as an array of its own."""
    return None if value is None else np.array(keras.ops.convert_to_numpy(value))


@dataclass(frozen=True)
class Batches:
    """Rows drawn from a source of batches; ``per_epoch`` batches of ``size`` rows make an epoch.
    ``obstacle`` is a sentence on what cannot be trained as it is."""

    data: Data
    per_epoch: int
    size: int
    obstacle: str = ""
    forms: Forms = field(default_factory=Forms)


def batches(model: Any, source: Any, steps: int | None, epochs: int, class_weight: Any) -> Batches:
    """Rows drawn from a generator, a data set or a loader, through Keras's own adapter: its
    queues and worker threads act as they would in the training.

    Raises:
        CaptureError: the source yields nothing that Keras could train on.
    """
    drawn = _Drawn()
    with _recorded(source, drawn) as recorded:
        got, length = _pass(recorded, steps, epochs, class_weight)
    if not got:
        raise CaptureError("the data given to fit yield no batch")
    data, forms = joined(got, ends(model))
    if drawn.shared and len(drawn.copies) >= len(got):
        copies, _ = joined([_standard(c) for c in drawn.copies[: len(got)]], ends(model))
        data = replace(data, shared_memory=True, drawn=copies)
    sizes = [len(keras.tree.flatten(b)[0]) for b in got]
    regular = len(set(sizes[:-1])) <= 1 and sizes[-1] <= sizes[0]
    uneven = "" if regular else "the batches differ in size"
    data = replace(data, complete=length is not None and len(got) >= length)
    if data.complete and epochs > 1 and _changes_between_epochs(source):
        source.on_epoch_end()
        again, _ = _pass(source, steps, epochs, class_weight)
        data = _regrouped(data, joined(again, ends(model))[0])
    per_epoch = steps or length or len(got)
    return Batches(data, per_epoch, sizes[0], uneven, forms)


def _pass(
    source: Any, steps: int | None, epochs: int, class_weight: Any
) -> tuple[list[Any], int | None]:
    """The batches of one epoch, or of all where it has no end, and how many an epoch has."""
    adapter = data_adapters.get_data_adapter(
        source, steps_per_epoch=steps, class_weight=class_weight
    )
    length = adapter.num_batches
    wanted = min(BATCHES, length or BATCHES, (steps or BATCHES) * epochs)
    queued = getattr(adapter, "enqueuer", None) is not None
    got = list(_draw(adapter, wanted, queued))
    if queued:
        adapter.enqueuer.stop()
    return got, length


def _changes_between_epochs(source: Any) -> bool:
    """Whether code of the program's own runs at the end of an epoch."""
    kind = keras.utils.PyDataset
    return isinstance(source, kind) and type(source).on_epoch_end is not kind.on_epoch_end


def _regrouped(first: Data, second: Data) -> Data:
    """The rows of the first epoch; but where known inputs come with targets that they do not have
    there, those of the second, which is as all others will be."""
    known = stand_in(first.inputs, second.inputs)
    paired = stand_in((*first.inputs, *first.targets), (*second.inputs, *second.targets))
    share = float((known & ~paired).mean())
    return first if share <= FEW else replace(second, drawn=first, regrouped=share)


def _draw(adapter: Any, wanted: int, queued: bool) -> Iterator[Any]:
    began, size = time.monotonic(), 0
    iterator = iter(adapter.get_numpy_iterator())
    for number in range(wanted):
        batch = next(iterator, None)
        if batch is None:
            return
        copy = tuple(keras.tree.map_structure(copied, part) for part in _standard(batch))
        size += sum(v.nbytes for v in keras.tree.flatten(copy) if v is not None)
        yield copy
        rows = len(keras.tree.flatten(copy)[0]) * (number + 1)
        if rows >= ROWS or size >= BYTES or time.monotonic() - began > SECONDS:
            return
        if queued:  # a real step leaves the workers time to run ahead
            time.sleep(LATER_STEPS if number else FIRST_STEP)


def _standard(batch: Any) -> tuple[Any, ...]:
    return tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)


def joined(got: list[Any], names: Ends) -> tuple[Data, Forms]:
    """Batches (inputs, targets, weights) one after another, and their structures."""

    def join(part: int, order: tuple[str, ...]) -> tuple[tuple[Array, ...], Any]:
        if len(got[0]) <= part:
            return (), None
        pairs = [laid_out(batch[part], order) for batch in got]
        columns = zip(*(leaves for leaves, _ in pairs), strict=True)
        return tuple(np.concatenate(values) for values in columns), pairs[0][1]

    (inputs, takes), (targets, gives) = join(0, names.inputs), join(1, names.outputs)
    weights, weighs = join(2, names.outputs)
    data = Data(inputs, targets, feed=Feed.BATCHES)
    if len(weights) > 1:
        return replace(data, output_weights=weights), Forms(takes, gives, weighs)
    return replace(data, weights=weights[0] if weights else None), Forms(takes, gives)


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
