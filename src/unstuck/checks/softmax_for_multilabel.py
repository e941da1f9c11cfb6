"""softmax-for-multilabel: softmax over labels that are independent."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, integers, normal, one_hot, recipe
from unstuck.checks._objective import BINARY, CATEGORICAL, many_or_none, one_target, several
from unstuck.checks._task import SQUARED, distinct_rows, head
from unstuck.finding import Finding, Severity
from unstuck.recipe import Array, Loss, Recipe
from unstuck.remedies import ProbabilityOutput, UseLoss
from unstuck.remedy import Remedy
from unstuck.trace import Trace

SHARE = 0.01  # of the rows, as targets-not-distributions has it


def _recipe(y: Array, activation: str, loss: str | Loss) -> Recipe:
    layers = [dense(16, "relu"), dense(y.shape[-1], activation)]
    return recipe(normal(len(y), 4), y, layers, loss)


def _labels() -> Array:
    return integers(0, 2, 300, 5)


def _coded() -> Array:
    """Seven classes as bits of their numbers, in ten columns."""
    return (integers(0, 7, 300)[:, None] >> integers(0, 1, 10)) & 1


class SoftmaxForMultilabel(Check):
    name = "softmax-for-multilabel"
    severity = Severity.ERROR
    summary = "Softmax over labels of which a row may have several, or none."
    why = (
        "Softmax shares one whole of probability among the labels: of a row with two, neither can "
        "be more than one half, and a row with none must still name one."
    )
    instead = 'activation="sigmoid" on the output, under loss="binary_crossentropy".'
    false_alarms = (
        "One-hot and soft rows are classes, not labels. Rows of bits that stand for a few classes "
        "are those of targets-not-distributions."
    )
    sources = (
        "measured on Keras 3.15.1, JAX: 0.69 of five labels right under softmax and binary "
        "cross-entropy, 0.99 under sigmoid",
    )
    firing = (
        Case("binary cross-entropy", lambda: _recipe(_labels(), "softmax", "binary_crossentropy")),
        Case("squared error", lambda: _recipe(_labels(), "softmax", "mean_squared_error")),
        Case(
            "categorical cross-entropy: a warning, since the rows are reported too",
            lambda: _recipe(_labels(), "softmax", "categorical_crossentropy"),
        ),
    )
    silent = (
        Case("sigmoid", lambda: _recipe(_labels(), "sigmoid", "binary_crossentropy")),
        Case(
            "one-hot rows",
            lambda: _recipe(one_hot(integers(0, 5, 300), 5), "softmax", "binary_crossentropy"),
        ),
        Case(
            "few classes, written in bits",
            lambda: _recipe(_coded(), "softmax", "categorical_crossentropy"),
        ),
        Case(
            "a loss of the program's own",
            lambda: _recipe(_labels(), "softmax", Loss("mine", custom=True)),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        last, y, loss = head(recipe), one_target(recipe), recipe.loss
        if y is None or last.activation != "softmax" or loss.custom or loss.from_logits:
            return
        off, more = many_or_none(y), several(y)
        if y.ndim != 2 or more < SHARE:
            return
        classes = loss.name in CATEGORICAL
        if not classes and loss.name not in BINARY | SQUARED:
            return
        if classes and len(distinct_rows(y)) <= y.shape[1]:  # bits for classes, more likely
            return
        ends = last is recipe.model.output_layer and "activation" in last.config
        sigmoid: Remedy = ProbabilityOutput("sigmoid")
        remedy = UseLoss("binary_crossentropy", "sigmoid") if classes else sigmoid
        yield self.found(
            f"{last.name} shares one whole among {y.shape[1]} labels by softmax, and {more:.0%} of "
            f"the rows have several of them, {off - more:.0%} none",
            {"several": more, "none": off - more, "labels": y.shape[1]},
            last.place,
            (remedy,) if ends else (),
            layer=last,
            severity=Severity.WARNING if classes else Severity.ERROR,
        )
