"""How the trainings went: success, loss and score of every seed, as written against changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite, isnan

import altair as alt
import numpy as np

from unstuck.report.arms import Shown, compared, course
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
from unstuck.trial import Outcome
from unstuck.verdict import Goal, Verdict

DRAWN = 64  # lines of one arm; more say no more


def curves(verdict: Verdict) -> tuple[Figure, ...]:
    """The drawings; none where nothing was trained."""
    shown, goal = compared(verdict), verdict.goal
    if not shown or goal is None:
        return ()
    points = [point for s in shown for o in s.arm.outcomes for point in course(o)]
    if not points:
        return (_ends(shown, goal),)
    if all(isnan(score) for _, _, score in points):  # trained by fit
        return (_losses(shown), _ends(shown, goal))
    return (_success(shown, goal), _losses(shown), _scores(shown, goal))


def _success(shown: Sequence[Shown], goal: Goal) -> Figure:
    rows = [row for s in shown for row in _shares(s, goal)]
    base = (
        chart(rows)
        .transform_filter(_wanted())
        .encode(
            x=_steps(),
            color=_colour(shown),
            tooltip=["arm:N", "step:Q", _percent("share"), _percent("low"), _percent("high")],
        )
    )
    scale = alt.Scale(domain=[0, 1])
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title="share of seeds", axis=alt.Axis(format="%"), scale=scale),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2.5, point=True).encode(y="share:Q")
    last = {s.name: s.arm.rate for s in shown}
    words = ", ".join(f"{name} {rate} seeds" for name, rate in last.items())
    return Figure(
        "How many seeds have learned",
        f"The share of seeds whose score meets {goal.text}, over the updates, with its 95 % "
        f"interval. At the end: {words}.",
        band.add_params(*_choices()) + line,
        ("training", "updates", "learned", "95 % from", "to"),
        tuple(
            (str(r["arm"]), f"{r['step']:,}", f"{r['share']:.0%}", f"{r['low']:.0%}",
             f"{r['high']:.0%}")
            for r in rows
        ),
    )  # fmt: skip


def _shares(shown: Shown, goal: Goal) -> Iterator[Row]:
    """At each checkpoint the share that meets the goal."""
    for point in shown.points():
        rate = point.learned(goal)
        share = rate.learned / rate.trials
        yield {
            "arm": shown.name, "step": point.step, "share": share, "low": rate.low,
            "high": rate.high,
        }  # fmt: skip


def _losses(shown: Sequence[Shown]) -> Figure:
    rows: list[Row] = [
        {"arm": s.name, "seed": o.seed, "step": step, "loss": loss}
        for s in shown
        for o in _some(s.arm.outcomes)
        for step, loss, _ in course(o)
        if isfinite(loss)
    ]
    found = [float(r["loss"]) for r in rows]
    plain = alt.Y("loss:Q", title="training loss", scale=alt.Scale(zero=False))
    y = log_axis("training loss", "loss", found) if min(found, default=0) > 0 else plain
    apart = ""
    if len(shown) > 1:
        apart = " Losses of the two compare only where no change altered targets or loss."
    return Figure(
        "Training loss of every seed",
        f"One line for each seed, the mean loss since the point before.{apart}{_lost(shown)}",
        _lines(rows, y, "loss", shown),
        ("training", "seeds", "how they ended"),
        tuple(_endings(shown)),
    )


def _scores(shown: Sequence[Shown], goal: Goal) -> Figure:
    outcomes = [o for s in shown for o in s.arm.outcomes]
    found = [score for o in outcomes for _, _, score in course(o) if isfinite(score)]
    low, floor = min([*found, goal.threshold]), 0.0 if min(found, default=0) >= 0 else -1.0
    rows = [
        {"arm": s.name, "seed": o.seed, "step": step, "score": score}
        for s in shown
        for o in _some(s.arm.outcomes)
        for step, _, score in course(o)
        if isfinite(score)
    ]
    bottom = max(low, floor)
    top = 1 + 0.03 * (1 - bottom)
    y = alt.Y("score:Q", title=goal.metric, scale=alt.Scale(domain=[bottom, top], clamp=True))
    cut = f" What is below {bottom:g} is drawn there." if low < floor else ""
    goal_line = rule(goal.threshold, f"learned: {goal.text}")
    return Figure(
        f"Score ({goal.metric}) of every seed",
        f"One line for each seed, on the rows that judge; 1 is perfect. The dashed line is the "
        f"goal.{cut}",
        _lines(rows, y, "score", shown) + goal_line,
        ("training", "seed", "updates", "score at the end"),
        tuple(
            (s.name, str(o.seed), f"{o.steps:,}", number(o.score))
            for s in shown
            for o in s.arm.outcomes
        ),
    )


def _lines(rows: Sequence[Row], y: alt.Y, field: str, shown: Sequence[Shown]) -> alt.LayerChart:
    """A line for each seed; that under the pointer, or chosen above the drawing, stands out."""
    near = alt.selection_point(
        "near", on="pointerover", clear="pointerout", nearest=True, fields=["arm", "seed"],
        empty=False,
    )  # fmt: skip
    strong = "(seed == datum.seed)"
    base = chart(rows).encode(x=_steps(), y=y, detail="seed:N", color=_colour(shown))
    base = base.transform_filter(_wanted())
    lines = base.mark_line(clip=True, interpolate="linear").encode(
        opacity=alt.when(near).then(alt.value(1)).when(strong).then(alt.value(1)).otherwise(
            alt.value(0.4)
        ),
        strokeWidth=alt.when(near).then(alt.value(4)).when(strong).then(alt.value(3)).otherwise(
            alt.value(1.3)
        ),
    )  # fmt: skip
    dots = base.mark_point(opacity=0, size=60).encode(
        tooltip=["arm:N", "seed:Q", "step:Q", alt.Tooltip(f"{field}:Q", format=".4g")]
    )
    return lines.add_params(*_choices()) + dots.add_params(near)


def _ends(shown: Sequence[Shown], goal: Goal) -> Figure:
    """Where only ends are known: a mark for each seed."""
    rows = [
        {"arm": s.name, "seed": o.seed, "score": max(o.score, -1.0)}
        for s in shown
        for o in s.arm.outcomes
        if isfinite(o.score)
    ]
    base = chart(rows).transform_filter(_wanted()).add_params(*_choices())
    marks = base.mark_point(filled=True, size=90, opacity=0.7).encode(
        x=alt.X("seed:O", title="seed", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("score:Q", title=goal.metric),
        color=_colour(shown),
        tooltip=["arm:N", "seed:O", alt.Tooltip("score:Q", format=".4g")],
    )  # fmt: skip
    return Figure(
        f"Score ({goal.metric}) of every seed",
        "One mark for each seed, at the end of its training; 1 is perfect, and what is below -1 "
        "is drawn there.",
        marks + rule(goal.threshold, f"learned: {goal.text}"),
        ("training", "seed", "updates", "score at the end"),
        tuple(
            (s.name, str(o.seed), f"{o.steps:,}", number(o.score))
            for s in shown
            for o in s.arm.outcomes
        ),
    )


def _some(outcomes: Sequence[Outcome]) -> list[Outcome]:
    picks = np.linspace(0, len(outcomes) - 1, min(len(outcomes), DRAWN)).astype(int)
    return [outcomes[i] for i in picks]


def _endings(shown: Sequence[Shown]) -> Iterator[tuple[str, ...]]:
    for s in shown:
        for ending, count in Counter(o.ending for o in s.arm.outcomes).most_common():
            yield s.name, str(count), ending.value


def _lost(shown: Sequence[Shown]) -> str:
    outcomes = [(s, o) for s in shown for o in s.arm.outcomes]
    lost = [o for _, o in outcomes if any(not isfinite(loss) for _, loss, _ in course(o))]
    return f" {len(lost)} of them end where the loss is no finite number." if lost else ""


def _steps() -> alt.X:
    axis = alt.Axis(format="~s", tickCount=6, grid=False)
    return alt.X("step:Q", title="updates", scale=alt.Scale(type="log", nice=False), axis=axis)


def _colour(shown: Sequence[Shown]) -> alt.Color:
    palette = [WRITTEN if not s.arm.remedies else CHANGED for s in shown]
    return alt.Color("arm:N", scale=colours([s.name for s in shown], palette))


def _choices() -> tuple[alt.Parameter, alt.Parameter]:
    """What is chosen above the drawings: which training is shown, which seed stands out."""
    return alt.param("shown", value="both"), alt.param("seed", value=-1)


def _wanted() -> str:
    return "shown == 'both' || shown == datum.arm"


def _percent(field: str) -> alt.Tooltip:
    return alt.Tooltip(f"{field}:Q", format=".0%")
