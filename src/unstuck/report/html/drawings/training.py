"""Drawings of the training: its learning rate, and what was watched in each layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import altair as alt
import numpy as np

from unstuck.checks._schedules import rates
from unstuck.finding import Finding
from unstuck.recipe import Array, Recipe
from unstuck.report.html.figure import (
    CHANGED,
    WRITTEN,
    Figure,
    Row,
    chart,
    colours,
    log_axis,
    number,
    rule,
)
from unstuck.trace import Trace

POINTS = 120
LAYERS = 7  # lines that can be told apart
SEEN = "In the program as written"


def schedule(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The learning rate over the steps of the whole training."""
    if recipe.optimizer.schedule is None or recipe.fit.steps < 1:
        return None
    steps = np.unique(np.linspace(0, recipe.fit.steps - 1, POINTS).astype(int))
    found = rates(recipe.optimizer.schedule, steps)
    if found is None or not np.isfinite(found).all():
        return None
    rows = [{"step": s, "rate": r} for s, r in zip(steps, found, strict=True)]
    plain = alt.Y("rate:Q", title="learning rate")
    y = log_axis("learning rate", "rate", found) if found.min() > 0 else plain
    line = chart(rows).mark_line(color=WRITTEN, strokeWidth=2.5).encode(
        x=alt.X("step:Q", title="updates", axis=alt.Axis(format="~s", tickCount=6)),
        y=y,
        tooltip=["step:Q", alt.Tooltip("rate:Q", format=".3g")],
    )  # fmt: skip
    kind = str(recipe.optimizer.schedule.get("class_name"))
    return Figure(
        "The learning rate over the training",
        f"{kind}: from {number(found[0])} at the first of {recipe.fit.steps:,} updates to "
        f"{number(found[-1])} at the last.",
        line,
        ("updates", "learning rate"),
        tuple((f"{s:,}", number(r)) for s, r in list(zip(steps, found, strict=True))[::10]),
    )


