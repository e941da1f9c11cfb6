"""summed-loss: a loss that grows with the batch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import adam, optimizer, regression, tried
from unstuck.experiments import COPIES, Floats
from unstuck.finding import Finding, Severity
from unstuck.recipe import Optimizer, Recipe
from unstuck.remedies import SetRate
from unstuck.trace import Trace

NEAR = 0.01
# They divide the gradient by its own size, so a factor before the loss changes nothing.
SCALE_FREE = frozenset(
    {"Adam", "AdamW", "Nadam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "Lion", "Lamb", "Muon"}
)
CLIPPING = ("clipnorm", "global_clipnorm")


def _clipped() -> Optimizer:
    made = optimizer("SGD", 0.01)
    config = {**made.config["config"], "clipnorm": 1.0}
    return Optimizer("SGD", {"class_name": "SGD", "config": config}, 0.01)


class SummedLoss(Check):
    name = "summed-loss"
    needs_trace = True
    summary = "A loss that is the sum over a batch, not the mean."
    why = (
        "The gradient grows with the number of rows: a batch of 256 takes steps 256 times those "
        "that the learning rate is made for, and another batch size is another training."
    )
    instead = 'Take the mean over the batch (reduction="sum_over_batch_size", ops.mean).'
    false_alarms = (
        "Adam and its kin divide the gradient by its size, and clipping bounds it: a note. A sum "
        "over the features of a row, then a mean over rows, is not reported. Otherwise trials "
        "decide, with the learning rate divided by the batch size, which comes to the same."
    )
    sources = (
        "37 reasons why your neural network is not working: reduction",
        "theory: of n copies of a batch, a sum is n times the sum and a mean is the mean",
    )
    firing = (
        Case(
            "under plain descent",
            lambda: regression(by=optimizer("SGD", 0.01)),
            lambda: tried(copied=np.array([2.0, 4.0])),
        ),
        Case(
            "under Adam", lambda: regression(by=adam()), lambda: tried(copied=np.array([2.0, 4.0]))
        ),
        Case(
            "clipped", lambda: regression(by=_clipped()), lambda: tried(copied=np.array([2.0, 4.0]))
        ),
    )
    silent = (
        Case("a mean", regression, lambda: tried(copied=np.ones(2))),
        Case("a norm over the batch", regression, lambda: tried(copied=np.sqrt(COPIES))),
        Case("zero", regression, lambda: tried(copied=np.full(2, np.nan))),
        Case("not tried", regression, tried),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        found = trace.experiments if trace else None
        if found is None or not _grows(found.copied):
            return
        batch = min(recipe.fit.batch_size, recipe.data.rows)
        harmless = _is_scale_free(recipe.optimizer) or batch == 1
        again = SetRate(recipe.optimizer.learning_rate / max(batch, 1))
        yield self.found(
            f"two copies of a batch have {found.copied[0]:.3g} times its loss, and four "
            f"{found.copied[1]:.3g} times: it is summed over the {batch} rows of a batch",
            {"two_copies": float(found.copied[0]), "batch": batch},
            recipe.loss.place,
            () if harmless else (again,),
            severity=Severity.NOTE if harmless else None,
        )


def _grows(copied: Floats) -> bool:
    return copied.shape == (len(COPIES),) and bool(np.allclose(copied, COPIES, rtol=NEAR))


def _is_scale_free(optimizer: Optimizer) -> bool:
    settings = optimizer.config.get("config", {})
    clipped = any(settings.get(name) for name in CLIPPING)
    return clipped or optimizer.name in SCALE_FREE
