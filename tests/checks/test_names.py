"""Names of faults are a contract: reports, suppressions and scoreboards use them."""

from __future__ import annotations

from pathlib import Path

from unstuck import checks
from unstuck.checks._run import all_checks

# Every fault that has a name, with a check or not yet. Add to it; never rename.
NAMES = """
    accuracy-for-regression aliased-batches argmax-for-multilabel argmax-single-column
    batch-norm-single-sample binary-loss-for-multiclass blocked-gradient bounded-output
    broadcast-loss carried-state conflicting-labels constant-features dead-relu
    decayed-learning-rate delayed-generalization detached-loss disconnected-input
    double-activation double-scaled-inputs dropout-on-output duplicate-samples
    eval-mode-training excessive-dropout excessive-regularization exploding-gradients
    extrapolation extreme-optimizer-settings floats-into-embedding frozen-layers
    imbalanced-classes inverted-loss label-format-mismatch labels-out-of-range
    lagging-batch-norm leaked-target leaked-validation learning-rate-too-high
    learning-rate-too-low logits-as-probabilities misaligned-labels misleading-metric
    mismatched-decoding mismatched-validation misplaced-zero-grad misread-sequence
    missing-nonlinearity
    missing-step missing-zero-grad mixed-samples mutated-data never-trained no-grad-training
    no-signal noise-floor noisy-labels non-finite-data opaque-encoding output-units-mismatch
    over-clipped-gradients overfitting oversized-initialization premature-stopping
    rectified-logits relu-output reset-optimizer restarted-training saturated-activations
    scrambled-axes sigmoid-for-multiclass signed-labels single-step-recurrence single-unit-softmax
    skewed-targets softmax-for-multilabel softmax-wrong-axis stale-optimizer stale-trainable
    stuck-generator summed-loss symmetric-initialization tail-validation-split
    targets-not-distributions thresholded-logits token-out-of-range too-few-samples
    too-few-updates too-narrow train-mode-evaluation unattached-loss
    undersized-initialization unlucky-seed unmasked-padding unregistered-layers
    unscaled-inputs unscaled-targets unshuffled-training unstable-loss unsuitable-batch-size
    unused-layers unused-preprocessing vanishing-gradients wrong-axis wrong-loss-for-task
    zeroed-weights
"""


def test_every_check_is_named_as_agreed() -> None:
    assert {check.name for check in all_checks()} <= set(NAMES.split())


def test_files_are_named_after_faults() -> None:
    files = {p.stem.replace("_", "-") for p in Path(checks.__path__[0]).glob("[a-z]*.py")}
    assert {check.name for check in all_checks()} == files


def test_no_check_is_made_of_another() -> None:
    bases = [type(check).__mro__[1].__name__ for check in all_checks()]
    assert set(bases) == {"Check"}
