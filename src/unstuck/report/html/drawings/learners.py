"""Drawings of what simple learners, and the loss itself, were asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import altair as alt
import numpy as np

from unstuck.experiments import COPIES, WRONG, Experiments, SimpleLearners
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.report.html.figure import NUMBERS, WRITTEN, Figure, chart, number, rule
from unstuck.trace import Trace


def _simple(trace: Trace | None) -> SimpleLearners | None:
    return trace.experiments.simple if trace is not None and trace.experiments else None


def learners(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """What the best constant and each simple learner reach."""
    simple = _simple(trace)
    if simple is None or len(simple.scores) < 2:
        return None
    names, values = list(simple.scores), [max(s, -1.0) for s in simple.scores.values()]
    return _bars(
        "What simple learners reach",
        "The score of each on the rows that judge; 1 is perfect, and what is below -1 is drawn "
        "there.",
        ("learner", "score"),
        names,
        values,
        list(simple.scores.values()),
    )


def permuted(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The best simple learner on the rows, and on the same rows with targets in random order."""
    simple = _simple(trace)
    if simple is None or not simple.permuted.size or not np.isfinite(simple.score):
        return None
    names = ["as they are", *(f"permuted {i}" for i in range(1, len(simple.permuted) + 1))]
    return _bars(
        "A simple learner, with targets as they are and in random order",
        f"The best simple learner, over {simple.rows:,} rows that it had not seen: where there is "
        "a signal, the first bar stands out.",
        ("targets", "score"),
        names,
        [simple.score, *simple.permuted],
    )


def sizes(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """What more rows bring to the best simple learner."""
    simple = _simple(trace)
    if simple is None or len(simple.curve) < 2:
        return None
    pairs = list(zip(simple.sizes, simple.curve, strict=False))
    line = chart([{"rows": n, "score": s} for n, s in pairs]).mark_line(
        color=WRITTEN, point=True, strokeWidth=2.5
    ).encode(
        x=alt.X("rows:Q", scale=alt.Scale(zero=True), axis=alt.Axis(format="~s", tickCount=5)),
        y=alt.Y("score:Q", scale=alt.Scale(zero=False)),
        tooltip=["rows:Q", alt.Tooltip("score:Q", format=".4g")],
    )  # fmt: skip
    return Figure(
        "What more rows bring",
        "The best simple learner, trained on a quarter, a half and all of the rows. A line that "
        "still rises says that more rows would help; a level one that they would not.",
        line,
        ("rows", "score"),
        tuple((f"{n:,}", number(float(s))) for n, s in pairs),
    )


def shifted(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The best simple learner with the targets moved down by some rows."""
    simple = _simple(trace)
    if simple is None or not simple.shifted.size:
        return None
    return _bars(
        "A simple learner, with the targets moved",
        "The best simple learner, with every target moved down by so many rows: one bar that "
        "stands out is where they belong.",
        ("moved by", "score"),
        [f"{n:+d}" for n in simple.shifts],
        list(simple.shifted),
    )


def doubted(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """Labels that the best simple learner contradicts, where it is sure and where it is not."""
    simple = _simple(trace)
    if simple is None or not simple.doubt.size:
        return None
    quarters = ("surest", "second", "third", "least sure")
    return _bars(
        "Labels that a simple learner contradicts",
        "The share in each quarter of the rows, from where it is surest. Where it is sure, only a "
        "wrong label is left to explain it.",
        ("quarter", "share contradicted"),
        list(quarters[: len(simple.doubt)]),
        list(simple.doubt),
    )


def wrong(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The loss of made-up predictions, from right to wrong."""
    asked = trace.experiments if trace is not None else None
    if asked is None or not asked.wrong.size:
        return None
    return _loss_of(asked)


def _loss_of(asked: Experiments) -> Figure | None:
    median = np.median(asked.wrong, axis=0)
    if not np.isfinite(median).all():
        return None
    pairs = list(zip(WRONG, median, strict=True))
    line = chart([{"wrong": w, "loss": v} for w, v in pairs]).mark_line(
        color=WRITTEN, point=True, strokeWidth=2.5
    ).encode(
        x=alt.X("wrong:Q", title="how wrong the predictions are", axis=alt.Axis(format="%")),
        y=alt.Y("loss:Q", scale=alt.Scale(zero=False), axis=alt.Axis(format=NUMBERS)),
        tooltip=[alt.Tooltip("wrong:Q", format=".0%"), alt.Tooltip("loss:Q", format=".4g")],
    )  # fmt: skip
    return Figure(
        "The loss of right and of wrong predictions",
        "Of made-up predictions, from right on the left to wrong on the right: the loss of a "
        "training that can learn rises.",
        line,
        ("how wrong", "loss"),
        tuple((f"{w:.0%}", number(float(v))) for w, v in pairs),
    )


def copies(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The loss of several copies of a batch over that of the batch."""
    asked = trace.experiments if trace is not None else None
    if asked is None or not asked.copied.size or not np.isfinite(asked.copied).all():
        return None
    figure = _bars(
        "The loss of copies of a batch",
        "Over the loss of the batch itself. A mean would stay at 1; a sum grows with the copies.",
        ("copies", "loss over that of one"),
        [str(n) for n in COPIES],
        list(asked.copied),
    )
    return replace(figure, chart=figure.chart + rule(1.0, "a mean"))


def _bars(
    title: str,
    text: str,
    columns: tuple[str, str],
    names: Sequence[str],
    values: Sequence[float],
    exact: Sequence[float] = (),
) -> Figure:
    rows = [{"name": n, "value": v} for n, v in zip(names, values, strict=True) if np.isfinite(v)]
    bars = chart(rows).mark_bar(color=WRITTEN).encode(
        x=alt.X("name:N", sort=None, title=columns[0], axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title=columns[1]),
        tooltip=[alt.Tooltip("name:N", title=columns[0]),
                 alt.Tooltip("value:Q", title=columns[1], format=".4g")],
    )  # fmt: skip
    table = tuple((n, number(float(v))) for n, v in zip(names, exact or values, strict=True))
    return Figure(title, text, bars, columns, table)
