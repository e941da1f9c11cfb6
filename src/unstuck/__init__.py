"""Why does this network not learn, and what would make it learn? Proven by retraining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unstuck.errors import UnstuckError
from unstuck.finding import Finding, Severity, Status
from unstuck.remedy import Remedy
from unstuck.verdict import Answer, Goal, Verdict

if TYPE_CHECKING:
    from unstuck.learning.learned import Learned
    from unstuck.watching.callback import Watch

__all__ = [
    "Answer",
    "Finding",
    "Goal",
    "Remedy",
    "Severity",
    "Status",
    "UnstuckError",
    "Verdict",
    "Watch",
    "assert_learns",
    "check",
    "learn",
]
__version__ = "0.1.0"


def _drawn(verdict: Verdict) -> str:
    """A verdict as a notebook shows it."""
    from unstuck.report.notebook import to_html

    return to_html(verdict)


Verdict.in_html = _drawn


def __getattr__(name: str) -> Any:
    if name == "Watch":  # a class of Keras's, which is imported only when it is asked for
        from unstuck.watching.callback import Watch

        return Watch
    raise AttributeError(f"module 'unstuck' has no attribute {name!r}")


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
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
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
        select: names of the checks to run; all if not given.
        ignore: names of checks to leave out. A comment ``# unstuck: ignore[NAME] reason`` in the
            source ignores what stands there, and tells why.

    Raises:
        UsageError: the goal cannot be understood, there is no such executor here or no check of
            such a name, or a comment gives no reason.
        CaptureError: the model is not compiled, or ``fit`` would refuse the data.
    """
    from unstuck.capture.keras import capture_fit
    from unstuck.options import Options
    from unstuck.pipeline import check_recipe

    options = Options(
        goal=goal,
        budget=budget,
        seeds=seeds,
        static=static,
        executor=executor,
        cache=cache,
        select=None if select is None else tuple(select),
        ignore=tuple(ignore),
    )
    return check_recipe(capture_fit(model, x, y, **fit_arguments), options)


def assert_learns(
    model: Any,
    x: Any = None,
    y: Any = None,
    *,
    goal: str | None = None,
    seeds: int = 16,
    at_least: float = 0.95,
    budget: float = 300.0,
    **arguments: Any,
) -> Verdict:
    """``check`` as a test: passes unless fewer seeds learn than ``at_least``, beyond chance.

    A training that does learn on that share of all seeds fails in less than one of a hundred sets
    of seeds, by the exact binomial tail: with 16 seeds, where 12 or fewer learn. More seeds find
    smaller shortfalls. The seeds are always the same, so the same program and data give the same
    answer.

    Args:
        model, x, y, goal: as of ``check``; without a goal one is derived.
        seeds: trainings.
        at_least: the share of seeds that must learn, above 0 and at most 1.
        budget: seconds for everything. A training that learns ends long before; a slow machine
            should not be what a test fails by.
        arguments: others of ``check``, and those of ``fit``.

    Returns:
        The verdict, whose ``as_written`` is how many seeds have learned.

    Raises:
        AssertionError: it does not learn on as many, or the trials have no answer to that; the
            message is the verdict.
        UsageError, CaptureError: as of ``check``; or ``at_least`` is no share.
    """
    __tracebackhide__ = True  # of pytest: a failure shows the test's own line
    from unstuck.testing import check_share, shortfall

    check_share(at_least)
    verdict = check(model, x, y, goal=goal, seeds=seeds, budget=budget, **arguments)
    short = shortfall(verdict, at_least)
    if short:
        raise AssertionError(short)
    return verdict


def learn(
    function: str,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    *,
    target: str | None = None,
    rows: int | None = None,
    seeds: int = 32,
    network: str | None = None,
    budget: float = 300.0,
    executor: str = "processes",
    cache: bool = True,
) -> Learned:
    """Build a network that computes a function, and prove over many seeds that training gets there.

    Args:
        function: a name such as ``"multiply"`` or ``"remainder:7"``, an expression such as
            ``"a*b + 3*c"``, or the path of a table (``.csv``).
        ranges: of an expression's inputs, both ends included, 0 to 99 if not given: whole numbers
            where both ends are of type ``int``, else all between.
        target: the column of a table to predict, the last if not given.
        rows: rows to train on; the function's own if not given.
        seeds: trainings of the network that is chosen.
        network: the only network to try.
        budget: seconds for everything.
        executor, cache: as of ``check``.

    Returns:
        What came of it: ``rate`` (how many seeds compute it), ``is_reliable``, ``sentence``, and
        ``save(path)``, which writes a network that takes and gives raw numbers.

    Raises:
        UsageError: the function cannot be understood, or Keras is already imported, on another
            backend than JAX.
    """
    from unstuck.keras_import import keras_on_jax
    from unstuck.learning import problem_of

    keras_on_jax()
    from unstuck.learning.learner import Settings, learn_problem

    written = [f"{name}={low}..{high}" for name, (low, high) in (ranges or {}).items()]
    problem = problem_of(function, written, target=target, rows=rows)
    return learn_problem(problem, Settings(seeds, budget, network, executor, cache))
