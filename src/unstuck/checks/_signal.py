"""Questions about what simple learners and the network itself make of the rows."""

from __future__ import annotations

import numpy as np

from unstuck.experiments import SimpleLearners
from unstuck.trace import Trace

LITTLE = 0.02  # of the way from a constant to perfect: no more than the judge calls a signal
SURE = 5.0  # standard errors: by chance once in a million
FEWEST_DRAWS = 5
BY_HEART = 0.9  # of the way to perfect


def simple_of(trace: Trace | None) -> SimpleLearners | None:
    """What simple learners make of the rows, where they were asked."""
    found = trace.experiments.simple if trace and trace.experiments else None
    return found if found is not None and np.isfinite(found.score) else None


def way(simple: SimpleLearners, score: float) -> float:
    """How far a score of the learners is on the way from the constant's to a perfect one."""
    return (score - simple.constant) / max(1.0 - simple.constant, 1e-9)


def reached(trace: Trace, simple: SimpleLearners) -> float:
    """How far the network itself has come on that way, on the median seed."""
    scores = trace.score[:, -1] if trace.score.size else np.zeros(0)
    ends = scores[np.isfinite(scores)]
    constant = simple.scores.get("constant", float("nan"))
    if not ends.size or not np.isfinite(constant):
        return 0.0
    return float((np.median(ends) - constant) / max(1.0 - constant, 1e-9))


def memorised(trace: Trace, simple: SimpleLearners) -> bool:
    """Whether the rows trained on are nearly all right, and others are not: of the way from a
    constant to perfect, nine tenths of the one and less than half of the other."""
    constant = simple.scores.get("constant", simple.constant)
    known = trace.fitted[np.isfinite(trace.fitted)]
    if not known.size or not np.isfinite(constant):
        return False
    fitted = float((np.median(known) - constant) / max(1.0 - constant, 1e-9))
    return fitted > BY_HEART and reached(trace, simple) < fitted / 2


def is_seen(simple: SimpleLearners) -> bool:
    """Whether a learner does better than with the targets permuted, in any draw, or comes some way
    from a constant on the rows that judge."""
    best, constant = max(simple.scores.values()), simple.scores["constant"]
    elsewhere = best - constant > 10 * LITTLE * (1.0 - constant)
    permuted = simple.permuted.max() if simple.permuted.size else -np.inf
    return elsewhere or simple.score > float(permuted)


def is_beyond_chance(simple: SimpleLearners, score: float) -> bool:
    """Whether a score is above a constant's by more than chance and by more than a little. The
    standard error is at most that of a share."""
    error = np.sqrt(max(1.0 - simple.constant, 0.0) / max(simple.rows, 1))
    return score - simple.constant > SURE * error and way(simple, score) > 10 * LITTLE
