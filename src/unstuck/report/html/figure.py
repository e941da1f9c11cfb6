"""A figure: one drawing, what it shows in words, and its numbers as a table.

Colours are the names of variables of the page's style sheet, so that a drawing is of the page, in
the light and in the dark. What a drawing shows stands beside it in words and in numbers too: it
has no part that only eyes can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Any

import altair as alt

INK, FAINT, GRID, PAPER = "var(--ink)", "var(--faint)", "var(--line)", "var(--paper)"
NUMBERS = ".6~g"
WRITTEN, CHANGED = "var(--written)", "var(--changed)"
PALETTE = (WRITTEN, CHANGED, *(f"var(--hue-{n})" for n in range(3, 8)))
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
HEIGHT = 240

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """``text`` says what is to be seen; ``rows`` are its numbers under ``columns``. ``chart`` is
    of Altair, a single view or layers, so that it can be as wide as its place."""

    title: str
    text: str
    chart: Any
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """The drawing as Vega-Lite."""
        sized = self.chart.properties(width="container", height=HEIGHT, background="transparent")
        found: dict[str, Any] = _themed(sized).to_dict()
        return found


def _themed(chart: Any) -> Any:
    words = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    return (
        chart.configure(font=FONT, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            **words,
            domainColor=FAINT,
            tickColor=FAINT,
            gridColor=GRID,
            titleFontWeight="normal",
            labelOverlap=True,
            labelLimit=140,
            titleLimit=HEIGHT,
        )
        .configure_legend(
            **words,
            orient="top",
            title=None,
            symbolOpacity=1,
            symbolStrokeWidth=3,
            labelLimit=220,
        )
    )


def chart(rows: Sequence[Row]) -> alt.Chart:
    """A chart of plain rows; what JSON cannot hold is left out of them."""
    return alt.Chart(alt.InlineData(values=[_plain(row) for row in rows]))


def _plain(row: Row) -> dict[str, Any]:
    return {key: _value(value) for key, value in row.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    return float(f"{float(value):.6g}") if isfinite(value) else None


def colours(names: Sequence[str], palette: Sequence[str] = PALETTE) -> alt.Scale:
    """Each name its colour, in their order."""
    wheel = [palette[i % len(palette)] for i in range(len(names))]
    return alt.Scale(domain=list(names), range=wheel)


def log_axis(title: str, field: str, values: Iterable[float]) -> alt.Y:
    """An axis of powers of ten, with a line for each where there are several."""
    found = [float(value) for value in values]
    low, high = (floor(log10(end(found))) for end in (min, max))
    every = -(-(high + 1 - low) // 6)
    powers = [10.0**n for n in range(low, high + 2, every)]
    axis = alt.Axis(format=NUMBERS, **({"values": powers} if high > low else {"tickCount": 5}))
    return alt.Y(f"{field}:Q", title=title, axis=axis, scale=alt.Scale(type="log", nice=False))


def rule(value: float, words: str, *, axis: str = "y") -> Any:
    """A dashed line across the drawing, with a name that stays readable over other lines."""
    base = chart([{"at": value, "words": words}])
    along: Any = {axis: alt.Y("at:Q") if axis == "y" else alt.X("at:Q")}
    side = {"dy": 11, "x": 2} if axis == "y" else {"dx": 5, "y": 8}
    name = base.encode(text=alt.Text("words:N"), **along)
    style: dict[str, Any] = {"fontSize": 12, "align": "left", "limit": HEIGHT, **side}
    return (
        base.mark_rule(strokeDash=[5, 4], color=INK).encode(**along)
        + name.mark_text(fill=PAPER, stroke=PAPER, strokeWidth=4, **style)
        + name.mark_text(fill=INK, **style)
    )


def number(value: float) -> str:
    """A number for a table."""
    return f"{value:.4g}" if isfinite(value) else str(value)
