"""``tf.data.Dataset`` where TensorFlow is not installed: the same elements, in the same order.

Those ways of making and changing a data set are here that programs take rows from memory with.
Elements are arrays, or tuples and dictionaries of them. What ``shuffle`` draws comes from NumPy's
generator: another order of the same distribution, with a buffer of the size that is asked for.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import keras
import numpy as np

from unstuck.recipe import Array

COUNTING = 5.0  # seconds for which elements are counted; after that they count as without end


class Values(np.ndarray[Any, Any]):
    """What a loop of the program's own is given of an element."""

    def numpy(self) -> Array:
        """As of a tensor."""
        return np.asarray(self)


class Dataset(keras.utils.PyDataset):  # type: ignore[misc]
    """Elements that ``make`` gives anew each time; to Keras they are batches, in their order."""

    def __init__(self, make: Callable[[], Iterable[Any]]) -> None:
        super().__init__()
        self.make = make
        self._running: Iterator[Any] = iter(())
        self._next = -1

    @staticmethod
    def from_tensor_slices(tensors: Any) -> Dataset:
        laid = _map(_array, tensors)
        count = len(_leaves(laid)[0])
        return Dataset(lambda: (_row(laid, i) for i in range(count)))

    @staticmethod
    def from_tensors(tensors: Any) -> Dataset:
        return Dataset(lambda: iter([_map(_array, tensors)]))

    @staticmethod
    def from_generator(generator: Callable[..., Any], *_types: Any, **named: Any) -> Dataset:
        given = named.get("args", ())
        return Dataset(lambda: (_map(_array, e) for e in generator(*given)))

    @staticmethod
    def range(*limits: int, **_named: Any) -> Dataset:
        return Dataset(lambda: map(_array, range(*limits)))

    @staticmethod
    def zip(*datasets: Any, **named: Any) -> Dataset:
        first = datasets[0] if datasets else named["datasets"]
        sets = first if isinstance(first, tuple | list) else datasets
        return Dataset(lambda: _side_by_side(sets))

    def shuffle(
        self,
        buffer_size: int,
        seed: int | None = None,
        reshuffle_each_iteration: bool | None = None,
    ) -> Dataset:
        fixed = seed if seed is not None or reshuffle_each_iteration is not False else 0
        again = reshuffle_each_iteration is False
        random = np.random.default_rng(fixed)

        def drawn() -> Iterator[Any]:
            draws = np.random.default_rng(fixed) if again else random
            return _shuffled(iter(self.make()), int(buffer_size), draws)

        return Dataset(drawn)

    def repeat(self, count: int | None = None) -> Dataset:
        endless = count is None or count < 0
        rounds = itertools.repeat(None) if endless else range(int(count or 0))
        return Dataset(lambda: (e for _ in rounds for e in self.make()))

    def batch(self, batch_size: int, drop_remainder: bool = False, **_named: Any) -> Dataset:
        return self._grouped(int(batch_size), drop_remainder, np.stack)

    def padded_batch(
        self, batch_size: int, *_shapes: Any, drop_remainder: bool = False, **_named: Any
    ) -> Dataset:
        return self._grouped(int(batch_size), drop_remainder, _padded)

    def _grouped(self, size: int, drop: bool, stack: Callable[[list[Array]], Array]) -> Dataset:
        def groups() -> Iterator[Any]:
            elements = iter(self.make())
            while group := list(itertools.islice(elements, size)):
                if len(group) == size or not drop:
                    yield _map(lambda *leaves: stack([np.asarray(x) for x in leaves]), *group)

        return Dataset(groups)

    def unbatch(self) -> Dataset:
        def single() -> Iterator[Any]:
            for element in self.make():
                yield from (_row(element, i) for i in range(len(_leaves(element)[0])))

        return Dataset(single)

    def window(
        self, size: int, shift: int | None = None, stride: int = 1, drop_remainder: bool = False
    ) -> Dataset:
        def windows() -> Iterator[Any]:
            elements, step, reach = list(self.make()), int(shift or size), (size - 1) * stride + 1
            for begin in range(0, len(elements), step):
                part = elements[begin : begin + reach : stride]
                if len(part) == size or not drop_remainder:
                    yield _windows(part)

        return Dataset(windows)

    def map(self, function: Callable[..., Any], *_parallel: Any, **_named: Any) -> Dataset:
        return Dataset(lambda: (_map(_array, _called(function, e)) for e in self.make()))

    def flat_map(self, function: Callable[..., Any]) -> Dataset:
        return Dataset(
            lambda: (e for whole in self.make() for e in _called(function, whole).make())
        )

    interleave = flat_map

    def filter(self, predicate: Callable[..., Any], **_named: Any) -> Dataset:
        return Dataset(lambda: (e for e in self.make() if bool(_called(predicate, e))))

    def take(self, count: int, **_named: Any) -> Dataset:
        most = None if count < 0 else int(count)
        return Dataset(lambda: itertools.islice(self.make(), most))

    def skip(self, count: int, **_named: Any) -> Dataset:
        return Dataset(lambda: itertools.islice(self.make(), int(count), None))

    def concatenate(self, other: Dataset, **_named: Any) -> Dataset:
        return Dataset(lambda: itertools.chain(self.make(), other.make()))

    def enumerate(self, start: int = 0, **_named: Any) -> Dataset:
        return Dataset(lambda: zip(map(_array, itertools.count(start)), self.make(), strict=False))

    def cache(self, *_file: Any, **_named: Any) -> Dataset:
        kept: list[Any] = []

        def elements() -> Iterator[Any]:
            if not kept:
                kept.extend(self.make())
            return iter(kept)

        return Dataset(elements)

    def prefetch(self, *_buffer: Any, **_named: Any) -> Dataset:
        return self

    with_options = prefetch

    def apply(self, change: Callable[[Dataset], Dataset]) -> Dataset:
        return change(self)

    def as_numpy_iterator(self) -> Iterator[Any]:
        return iter(self.make())

    def cardinality(self) -> Array:
        return np.asarray(-1 if self.num_batches is None else self.num_batches).view(Values)

    def __iter__(self) -> Iterator[Any]:
        return (_map(lambda x: np.asarray(x).view(Values), e) for e in self.make())

    @cached_property
    def num_batches(self) -> int | None:
        """How many elements one pass gives, by going through it once; None where it has no end."""
        ends, count = time.monotonic() + COUNTING, 0
        for count, _ in enumerate(self.make(), 1):  # noqa: B007
            if time.monotonic() > ends:
                return None
        return count

    def __len__(self) -> int:
        if self.num_batches is None:
            raise TypeError("the dataset is infinite")
        return self.num_batches

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, index: int) -> Any:
        if index != self._next:
            self._running, self._next = iter(self.make()), 0
        found = next(itertools.islice(self._running, index - self._next, None))
        self._next = index + 1
        return found


