"""How a loop goes through its rows, told from its batches alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unstuck.capture.passes import Course, Seen, keys_of, passes

RNG = np.random.default_rng(0)


def _seen(rows: np.ndarray, data: np.ndarray) -> Seen:
    return Seen(keys_of([data[rows]]), rows)


def _loop(orders: list[np.ndarray], size: int, data: np.ndarray) -> list[Seen]:
    return [_seen(o[i : i + size], data) for o in orders for i in range(0, len(o), size)]


@given(
    rows=st.integers(2, 60),
    size=st.integers(1, 20),
    epochs=st.integers(2, 7),
    mixed=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_passes_are_found(rows: int, size: int, epochs: int, mixed: bool, seed: int) -> None:
    """Whatever rows, sizes and orders, the passes come out again."""
    random = np.random.default_rng(seed)
    data = random.normal(size=(rows, 3))
    orders = [random.permutation(rows) if mixed else np.arange(rows) for _ in range(epochs)]
    found = passes(_loop(orders, size, data))
    per_epoch = -(-rows // size)
    assert (found.epochs, found.per_epoch) == (epochs, per_epoch)
    assert found.size == min(size, rows)
    assert found.regular
    assert found.whole
    assert sorted(found.rows) == list(range(rows))
    if not mixed:
        assert found.course is Course.FIXED
        assert list(found.rows) == list(range(rows))


def test_rows_shuffled_in_each_pass() -> None:
    data = RNG.normal(size=(50, 2))
    found = passes(_loop([RNG.permutation(50) for _ in range(4)], 8, data))
    assert found.course is Course.MIXED
    assert found.shuffled
    assert not found.in_batches


def test_whole_batches_in_another_order() -> None:
    data = RNG.normal(size=(52, 2))
    batches = _loop([np.arange(52)], 8, data)
    found = passes([batches[i] for _ in range(4) for i in RNG.permutation(7)])
    assert found.course is Course.MOVED
    assert found.in_batches
    assert found.regular  # the smaller one was put last
    assert len(found.rows) == 52


def test_a_loop_that_was_cut_within_its_second_pass() -> None:
    data = RNG.normal(size=(80, 2))
    fixed = passes(_loop([np.arange(80), np.arange(80)], 8, data)[:15])
    mixed = passes(_loop([np.arange(80), RNG.permutation(80)], 8, data)[:15])
    assert (fixed.course, fixed.epochs, fixed.per_epoch) == (Course.FIXED, 1, 10)
    assert (mixed.course, mixed.epochs, mixed.per_epoch) == (Course.MIXED, 1, 10)


def test_batches_drawn_at_random() -> None:
    data = RNG.normal(size=(200, 2))
    found = passes(_loop([RNG.integers(0, 200, 10) for _ in range(400)], 10, data))
    assert found.course is Course.DRAWN
    assert found.shuffled
    assert sorted(found.rows) == list(range(200))
    assert found.epochs * found.per_epoch == 400


def test_new_rows_each_time() -> None:
    data = RNG.normal(size=(400, 2))
    found = passes(_loop([np.arange(400)], 10, data))
    assert (found.course, found.epochs, found.per_epoch) == (Course.FRESH, 1, 40)
    assert found.in_batches
    assert not found.shuffled


def test_equal_rows_of_a_small_table() -> None:
    """A table that is smaller than its batches: the batches are the data, as they are."""
    table = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    found = passes(_loop([RNG.integers(0, 4, 32) for _ in range(9)], 32, table))
    assert len(found.rows) == 9 * 32


def test_one_batch_again_and_again() -> None:
    found = passes(_loop([np.arange(6)] * 5, 6, RNG.normal(size=(6, 2))))
    assert (found.course, found.epochs, found.per_epoch) == (Course.FIXED, 5, 1)


def test_rows_for_which_there_was_no_room() -> None:
    data = RNG.normal(size=(40, 2))
    batches = _loop([np.arange(40)] * 3, 10, data)
    kept = [b if i % 4 < 2 else Seen(b.keys, b.rows[:0]) for i, b in enumerate(batches)]
    found = passes(kept)
    assert (len(found.rows), found.per_epoch, found.epochs) == (20, 2, 3)
    assert not found.whole


def test_batches_of_any_size_are_told() -> None:
    data = RNG.normal(size=(20, 2))
    parts = [_seen(np.arange(*p), data) for p in ((0, 3), (3, 12), (12, 20))]
    assert not passes(parts * 3).regular


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8", "bool"])
def test_keys_tell_rows_apart(dtype: str) -> None:
    values = np.arange(12).reshape(6, 2).astype(dtype)
    assert len(set(keys_of([values, np.arange(6)]).tolist())) == 6
    assert keys_of([values])[0] == keys_of([values[:1].copy()])[0]
