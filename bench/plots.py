"""The curves of ``bench.growth`` as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from bench.growth import Measured

COLOURS = ("#0b6e99", "#c1440e", "#4a7729")
LABELS = {
    "seeds": "seeds trained side by side",
    "rows": "rows of the training data",
    "parameters": "parameters of one network",
}


def plot(name: str, measured: Sequence[Measured], file: Path) -> None:
    """One curve: microseconds of an update of all seeds, or megabytes at the most."""
    mpl.rcParams["svg.hashsalt"] = "unstuck"  # the same file from the same numbers
    figure = Figure(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    if name == "memory":
        _memory(axes, measured)
    else:
        x = [getattr(m.point, name) for m in measured]
        axes.plot(x, [m.seconds / m.point.updates * 1e6 for m in measured], "o-", color=COLOURS[0])
        axes.set(xlabel=LABELS[name], ylabel="µs for one update of all seeds")
    axes.set(xscale="log", yscale="log")
    axes.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})


def _memory(axes: Any, measured: Sequence[Measured]) -> None:
    """A line for each size of network, over seeds."""
    sizes = sorted({m.point.parameters for m in measured})
    for size, colour in zip(sizes, COLOURS, strict=False):
        mine = [m for m in measured if m.point.parameters == size]
        seeds, megabytes = zip(*((m.point.seeds, m.megabytes) for m in mine), strict=True)
        axes.plot(seeds, megabytes, "o-", color=colour, label=f"{size:,} parameters")
    axes.set(xlabel=LABELS["seeds"], ylabel="peak memory of a worker, MiB")
    axes.legend(frameon=False)