def _array(value: Any) -> Any:
    """As TensorFlow takes it: numbers of Python in single precision."""
    if isinstance(value, Dataset):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value)
    found = np.asarray(value)
    return found.astype({"f": np.float32, "i": np.int32}.get(found.dtype.kind, found.dtype))


def _side_by_side(sets: Any) -> Iterable[Any]:
    """One element of each data set at a time, in the structure in which they are given."""
    if isinstance(sets, Dataset):
        return sets.make()
    return zip(*map(_side_by_side, sets), strict=False)


def _map(change: Callable[..., Any], first: Any, *others: Any) -> Any:
    """The element with every array of it changed, those in the same place of others beside it."""
    if isinstance(first, tuple):
        return tuple(_map(change, *parts) for parts in zip(first, *others, strict=True))
    if isinstance(first, dict):
        return {k: _map(change, v, *(o[k] for o in others)) for k, v in first.items()}
    return change(first, *others)


def _row(element: Any, index: int) -> Any:
    return _map(lambda leaf: leaf[index], element)


def _leaves(element: Any) -> list[Any]:
    found: list[Any] = []
    _map(found.append, element)
    return found


def _called(function: Callable[..., Any], element: Any) -> Any:
    return function(*element) if isinstance(element, tuple) else function(element)


def _shuffled(elements: Iterator[Any], size: int, random: np.random.Generator) -> Iterator[Any]:
    """A buffer is filled, and each element that is drawn from it gives its place to the next."""
    buffer = list(itertools.islice(elements, size))
    for element in elements:
        place = int(random.integers(len(buffer)))
        yield buffer[place]
        buffer[place] = element
    yield from (buffer[i] for i in random.permutation(len(buffer)))


def _padded(rows: list[Array]) -> Array:
    longest = np.max([row.shape for row in rows], axis=0)
    return np.stack(
        [np.pad(r, [(0, int(m - n)) for m, n in zip(longest, r.shape, strict=True)]) for r in rows]
    )


def _windows(part: list[Any]) -> Any:
    """A window is a data set, or of elements of several arrays as many data sets."""
    if isinstance(part[0], tuple):
        columns = list(zip(*part, strict=True))
        return tuple(_windows(list(column)) for column in columns)
    return Dataset(lambda: iter(part))
