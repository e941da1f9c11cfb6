"""What is drawn for a finding: a table from the name of the fault to its drawings.

A drawing takes a finding, the recipe and, where there is one, the trace of the program as
written; it gives a figure, or None where the data hold nothing to draw.
"""

from __future__ import annotations

from collections.abc import Callable

from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.report.html.drawings import data, learners, training
from unstuck.report.html.figure import Figure
from unstuck.trace import Trace

Drawing = Callable[[Finding, Recipe, Trace | None], Figure | None]

DRAWINGS: dict[str, tuple[Drawing, ...]] = {
    "accuracy-for-regression": (data.targets,),
    "binary-loss-for-multiclass": (data.classes,),
    "bounded-output": (data.targets,),
    "broadcast-loss": (data.broadcast,),
    "constant-features": (data.features,),
    "dead-relu": (training.silent, training.gradients),
    "decayed-learning-rate": (training.schedule,),
    "double-scaled-inputs": (data.inputs,),
    "excessive-regularization": (training.gradients,),
    "exploding-gradients": (training.gradients,),
    "floats-into-embedding": (data.inputs,),
    "imbalanced-classes": (data.classes,),
    "inverted-loss": (learners.wrong,),
    "labels-out-of-range": (data.classes,),
    "leaked-target": (data.copied,),
    "learning-rate-too-high": (training.losses, training.updates),
    "learning-rate-too-low": (training.losses, training.updates),
    "logits-as-probabilities": (data.classes,),
    "misaligned-labels": (learners.shifted,),
    "no-signal": (learners.permuted, learners.learners),
    "noise-floor": (learners.learners, learners.sizes),
    "noisy-labels": (learners.doubted,),
    "opaque-encoding": (data.period,),
    "output-units-mismatch": (data.classes,),
    "over-clipped-gradients": (training.clipped,),
    "oversized-initialization": (training.initial,),
    "premature-stopping": (training.losses,),
    "relu-output": (data.targets,),
    "saturated-activations": (training.pinned,),
    "sigmoid-for-multiclass": (data.classes,),
    "signed-labels": (data.targets,),
    "single-unit-softmax": (data.classes,),
    "skewed-targets": (data.targets, data.log_targets),
    "summed-loss": (learners.copies,),
    "symmetric-initialization": (training.initial,),
    "tail-validation-split": (data.order,),
    "token-out-of-range": (data.inputs,),
    "too-few-samples": (learners.sizes,),
    "too-few-updates": (training.losses,),
    "undersized-initialization": (training.initial,),
    "unlucky-seed": (training.scores,),
    "unmasked-padding": (data.inputs,),
    "unscaled-inputs": (data.features, data.inputs),
    "unscaled-targets": (data.targets,),
    "unshuffled-training": (data.order,),
    "vanishing-gradients": (training.gradients,),
    "wrong-loss-for-task": (data.targets,),
}


def drawn(finding: Finding, recipe: Recipe | None, trace: Trace | None) -> tuple[Figure, ...]:
    """The drawings of a finding; none where nothing of it can be drawn."""
    if recipe is None:
        return ()
    figures = (draw(finding, recipe, trace) for draw in DRAWINGS.get(finding.check, ()))
    return tuple(f for f in figures if f is not None)