def silent(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The share of dead units in each rectified layer."""
    if trace is None or not trace.silent:
        return None
    shares = {name: (seen >= 1.0).mean(axis=(0, 2)) for name, seen in trace.silent.items()}
    return _layers(
        "Dead units by layer",
        f"{SEEN}, over {_seeds(trace)}: the share of units that give 0 for every row that was "
        "looked at, before training and at its end.",
        "dead units",
        shares,
    )


def pinned(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """How often the units of each bounded layer are at the ends of their range."""
    if trace is None or not trace.pinned:
        return None
    shares = {name: seen.mean(axis=(0, 2)) for name, seen in trace.pinned.items()}
    return _layers(
        "Saturated answers by layer",
        f"{SEEN}, over {_seeds(trace)}: the share of answers within a hundredth of the ends of "
        "the activation's range, before training and at its end.",
        "saturated answers",
        shares,
    )


def _layers(title: str, text: str, axis: str, shares: dict[str, Array]) -> Figure:
    times = ("before training", "at the end")
    rows = [
        {"layer": name, "time": time, "share": share}
        for name, found in shares.items()
        for time, share in zip(times, found, strict=True)
    ]
    bars = chart(rows).mark_bar().encode(
        x=alt.X("layer:N", sort=None, title=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("time:N", sort=list(times)),
        y=alt.Y("share:Q", title=axis, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("time:N", scale=colours(times, (CHANGED, WRITTEN))),
        tooltip=["layer:N", "time:N", alt.Tooltip("share:Q", format=".0%")],
    )  # fmt: skip
    table = tuple((name, *(f"{s:.0%}" for s in found)) for name, found in shares.items())
    return Figure(title, text, bars, ("layer", *times), table)


def gradients(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The norm of each layer's gradient over the training."""
    if trace is None or not trace.gradient.size:
        return None
    return _by_layer("Size of the gradient by layer", "norm of the gradient", trace.gradient, trace)


def updates(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """How far each layer's weights move in a step."""
    if trace is None or not trace.update[:, 1:].size:
        return None
    title = "How far weights move in a step, by layer"
    return _by_layer(title, "change over size", trace.update, trace)


def _by_layer(title: str, axis: str, values: Array, trace: Trace) -> Figure | None:
    picks = np.linspace(0, len(trace.layers) - 1, min(len(trace.layers), LAYERS)).astype(int)
    names = [trace.layers[i] for i in np.unique(picks)]
    median = np.median(values, axis=0)
    rows: list[Row] = [
        {"layer": trace.layers[i], "step": max(int(step), 1), "value": median[t, i]}
        for i in np.unique(picks)
        for t, step in enumerate(trace.steps)
        if np.isfinite(median[t, i]) and median[t, i] > 0
    ]
    if not rows:
        return None
    lines = chart(rows).mark_line(point=True).encode(
        x=_steps(),
        y=log_axis(axis, "value", [float(r["value"]) for r in rows]),
        color=alt.Color("layer:N", scale=colours(names), sort=names),
        tooltip=["layer:N", "step:Q", alt.Tooltip("value:Q", format=".3g")],
    )  # fmt: skip
    left = len(trace.layers) - len(names)
    text = f"{SEEN}, the median of {_seeds(trace)}{f'; {left} layers are left out' if left else ''}"
    table = tuple(
        (trace.layers[i], number(median[min(1, len(median) - 1), i]), number(median[-1, i]))
        for i in range(len(trace.layers))
    )
    return Figure(title, f"{text}.", lines, ("layer", "at the first look", "at the end"), table)


def losses(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The loss on a fixed sample of rows, for every seed that was watched."""
    if trace is None or not len(trace.steps):
        return None
    rows: list[Row] = [
        {"seed": str(seed), "step": max(int(step), 1), "loss": loss}
        for seed, line in enumerate(trace.loss)
        for step, loss in zip(trace.steps, line, strict=True)
        if np.isfinite(loss)
    ]
    if not rows:
        return None
    found = [float(r["loss"]) for r in rows]
    plain = alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False))
    lines = chart(rows).mark_line(color=WRITTEN, opacity=0.6).encode(
        x=_steps(),
        y=log_axis("loss", "loss", found) if min(found) > 0 else plain,
        detail="seed:N",
        tooltip=["seed:N", "step:Q", alt.Tooltip("loss:Q", format=".4g")],
    )  # fmt: skip
    first, last = np.median(trace.loss[:, 0]), np.median(trace.loss[:, -1])
    return Figure(
        "The loss as it trains",
        f"{SEEN}, on one sample of rows, a line for each of {_seeds(trace)}: the median goes from "
        f"{number(first)} to {number(last)} in {int(trace.steps[-1]):,} updates.",
        lines,
        ("updates", "median loss"),
        tuple(
            (f"{int(s):,}", number(float(np.median(column))))
            for s, column in zip(trace.steps, trace.loss.T, strict=True)
        ),
    )


def scores(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """What each seed that was watched came to."""
    if trace is None or not trace.score.size:
        return None
    ends = trace.score[:, -1]
    rows = [{"seed": str(i), "score": max(s, -1.0)} for i, s in enumerate(ends) if np.isfinite(s)]
    if not rows:
        return None
    bars = chart(rows).mark_bar(color=WRITTEN).encode(
        x=alt.X("seed:N", sort=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("score:Q"),
        tooltip=["seed:N", alt.Tooltip("score:Q", format=".4g")],
    )  # fmt: skip
    return Figure(
        "What each seed came to",
        f"{SEEN}; 1 is perfect, and what is below -1 is drawn there.",
        bars,
        ("seed", "score"),
        tuple((str(i), number(float(s))) for i, s in enumerate(ends)),
    )


def initial(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The size of each layer's first weights against what keeps the scale of its inputs."""
    found = list(_kernels(recipe))
    if not found:
        return None
    rows: list[Row] = [
        {"layer": name, "which": which, "rms": value}
        for name, rms, usual in found
        for which, value in (("as written", rms), ("keeps the scale", usual))
        if value > 0
    ]
    which = ("as written", "keeps the scale")
    marks = chart(rows).mark_point(filled=True, size=120, opacity=0.9).encode(
        x=alt.X("layer:N", sort=None, title=None, axis=alt.Axis(labelAngle=0)),
        y=log_axis("size of the weights", "rms", [float(r["rms"]) for r in rows]),
        color=alt.Color("which:N", scale=colours(which)),
        shape=alt.Shape("which:N", legend=None),
        tooltip=["layer:N", "which:N", alt.Tooltip("rms:Q", format=".3g")],
    )  # fmt: skip
    return Figure(
        "The first weights of each layer",
        "The root mean square of the weights before the first update, and beside it the size at "
        "which a layer neither swells nor shrinks what it is given.",
        marks,
        ("layer", *which),
        tuple((name, number(rms), number(usual)) for name, rms, usual in found),
    )


def _kernels(recipe: Recipe) -> Iterable[tuple[str, float, float]]:
    """Name, size and usual size (one over the root of the inputs of a unit) of each kernel."""
    weights = recipe.model.weights
    for layer in recipe.model.learned_layers:
        own = [weights[i] for i in layer.owns if i < len(weights) and weights[i].ndim > 1]
        if own and own[0].size and own[0].dtype.kind == "f":
            rms = float(np.sqrt(np.mean(np.square(own[0], dtype=float))))
            yield layer.name, rms, float(np.prod(own[0].shape[:-1])) ** -0.5


def clipped(finding: Finding, recipe: Recipe, trace: Trace | None) -> Figure | None:
    """The norm of the gradient against the bound to which the optimizer cuts it."""
    if trace is None or not trace.gradient.size:
        return None
    settings = recipe.optimizer.settings
    bounds = [(n, settings.get(n)) for n in ("global_clipnorm", "clipnorm", "clipvalue")]
    name, bound = next(((n, b) for n, b in bounds if b), ("", None))
    figure = gradients(finding, recipe, trace)
    if bound is None or figure is None:
        return figure
    line = rule(float(bound), f"{name} {float(bound):g}")
    return replace(figure, title=f"{figure.title}, and its bound", chart=figure.chart + line)


def _seeds(trace: Trace) -> str:
    return "one seed" if len(trace.loss) == 1 else f"{len(trace.loss)} seeds"


def _steps() -> alt.X:
    axis = alt.Axis(format="~s", tickCount=6, grid=False)
    return alt.X("step:Q", title="updates", scale=alt.Scale(type="log", nice=False), axis=axis)
