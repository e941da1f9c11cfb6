"""Which part of a training a fault is in. Every name of a fault stands here, with a check or not
yet; so a new one finds its place in the reference."""

from __future__ import annotations

from functools import cache

AREAS = {
    "data": """
        aliased-batches conflicting-labels constant-features double-scaled-inputs
        duplicate-samples floats-into-embedding imbalanced-classes label-format-mismatch
        labels-out-of-range leaked-target leaked-validation misaligned-labels mixed-samples
        noisy-labels non-finite-data opaque-encoding scrambled-axes signed-labels skewed-targets
        stuck-generator tail-validation-split targets-not-distributions token-out-of-range
        too-few-samples unmasked-padding unscaled-inputs unscaled-targets unshuffled-training
        unused-preprocessing zeroed-weights
    """,
    "objective": """
        binary-loss-for-multiclass blocked-gradient bounded-output broadcast-loss
        double-activation dropout-on-output inverted-loss logits-as-probabilities
        output-units-mismatch rectified-logits relu-output sigmoid-for-multiclass
        single-unit-softmax softmax-for-multilabel softmax-wrong-axis summed-loss
        unattached-loss unstable-loss wrong-loss-for-task
    """,
    "optimizer": """
        decayed-learning-rate excessive-regularization extreme-optimizer-settings
        learning-rate-too-high learning-rate-too-low over-clipped-gradients premature-stopping
        reset-optimizer restarted-training too-few-updates unsuitable-batch-size
    """,
    "initialization": """
        dead-relu exploding-gradients oversized-initialization saturated-activations
        symmetric-initialization undersized-initialization unlucky-seed vanishing-gradients
    """,
    "architecture": """
        batch-norm-single-sample disconnected-input excessive-dropout frozen-layers
        lagging-batch-norm misread-sequence missing-nonlinearity single-step-recurrence
        stale-trainable too-narrow unregistered-layers unused-layers wrong-axis
    """,
    "evaluation": """
        accuracy-for-regression argmax-for-multilabel argmax-single-column misleading-metric
        mismatched-decoding mismatched-validation never-trained thresholded-logits
        train-mode-evaluation
    """,
    "task": """
        delayed-generalization extrapolation no-signal noise-floor overfitting
    """,
    "training loop": """
        carried-state detached-loss eval-mode-training misplaced-zero-grad missing-step
        missing-zero-grad mutated-data no-grad-training stale-optimizer
    """,
}


@cache
def areas() -> dict[str, str]:
    """The area of each fault, by name."""
    return {name: area for area, names in AREAS.items() for name in names.split()}
