"""Pictures of what was learned: predictions against the truth, and the loss of every seed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from unstuck.errors import UsageError
from unstuck.learning.learned import Learned

KINDS = (".html", ".png", ".svg")
POINTS = 2000


def refuse_unplottable(path: Path) -> None:
    """Before the work: a picture that cannot be drawn.

    Raises:
        UsageError: the file's ending is of no picture, or Matplotlib is not installed.
    """
    if path.suffix not in KINDS:
        raise UsageError(f"{path} is no picture: end it with {', '.join(KINDS)}")
    _figure()


def draw(learned: Learned, path: Path) -> None:
    """Draw to a ``.png``, ``.svg`` or ``.html`` file, the last with the picture inside."""
    figure = _figure()(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _answers(left, learned)
    _losses(right, learned)
    figure.suptitle(f"{learned.problem.name}: {learned.best.sentence}")
    if path.suffix != ".html":
        figure.savefig(path, dpi=150)
        return
    text = io.StringIO()
    figure.savefig(text, format="svg")
    picture = text.getvalue()
    picture = picture[picture.index("<svg") :]
    title = f"unstuck learn {learned.problem.name}"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    path.write_text(f"{head}<body>{picture}</body></html>\n", encoding="utf-8")


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        message = "--plot needs Matplotlib, which is not installed: pip install 'unstuck[plot]'"
        raise UsageError(message) from None
    return Figure


def _answers(axes: Any, learned: Learned) -> None:
    truth, found = learned.points or ((), ())
    axes.plot(truth, truth, color="0.7", linewidth=1, zorder=0)
    axes.scatter(truth, found, s=4, alpha=0.5)
    axes.set(xlabel="truth", ylabel="answer of the best network", title="answers")


def _losses(axes: Any, learned: Learned) -> None:
    for shown in learned.best.shown:
        steps = [step for step, _, _ in shown.curve]
        colour = "C0" if shown.computes(learned.problem) else "C3"
        axes.plot(steps, [loss for _, loss, _ in shown.curve], color=colour, alpha=0.4, linewidth=1)
    axes.set(xlabel="update", ylabel="loss", yscale="log", xscale="log")
    axes.set_title(f"{learned.rate} seeds compute it (the others are red)")
