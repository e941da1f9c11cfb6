"""Verdicts where people already look: TensorBoard and MLflow.

Of the program as written, and of its cure beside it, both get for each number of updates how many
seeds have learned, and the median and the quartiles of their losses and scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from unstuck.errors import UsageError
from unstuck.report.arms import Point, Shown, compared
from unstuck.report.json import to_json
from unstuck.report.text import to_text
from unstuck.verdict import Goal, Rate, Verdict

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

QUARTILES = {"lower quartile": 25, "median": 50, "upper quartile": 75}


def to_tensorboard(verdict: Verdict, folder: str | Path) -> Path:
    """Write event files below ``folder``, a run for each of ``verdict`` (the report as text), ``as
    written`` and ``cured`` (scalars over the updates, and the scores of all seeds as histograms).

    Returns:
        The folder, for ``tensorboard --logdir``.

    Raises:
        UsageError: tensorboardX is not installed.
    """
    writer = _summary_writer()
    with writer(str(Path(folder) / "verdict")) as events:
        report = "\n".join(f"    {line}" for line in to_text([verdict], "").splitlines())
        events.add_text("verdict", report, 0)
    for shown in compared(verdict):
        with writer(str(Path(folder) / shown.name)) as events:
            _events(events, shown, verdict.goal)
    return Path(folder)


def _events(events: SummaryWriter, shown: Shown, goal: Goal | None) -> None:
    for point in shown.points():
        for name, value in _numbers(point, goal):
            events.add_scalar(name, value, point.step)
        scores = [score for score in point.scores if isfinite(score)]
        if scores:
            events.add_histogram("score of each seed", np.array(scores), point.step)


def to_mlflow(verdict: Verdict) -> str:
    """Log to MLflow: into the active run, or where there is none into a new one.

    The outcome and the cure are tags, how often it learned are metrics, and so are losses and
    scores over the updates. The report (``verdict.txt``, ``verdict.json``), the cure as a diff and
    the cured model (``cured.keras``) are artifacts in the folder ``unstuck``.

    Returns:
        The id of the run.

    Raises:
        UsageError: MLflow is not installed.
    """
    mlflow = _mlflow()
    if mlflow.active_run() is None:
        with mlflow.start_run(run_name="unstuck"):
            return to_mlflow(verdict)
    mlflow.set_tags(_tags(verdict))
    for name, rate in (("as written", verdict.as_written), ("cured", verdict.cured)):
        if rate is not None:
            mlflow.log_metrics(_rate(name, rate))
    for shown in compared(verdict):
        for point in shown.points():
            found = {f"{shown.name}/{name}": value for name, value in _numbers(point, verdict.goal)}
            mlflow.log_metrics(found, step=point.step)
    _artifacts(mlflow, verdict)
    return str(mlflow.active_run().info.run_id)


def _tags(verdict: Verdict) -> dict[str, str]:
    return {
        "unstuck.outcome": str(verdict.outcome),
        "unstuck.sentence": verdict.sentence,
        "unstuck.goal": verdict.goal.text if verdict.goal else "",
        "unstuck.cure": ", ".join(remedy.name for remedy in verdict.cure),
    }


def _rate(name: str, rate: Rate) -> dict[str, float]:
    return {
        f"{name}/seeds": rate.trials,
        f"{name}/learned": rate.learned,
        f"{name}/learned low": rate.low,
        f"{name}/learned high": rate.high,
    }


def _artifacts(mlflow: Any, verdict: Verdict) -> None:
    script = verdict.recipe.script if verdict.recipe is not None else ""
    mlflow.log_text(to_text([verdict], script), "unstuck/verdict.txt")
    mlflow.log_text(to_json([verdict], script), "unstuck/verdict.json")
    if verdict.patch:
        mlflow.log_text(verdict.patch, "unstuck/cure.diff")
    if verdict.cured_model is not None:
        with TemporaryDirectory() as folder:
            path = verdict.save(Path(folder) / "cured.keras")
            mlflow.log_artifact(str(path), "unstuck")


def _numbers(point: Point, goal: Goal | None) -> Iterator[tuple[str, float]]:
    """Name and value of every number of a checkpoint that is finite."""
    if goal is not None and not all(isnan(score) for score in point.scores):
        rate = point.learned(goal)
        yield "share of seeds that learned", rate.learned / rate.trials
    for kind, values in (("loss", point.losses), ("score", point.scores)):
        known = [value for value in values if isfinite(value)]
        for name, level in QUARTILES.items() if known else ():
            yield f"{kind}/{name}", float(np.percentile(known, level))


def _summary_writer() -> type[SummaryWriter]:
    try:
        from tensorboardX import SummaryWriter
    except ModuleNotFoundError:
        raise UsageError(
            "to_tensorboard needs tensorboardX: pip install 'unstuck[tensorboard]'"
        ) from None
    return SummaryWriter


def _mlflow() -> Any:
    try:
        import mlflow
    except ModuleNotFoundError:
        raise UsageError("to_mlflow needs MLflow: pip install 'unstuck[mlflow]'") from None
    return mlflow
