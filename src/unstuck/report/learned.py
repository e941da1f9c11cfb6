"""What came of learning a function, for people and as JSON."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from unstuck.learning.learned import Attempt, Learned


def show(learned: Learned, console: Console) -> None:
    """Print what was learned."""
    colour = "green" if learned.is_reliable else "red"
    console.print(f"[bold {colour}]{_answer(learned)}[/]: {escape(learned.sentence)}.")
    console.print(f"Right is {learned.problem.right}; judged by {learned.problem.judged_by}.\n")
    _attempts(learned, console)
    if learned.problem.simple:
        console.print("\n[bold]Simple learners[/]")
        for name, share in sorted(learned.problem.simple.items(), key=lambda item: -item[1]):
            console.print(f"  {share:8.2%}  {name}")


def _answer(learned: Learned) -> str:
    if learned.is_reliable:
        return "learned"
    return "partly" if learned.rate.learned else "not learned"


def _attempts(learned: Learned, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("network", "seeds", "right", "outside", "worst error", "updates"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for attempt in learned.attempts:
        table.add_row(*_row(attempt, learned))
    console.print(table)
    for attempt in learned.attempts:
        console.print(f"  {escape(attempt.network)}: {escape(attempt.sentence)}; {attempt.why}")
        if attempt.message:
            console.print(f"    {escape(attempt.message)}")
    low, high = learned.rate.low, learned.rate.high
    console.print(f"\n{low:.0%} to {high:.0%} of seeds at 95 % certainty, {learned.seconds:.0f} s.")


def _row(attempt: Attempt, learned: Learned) -> list[str]:
    worst = max((s.worst for s in attempt.shown), default=float("nan"))
    outside = "" if attempt.outside is None else f"{attempt.outside:.4%}"
    rate = str(attempt.rate(learned.problem))
    return [
        attempt.network,
        rate,
        f"{attempt.inside:.4%}",
        outside,
        f"{worst:.3g}",
        f"{attempt.steps:,}",
    ]


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None


def to_json(learned: Learned) -> str:
    """The contract that other tools read (``learned.schema.json`` beside this file)."""
    rate, best = learned.rate, learned.best
    found: dict[str, Any] = {
        "version": 1,
        "function": learned.problem.name,
        "network": best.network,
        "learned": rate.learned,
        "trials": rate.trials,
        "low": round(rate.low, 4),
        "high": round(rate.high, 4),
        "exact_inside": best.inside,
        "exact_outside": best.outside,
        "seconds": round(learned.seconds, 2),
        "sentence": learned.sentence,
        "right": str(learned.problem.right),
        "judged_by": learned.problem.judged_by,
        "simple": learned.problem.simple,
        "attempts": [
            {
                "network": a.network,
                "why": a.why,
                "learned": a.rate(learned.problem).learned,
                "trials": len(a.shown),
                "exact_inside": a.inside,
                "exact_outside": a.outside,
                "worst_error": _finite(max((s.worst for s in a.shown), default=None)),
                "steps": a.steps,
                "message": a.message,
            }
            for a in learned.attempts
        ],
    }
    return json.dumps(found, indent=2, allow_nan=False)
