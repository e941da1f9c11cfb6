"""Why does this network not learn, and what would make it learn? Proven by retraining."""

from __future__ import annotations

from typing import Any

from unstuck.errors import UnstuckError
from unstuck.finding import Finding, Severity, Status
from unstuck.remedy import Remedy
from unstuck.verdict import Answer, Goal, Verdict

__all__ = [
    "Answer",
    "Finding",
    "Goal",
    "Remedy",
    "Severity",
    "Status",
    "UnstuckError",
    "Verdict",
    "assert_learns",
    "check",
]
__version__ = "0.1.0"


def check(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    goal: str | None = None,
    budget: float = 60.0,
    seeds: int = 32,
    static: bool = False,
    executor: str = "processes",
    cache: bool = True,
    **fit_arguments: Any,
) -> Verdict:
    """Check a compiled model and the data it would be fitted to, as ``model.fit`` takes them.

    The model is not trained and not changed.

    Args:
        model: a compiled Keras model.
        x, y: what ``fit`` would be given; ``fit_arguments`` too (``epochs``, ``batch_size``, ...).
        goal: what counts as learned, such as ``"accuracy>=0.95"``; derived if not given.
        budget: seconds for everything.
        seeds: trials of each set of changes.
        static: look only, train nothing.
        executor: where trials run: ``"processes"``, ``"ray"``, or ``"inline"``, which is this
            process: its random state and settings of Keras change.
        cache: keep finished trials, and use those of earlier checks.

    Raises:
        UsageError: the goal cannot be understood, or there is no such executor here.
        CaptureError: the model is not compiled, or ``fit`` would refuse the data.
    """
    from unstuck.capture.keras import capture_fit
    from unstuck.pipeline import Options, check_recipe

    options = Options(
        goal=goal, budget=budget, seeds=seeds, static=static, executor=executor, cache=cache
    )
    return check_recipe(capture_fit(model, x, y, **fit_arguments), options)


def assert_learns(model: Any, x: Any = None, y: Any = None, **arguments: Any) -> Verdict:
    """``check`` as a test: passes if the training learns reliably.

    Raises:
        AssertionError: it does not; the message is the verdict's sentence with its causes.
    """
    verdict = check(model, x, y, **arguments)
    if verdict.outcome is not Answer.LEARNS:
        causes = [f.message for f in verdict.findings if f.status is Status.PROVEN]
        raise AssertionError("; ".join([f"{verdict.outcome}: {verdict.sentence}", *causes]))
    return verdict
