"""Checks of the output look at each of several, and their remedies change that one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unstuck.checks._cases import dense, normal, recipe
from unstuck.checks._run import run_checks
from unstuck.recipe import Data, Loss, Recipe
from unstuck.remedies import LinearOutput, ProbabilityOutput
from unstuck.remedy import Remedy

PARTS = ("mean_squared_error", "binary_crossentropy")
OF_OUTPUTS = {"relu-output", "bounded-output", "single-unit-softmax", "logits-as-probabilities"}


def _two(price: str, sold: str, parts: tuple[str, ...] = PARTS) -> Recipe:
    """A number of either sign and a label, each under a loss of its own."""
    x = normal(300, 3)
    data = Data((x,), (x.sum(axis=1), (x[:, 0] > 0).astype(float)))
    loss = Loss("", pickled=b"both", parts=parts, outputs=("dense_1", "dense_2"))
    layers = [dense(16, "relu"), dense(1, price), dense(1, sold)]
    return recipe(x, x, layers, loss, data=data)


def _found(made: Recipe) -> dict[str, tuple[Remedy, ...]]:
    return {f.check: f.remedies for f in run_checks(made, None, OF_OUTPUTS)}


@pytest.mark.parametrize(
    ("price", "sold", "check", "remedy"),
    [
        ("relu", "sigmoid", "relu-output", LinearOutput("dense_1")),
        ("tanh", "sigmoid", "bounded-output", LinearOutput("dense_1")),
        ("linear", "softmax", "single-unit-softmax", ProbabilityOutput("sigmoid", "dense_2")),
        ("linear", "linear", "logits-as-probabilities", ProbabilityOutput("sigmoid", "dense_2")),
    ],
)
def test_each_output_is_looked_at(price: str, sold: str, check: str, remedy: Remedy) -> None:
    assert _found(_two(price, sold)) == {check: (remedy,)}


def test_outputs_that_fit_their_losses_are_left() -> None:
    assert not _found(_two("linear", "sigmoid"))
    told = _two("linear", "linear")
    assert not _found(replace(told, loss=replace(told.loss, logits=(False, True))))


@pytest.mark.parametrize("part", ["", "my_own"])
def test_outputs_under_no_loss_or_one_of_ones_own_are_left(part: str) -> None:
    assert not _found(_two("relu", "sigmoid", (part, "binary_crossentropy")))
