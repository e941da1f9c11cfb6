"""Validation labels under other names, told from labels that are only hard."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.recipe import Data
from unstuck.trials.measure import Measure
from unstuck.trials.renamed import renamed
from unstuck.trials.split import Split

CENTRES = np.random.default_rng(0).normal(size=(5, 8)) * 3


def _rows(seed: int, names: list[int], noise: float = 1.0) -> Data:
    random = np.random.default_rng(seed)
    classes = random.integers(0, 5, 300)
    x = CENTRES[classes] + noise * random.normal(size=(300, 8))
    return Data((x,), (np.array(names)[classes],))


def _split(judged: Data) -> Split:
    return Split(_rows(1, [0, 1, 2, 3, 4]), judged, "", is_sample=True)


SPARSE = Measure(("sparse",), (False,))


def test_other_names_are_found_with_each_pair() -> None:
    found = renamed(_split(_rows(2, [1, 2, 0, 3, 4])), SPARSE)
    assert found is not None
    assert found.before < 0.6
    assert found.after > 0.9
    assert set(found.names) == {(0.0, 1.0), (1.0, 2.0), (2.0, 0.0)}


@pytest.mark.parametrize(
    "judged",
    [_rows(2, [0, 1, 2, 3, 4]), _rows(2, [0, 1, 2, 3, 4], 20.0), _rows(2, [1, 2, 0, 3, 4], 20.0)],
    ids=["the same names", "hard rows", "hard rows of other names"],
)
def test_nothing_is_said_of(judged: Data) -> None:
    assert renamed(_split(judged), SPARSE) is None


def test_rows_of_the_training_have_its_names() -> None:
    train = _rows(1, [0, 1, 2, 3, 4])
    held = Split(train, _rows(2, [1, 2, 0, 3, 4]), "", np.arange(300), is_sample=True)
    assert renamed(held, SPARSE) is None


def test_one_hot_rows_have_names_too() -> None:
    one_hot = _rows(2, [1, 2, 0, 3, 4])
    judged = Data(one_hot.inputs, (np.eye(5)[one_hot.targets[0]],))
    train = _rows(1, [0, 1, 2, 3, 4])
    wide = Data(train.inputs, (np.eye(5)[train.targets[0]],))
    assert renamed(Split(wide, judged, "", is_sample=True), Measure(("argmax",), (False,)))
