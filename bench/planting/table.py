"""The results of a run as tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.command import Table

Result = dict[str, Any]


def show(results: Sequence[Result]) -> None:
    """Print what was found of each fault, and what was said of healthy programs."""
    planted = [r for r in results if r["faults"]]
    for group in sorted({r["group"] for r in results}):
        _healthy([r for r in results if not r["faults"] and r["group"] == group], group)
    table = Table(
        fault=28, group=9, programs=8, bite=5, found=6, first=6, proven=6, cured=6, random=6
    )
    by_fault: dict[str, list[Result]] = defaultdict(list)
    for result in planted:
        by_fault[" + ".join(result["faults"]) if len(result["faults"]) == 1 else "pairs"].append(
            result
        )
    for name in sorted(by_fault):
        _row(table, name, "both", by_fault[name])
    for group in sorted({r["group"] for r in planted}):
        _row(table, "all", group, [r for r in planted if r["group"] == group])
    _row(table, "all", "both", planted)
    _others(planted, "proven beside what was planted", told=True)
    _others(planted, "proven where nothing that was planted is", told=False)


def _others(planted: Sequence[Result], title: str, *, told: bool) -> None:
    """Proofs of what was not planted: mostly another name for what was, or what it leads to."""
    found = [(r["key"], c) for r in planted if _proven(r) is told for c in r["false_errors"]]
    print(f"\n{title}: {len(found)}")
    for key, check in found:
        print(f"  {check} in {key}")


def _healthy(results: Sequence[Result], group: str) -> None:
    flagged = [r for r in results if r["false_errors"]]
    print(f"{group}: {len(results)} healthy programs, {len(flagged)} with an error or a proof")
    for result in flagged:
        print(f"  {result['key']}: {', '.join(result['false_errors'])}")
    print()


def _row(table: Table, name: str, group: str, results: Sequence[Result]) -> None:
    biting = [r for r in results if bites(r)]
    table.row(
        name,
        group,
        len(results),
        len(biting),
        _share(results, _found),
        _share(results, _first),
        _share(biting, _proven),
        _share(biting, lambda r: _reaches(r, r["cured"])),
        _share(biting, lambda r: _reaches(r, r["random"])),
    )


def _share(results: Iterable[Result], test: Callable[[Result], bool]) -> str:
    outcomes = [test(r) for r in results]
    return f"{sum(outcomes) / len(outcomes):.0%}" if outcomes else "-"


def bites(result: Result) -> bool:
    """Whether the planted program falls short of the healthy one."""
    return not _reaches(result, result["score"])


def _reaches(result: Result, score: float | None) -> bool:
    level = result.get("level")
    return level is not None and score is not None and score >= level


def _found(result: Result) -> bool:
    return set(result["faults"]) <= {check for check, _, _ in result["findings"]} | _answer(result)


def _answer(result: Result) -> set[str]:
    """That the data hold nothing is an answer of its own."""
    return {result["outcome"]} & {"no-signal"}


def _first(result: Result) -> bool:
    first = {check for check, _, _ in result["findings"][:1]} | _answer(result)
    return bool(first & set(result["faults"]))


def _proven(result: Result) -> bool:
    told = {check for check, _, status in result["findings"] if status in ("proven", "plain")}
    return bool(told & set(result["faults"]))
