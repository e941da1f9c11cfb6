"""Ids that were scaled: the factor that makes them whole again."""

from __future__ import annotations

import numpy as np
import pytest

from unstuck.checks._cases import dense, integers, layer, normal, recipe
from unstuck.checks.floats_into_embedding import FloatsIntoEmbedding
from unstuck.recipe import Array
from unstuck.remedies import UnscaleIds
from unstuck.remedy import Remedy

IDS = integers(0, 1000, 300, 6)


def _remedies(x: Array) -> tuple[Remedy, ...]:
    layers = [layer("Embedding", (6, 8), input_dim=1000, output_dim=8), dense(1)]
    (found,) = FloatsIntoEmbedding().look(recipe(x, normal(300), layers), None)
    return found.remedies


@pytest.mark.parametrize(
    ("x", "factor"),
    [
        (IDS / 1000, 1000),
        ((IDS / 999).astype("float32"), 999),
        ((np.arange(1800).reshape(300, 6) % 1000 / 1000).astype("float32"), 1000),
        (IDS / 255, 255),
        (np.minimum(IDS, 9) / 10, 10),
    ],
)
def test_one_factor_makes_them_whole(x: Array, factor: int) -> None:
    (remedy,) = _remedies(x)
    assert isinstance(remedy, UnscaleIds)
    assert remedy.factor % factor == 0  # a multiple keeps them apart as well


@pytest.mark.parametrize("x", [normal(300, 6), IDS / 1000 - 0.5, np.abs(normal(300, 6))])
def test_real_numbers_have_none(x: Array) -> None:
    assert _remedies(x) == ()
