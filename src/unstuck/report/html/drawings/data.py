"""Drawings of the rows: how values are spread, which classes there are, in which order."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import numpy as np

from unstuck.checks._task import RANGES, head, is_numeric
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.remedies import PeriodFeatures
from unstuck.report.html.figure import (
    CHANGED,
    NUMBERS,
    WRITTEN,
    Figure,
    Row,
    chart,
    colours,
    number,
    rule,
)
from unstuck.trace import Trace

BINS = 40
CLASSES = 30
FEATURES = 40
ROWS = 20_000
STRETCHES = 60
UNLIKE = 20  # times as large as another feature: on one axis the smaller would be a dot


def targets(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The histogram of the target, with the range that the output can reach."""
    values = _numbers(recipe.data.targets)
    if values is None:
        return None
    found = _histogram("Histogram of the target", "value of the target", values)
    low, high = RANGES.get(head(recipe).activation, (-np.inf, np.inf))
    drawn = found.chart
    for value, words in ((low, "lowest output"), (high, "highest output")):
        if np.isfinite(value):
            drawn += rule(float(value), words, axis="x")
    return replace(found, chart=drawn)


def log_targets(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The histogram of the logarithms of a positive target."""
    values = _numbers(recipe.data.targets)
    if values is None or values.min() < 0 or values.max() <= 0:
        return None
    return _histogram(
        "Histogram of the target's logarithm", "log10(1 + target)", np.log10(1 + values)
    )


def inputs(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The histogram of all numbers of the inputs."""
    values = _numbers(recipe.data.inputs)
    if values is None:
        return None
    return _histogram("Histogram of the inputs", "value of an input", values)


def _histogram(title: str, axis: str, values: Array) -> Figure:
    counts, edges = np.histogram(values, BINS)
    pairs = list(zip(counts, edges[:-1], edges[1:], strict=True))
    rows = [{"count": int(c), "from": a, "to": b} for c, a, b in pairs]
    bars = chart(rows).mark_bar(color=WRITTEN).encode(
        x=alt.X("from:Q", bin="binned", title=axis, axis=alt.Axis(format=NUMBERS, tickCount=6)),
        x2="to:Q",
        y=alt.Y("count:Q", title="rows"),
        tooltip=[alt.Tooltip("from:Q", format=".4g"), alt.Tooltip("to:Q", format=".4g"), "count:Q"],
    )  # fmt: skip
    text = (
        f"{len(values):,} numbers from {number(values.min())} to {number(values.max())}, "
        f"mean {number(values.mean())}, standard deviation {number(values.std())}."
    )
    table = tuple((number(a), number(b), f"{c:,}") for c, a, b in pairs if c)
    return Figure(title, text, bars, ("from", "to", "rows"), table)


def features(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """For each feature of the first input, its range and its middle half."""
    x = recipe.data.inputs[0]
    if not is_numeric(x) or x.ndim != 2 or not 2 <= x.shape[1] <= FEATURES or not len(x):
        return None
    levels = np.nanpercentile(np.asarray(x[:ROWS], dtype=float), (0, 25, 50, 75, 100), axis=0)
    if not np.isfinite(levels).all():
        return None
    names = ("low", "quarter", "median", "upper", "high")
    rows: list[Row] = [
        {"feature": str(i), **dict(zip(names, column, strict=True))}
        for i, column in enumerate(levels.T)
    ]
    sizes = np.abs(levels).max(axis=0)
    wide = sizes.max() > UNLIKE * max(sizes.min(), 1e-9)
    scale = alt.Scale(type="symlog") if wide else alt.Scale()
    axis = alt.Axis(format=NUMBERS, tickCount=6)
    order = alt.Y("feature:N", sort=None, title="feature")
    base = chart(rows).encode(y=order, tooltip=["feature:N", *(f"{n}:Q" for n in names)])
    value = alt.X("low:Q", scale=scale, axis=axis, title="value")
    drawn = (
        base.mark_rule(color=WRITTEN, strokeWidth=2).encode(x=value, x2="high:Q")
        + base.mark_bar(color=WRITTEN, height=9).encode(x="quarter:Q", x2="upper:Q")
    )  # fmt: skip
    return Figure(
        "Range of each feature",
        "From the smallest to the largest value, with the middle half of the rows as a bar"
        f"{'; the axis is logarithmic away from 0' if wide else ''}.",
        drawn,
        ("feature", "smallest", "a quarter below", "median", "three quarters below", "largest"),
        tuple((str(i), *map(number, column)) for i, column in enumerate(levels.T)),
    )


def classes(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """How many rows each class has."""
    ids = _classes(recipe)
    if ids is None:
        return None
    names, counts = np.unique(ids, return_counts=True)
    if len(names) > CLASSES:
        return None
    shown = [f"{name:g}" for name in names]
    rows = [{"class": n, "count": int(c)} for n, c in zip(shown, counts, strict=True)]
    bars = chart(rows).mark_bar(color=WRITTEN).encode(
        x=alt.X("class:N", sort=None, title="class", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("count:Q", title="rows"),
        tooltip=["class:N", "count:Q"],
    )  # fmt: skip
    text = f"{len(names)} classes; the commonest has {counts.max() / counts.sum():.0%} of the rows."
    table = tuple((n, f"{c:,}") for n, c in zip(shown, counts, strict=True))
    return Figure("Rows of each class", text, bars, ("class", "rows"), table)


def order(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """Which classes follow one another, or how the target's mean moves, over the rows."""
    ids = _classes(recipe)
    values = ids if ids is not None else _one_column(recipe.data.targets[0])
    if values is None or len(values) < 2:
        return None
    parts = np.array_split(np.asarray(values, dtype=float), min(STRETCHES, len(values)))
    starts = np.cumsum([0, *map(len, parts)])
    rows = [
        {"from": int(a), "to": int(b), "mean": p.mean(), "low": p.min(), "high": p.max()}
        for a, b, p in zip(starts, starts[1:], parts, strict=False)
    ]
    name = "class" if ids is not None else "target"
    base = chart(rows).encode(
        x=alt.X("from:Q", title="number of the row", axis=alt.Axis(format="~s", tickCount=6)),
        tooltip=["from:Q", "to:Q", "low:Q", "mean:Q", "high:Q"],
    )
    band = base.mark_rect(color=WRITTEN, opacity=0.25).encode(
        x2="to:Q", y=alt.Y("low:Q", title=name, scale=alt.Scale(zero=False)), y2="high:Q"
    )
    line = base.mark_line(color=WRITTEN, interpolate="step-after").encode(y="mean:Q")
    return Figure(
        f"The {name} in the order of the rows",
        f"The rows in {len(parts)} stretches: the mean as a line, from the smallest to the "
        "largest as a band. Rows in a random order would give a level line.",
        band + line,
        ("from row", "to row", "smallest", "mean", "largest"),
        tuple(
            (f"{r['from']:,}", f"{r['to']:,}", *(number(float(r[k])) for k in _LEVELS))
            for r in rows
        ),
    )


_LEVELS = ("low", "mean", "high")


def period(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """Which answers go with each remainder of the number by the period that was found."""
    remedy = next((r for r in finding.remedies if isinstance(r, PeriodFeatures)), None)
    if remedy is None:
        return None
    ids = _distinct(recipe.data.targets[0][:ROWS])
    x = np.asarray(recipe.data.inputs[0][:ROWS], dtype=float).reshape(len(ids), -1)
    remainders = np.mod(x @ np.asarray(remedy.places), remedy.period).astype(int)
    pairs, counts = np.unique(np.stack([remainders, ids], 1), axis=0, return_counts=True)
    totals = np.bincount(remainders, minlength=remedy.period)
    rows = [
        {"remainder": f"{r:g}", "answer": f"{c:g}", "share": n / totals[int(r)], "rows": int(n)}
        for (r, c), n in zip(pairs, counts, strict=True)
    ]
    faint = alt.Scale(domain=[0, 1], range=[0.05, 1])
    squares = chart(rows).mark_rect().encode(
        x=alt.X("remainder:O", sort=None, title=f"number modulo {remedy.period}",
                axis=alt.Axis(labelAngle=0)),
        y=alt.Y("answer:O", sort="descending", title="target"),
        opacity=alt.Opacity("share:Q", legend=None, scale=faint),
        color=alt.value(CHANGED),
        tooltip=["remainder:O", "answer:O", alt.Tooltip("share:Q", format=".0%"), "rows:Q"],
    )  # fmt: skip
    return Figure(
        f"The target within a period of {remedy.period}",
        "For each remainder, the share of its rows that have each target: one dark square in a "
        "column means that the remainder alone decides.",
        squares,
        ("remainder", "target", "share of the remainder's rows", "rows"),
        tuple((str(r["remainder"]), str(r["answer"]), f"{r['share']:.0%}", f"{r['rows']:,}")
              for r in rows),
    )  # fmt: skip


def copied(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The target against the input that gives it away."""
    place, feature = finding.evidence.get("input", 0), finding.evidence.get("feature", 0)
    y = _one_column(recipe.data.targets[0])
    if y is None or not isinstance(place, int) or not isinstance(feature, int):
        return None
    x = np.asarray(recipe.data.inputs[place])
    if not is_numeric(x) or len(x) != len(y) or x.ndim != 2 or feature >= x.shape[1]:
        return None
    picks = np.linspace(0, len(y) - 1, min(len(y), 400)).astype(int)
    rows = [{"feature": float(x[i, feature]), "target": float(y[i])} for i in picks]
    marks = chart(rows).mark_point(color=WRITTEN, opacity=0.6).encode(
        x=alt.X("feature:Q", title=f"feature {feature}", scale=alt.Scale(zero=False),
                axis=alt.Axis(format=NUMBERS, tickCount=6)),
        y=alt.Y("target:Q", scale=alt.Scale(zero=False), axis=alt.Axis(format=NUMBERS)),
        tooltip=["feature:Q", "target:Q"],
    )  # fmt: skip
    text = f"{len(rows)} rows: what the model is given as feature {feature}, and its target."
    return Figure("The target against one feature", text, marks)


def broadcast(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """Which outputs are compared with which targets, for five rows."""
    rows = [
        {"output": str(i), "target": str(j), "pair": "meant" if i == j else "compared as well"}
        for i in range(1, 6)
        for j in range(1, 6)
    ]
    squares = chart(rows).mark_rect(stroke="var(--paper)", strokeWidth=2).encode(
        x=alt.X("target:O", title=f"row of the targets {finding.evidence.get('target_shape')}",
                axis=alt.Axis(labelAngle=0)),
        y=alt.Y("output:O", title=f"row of the outputs {finding.evidence.get('output_shape')}"),
        color=alt.Color("pair:N", scale=colours(("meant", "compared as well"), (CHANGED, WRITTEN))),
        tooltip=["output:O", "target:O", "pair:N"],
    )  # fmt: skip
    return Figure(
        "What the loss compares",
        "Of five rows, every output meets every target: 25 comparisons where 5 are meant.",
        squares,
    )


def _numbers(arrays: tuple[Array, ...]) -> Array | None:
    """All numbers of the first array that are finite, of many rows some."""
    if not arrays or not is_numeric(arrays[0]) or not arrays[0].size:
        return None
    values = np.asarray(arrays[0][:ROWS], dtype=float).ravel()
    values = values[np.isfinite(values)]
    return values if len(values) and np.ptp(values) < np.inf else None


def _classes(recipe: Recipe) -> Array | None:
    """The class of each row; None where the targets are no classes."""
    y = recipe.data.targets[0][:ROWS] if recipe.data.targets else np.empty(0)
    if not is_numeric(y) or not y.size:
        return None
    table = np.asarray(y, dtype=float).reshape(len(y), -1)
    if table.shape[1] > 1:
        one_hot = bool(np.isin(table, (0, 1)).all() and (table.sum(axis=1) == 1).all())
        return table.argmax(axis=1) if one_hot else None
    ids = table[:, 0]
    whole = np.isfinite(ids).all() and not np.any(np.mod(ids, 1)) and len(np.unique(ids)) <= ROWS
    return ids if whole else None


def _distinct(values: Array) -> Array:
    """The value of each row where it is one number, else the number of its distinct row."""
    rows = np.asarray(values, dtype=float).reshape(len(values), -1)
    return rows[:, 0] if rows.shape[1] == 1 else np.unique(rows, axis=0, return_inverse=True)[1]


def _one_column(values: Array) -> Array | None:
    if not is_numeric(values) or not values.size or values[0].size != 1:
        return None
    column = np.asarray(values, dtype=float).reshape(-1)
    return column if np.isfinite(column).all() else None
