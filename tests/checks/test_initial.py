"""What is said of the first weights, read from the captured ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unstuck.checks._cases import dense, initializer, normal, recipe
from unstuck.checks._initial import redrawn, starts
from unstuck.checks._run import run_checks
from unstuck.recipe import Array, Recipe
from unstuck.remedies import DefaultInitializers, FreshWeights

CHECKS = ["symmetric-initialization", "oversized-initialization", "undersized-initialization"]


def _weighed(*weights: Array, **model: object) -> Recipe:
    """A network 8-16-1 that begins with ``weights``: kernel, bias, kernel, bias."""
    told = initializer("Mine")
    layers = [dense(16, "relu", kernel_initializer=told), dense(1, kernel_initializer=told)]
    made = recipe(normal(99, 8), normal(99), layers)
    owned = [replace(x, owns=(2 * i, 2 * i + 1)) for i, x in enumerate(made.model.layers)]
    changes = {"layers": tuple(owned), "weights": weights, **model}
    return replace(made, model=replace(made.model, **changes))  # type: ignore[arg-type]


def _drawn(scale: float) -> tuple[Array, ...]:
    return normal(8, 16) * scale, np.zeros(16), normal(16, 1) * scale, np.zeros(1)


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        (_drawn(0.3), set()),
        (_drawn(30.0), {"oversized-initialization"}),
        (_drawn(1e-5), {"undersized-initialization"}),
        (tuple(np.zeros_like(w) for w in _drawn(1)), {"symmetric-initialization"}),
        ((*_drawn(0.3)[:2], np.zeros((16, 1)), np.zeros(1)), set()),
        ((), set()),
        ((np.zeros(0),) * 4, set()),
        ((normal(3, 3),), set()),
    ],
)
def test_weights_tell(weights: tuple[Array, ...], found: set[str]) -> None:
    findings = run_checks(_weighed(*weights), select=CHECKS)
    assert {f.check for f in findings} == found
    assert all(isinstance(r, DefaultInitializers) for f in findings for r in f.remedies)


def test_equal_columns_before_unlike_rows_are_told_apart() -> None:
    """Weights behind equal units break the symmetry where units are alive."""
    same = np.repeat(normal(8, 1), 16, axis=1)
    made = _weighed(same, np.zeros(16), normal(16, 1), np.zeros(1))
    (finding,) = run_checks(made, select=CHECKS)
    assert finding.evidence["stay_equal"] == 0


@pytest.mark.parametrize("scale", [0.0, 1e-5])
def test_weights_that_no_training_comes_to_may_be_drawn_again(scale: float) -> None:
    """Whether they were set as a whole or for a layer."""
    whole = _weighed(*_drawn(scale), warm=True)
    (finding,) = run_checks(whole, select=CHECKS)
    assert finding.remedies == (FreshWeights(),)
    (finding,) = run_checks(_weighed(*_drawn(scale), given=(0, 1)), select=CHECKS)
    assert finding.remedies == (FreshWeights((whole.model.layers[0].name,)),)


def test_weights_that_were_trained_are_not_drawn_again() -> None:
    made = _weighed(*_drawn(0.0), warm=True)
    trained = replace(made, optimizer=replace(made.optimizer, state=(np.ones(1),)))
    (finding,) = run_checks(trained, select=CHECKS)
    assert finding.remedies == ()


def test_weights_that_were_loaded_are_not_drawn_again() -> None:
    made = _weighed(*_drawn(30.0), warm=True)
    assert run_checks(made, select=CHECKS) == ()
    given = _weighed(*_drawn(30.0), given=(0,))
    assert redrawn(given, [s.layer for s in starts(given)][:1]) == ()
