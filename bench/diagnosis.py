"""How well faults are found, named, proven and cured, and what is said of healthy programs.

Faults are planted alone and in pairs into healthy programs of different kinds, sizes, seeds and
optimizers. Every program's result is a line of ``--results FILE``; a run that was interrupted goes
on from there. Half of the programs (``held-out``) have seeds, sizes and optimizers with which no
check was tried while it was written; the last group (``fresh``) has other optimizers and other
pairs too, which nobody had seen before its run.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np

from bench import command
from bench.planting.control import random_search
from bench.planting.faults import FAULTS
from bench.planting.hard import HARD
from bench.planting.programs import KINDS, Plan
from bench.planting.table import bites, show
from unstuck.capture.keras import capture_fit
from unstuck.errors import CaptureError
from unstuck.examination import Examination
from unstuck.finding import Severity, Status
from unstuck.judge import reliable
from unstuck.options import Options
from unstuck.recipe import Recipe
from unstuck.trials.executors import Executor, open_executor
from unstuck.trials.rounds import Rounds
from unstuck.trials.session import Session
from unstuck.verdict import Verdict

PAIRS = 56
SEEDS = 16
NEAR = 0.9  # of the way from a constant to the healthy program


@dataclass(frozen=True)
class Group:
    """Seeds, a number of rows for each, optimizers in turn, and which of the pairs."""

    name: str
    seeds: tuple[int, ...]
    rows: tuple[int, ...]
    optimizers: tuple[str, ...]
    pairs: tuple[int, int] = (0, PAIRS)


KNOWN = Group("known", (1, 2), (400, 700), ("Adam",))
HELD_OUT = Group("held-out", (1001, 1002), (300, 900), ("Adam", "RMSprop"))
FRESH = Group("fresh", (3001,), (500,), ("AdamW", "Nadam"), (PAIRS, 2 * PAIRS))


@dataclass(frozen=True)
class Case:
    """One program: a kind, what is planted (nothing: a healthy one), and its settings."""

    kind: str
    faults: tuple[str, ...]
    group: str
    seed: int
    rows: int
    optimizer: str

    @property
    def key(self) -> str:
        return f"{self.kind}/{'+'.join(self.faults) or 'healthy'}/{self.seed}"

    def healthy(self) -> Plan:
        """The program before anything is planted."""
        make = {make.__name__: make for make in (*KINDS, *HARD)}[self.kind]
        plan = make(np.random.default_rng(self.seed), self.rows)
        return replace(plan, optimizer=self.optimizer)

    def planted(self) -> Plan | None:
        """The program with its faults; None where one has no place in it, or would undo another."""
        plan, settled = self.healthy(), set[str]()
        for name in self.faults:
            changed = FAULTS[name](plan)
            if changed is None or not settled.isdisjoint(_set_by(plan, changed)):
                return None
            settled |= _set_by(plan, changed)
            plan = changed
        return plan

    def recipe(self) -> Recipe | None:
        """The program as captured; None where it cannot be planted."""
        plan = self.planted()
        if plan is None:
            return None
        given = {"epochs": plan.epochs, "batch_size": plan.batch, **plan.fit}
        x = plan.x[0] if len(plan.x) == 1 else list(plan.x)
        return capture_fit(plan.model(), x, plan.y, **given)


def _set_by(plan: Plan, changed: Plan) -> set[str]:
    """The settings that a fault has set. Rows and bodies are changed as they are found, so that
    one change adds to another."""
    names = {f.name for f in fields(Plan)} - {"x", "y", "body"}
    return {n for n in names if getattr(plan, n) is not getattr(changed, n)}


def cases() -> Iterator[Case]:
    """All of them, in an order that is the same every time."""
    random = np.random.default_rng(0)
    pairs = list(combinations(sorted(FAULTS), 2))
    drawn = [pairs[i] for i in random.permutation(len(pairs))]
    for group in (KNOWN, HELD_OUT, FRESH):
        planted = [*((name,) for name in FAULTS), *drawn[slice(*group.pairs)]]
        for number, (seed, rows) in enumerate(zip(group.seeds, group.rows, strict=True)):
            for place, make in enumerate((*KINDS, *HARD)):
                yield _case(make, (), group, place, seed, rows)
            for place, faults in enumerate(planted):
                for shift in (0, 3):
                    make = KINDS[(place + number + shift) % len(KINDS)]
                    yield _case(make, faults, group, place, seed, rows)
    for make in KINDS:
        yield _case(make, (), HELD_OUT, 0, 1003, 500)


def _case(
    make: Callable[..., Plan],
    faults: tuple[str, ...],
    group: Group,
    place: int,
    seed: int,
    rows: int,
) -> Case:
    optimizer = group.optimizers[place % len(group.optimizers)]
    return Case(make.__name__, faults, group.name, seed, rows, optimizer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("diagnosis.jsonl"))
    parser.add_argument("--only", default="", help="programs whose name contains this")
    parser.add_argument("--every", type=int, default=1, help="take every n-th program only")
    parser.add_argument("--budget", type=float, default=40.0, help="seconds for one check")
    parser.add_argument("--table", action="store_true", help="print the table of earlier results")
    parser.add_argument("--quick", action="store_true", help="a tiny run, to see that it runs")
    chosen = parser.parse_args()
    command.head()
    if not chosen.table:
        _run(chosen)
    show([json.loads(line) for line in chosen.results.read_text().splitlines()])


def _run(chosen: argparse.Namespace) -> None:
    known = chosen.results.read_text().splitlines() if chosen.results.exists() else []
    done = {json.loads(line)["key"] for line in known}
    wanted = [c for c in cases() if chosen.only in c.key][:: chosen.every]
    with closing(open_executor("processes")) as executor, chosen.results.open("a") as file:
        for case in wanted[:2] if chosen.quick else wanted:
            if case.key in done:
                continue
            found = _result(case, executor, 10.0 if chosen.quick else chosen.budget)
            if found is not None:
                file.write(json.dumps(found) + "\n")
                file.flush()


def _result(case: Case, executor: Executor, budget: float) -> dict[str, Any] | None:
    try:
        recipe = case.recipe()
    except CaptureError:  # Keras refuses it, which is no silent fault
        return None
    if recipe is None:
        return None
    verdict = _verdict(recipe, executor, budget)
    found: dict[str, Any] = {
        "key": case.key,
        "group": case.group,
        "kind": case.kind,
        "faults": case.faults,
        "outcome": str(verdict.outcome),
        "findings": [(f.check, str(f.severity), str(f.status)) for f in verdict.findings],
        "false_errors": _false_errors(case, verdict),
        "seconds": round(verdict.seconds, 1),
        "score": _score(verdict),
    }
    if case.faults:
        found |= {"level": _level(case, executor, budget), "cured": _cured_score(verdict)}
        found["random"] = None
        if bites(found):
            blind = random_search(recipe, executor, _trainings(verdict), budget, case.seed)
            found["random"] = blind.median if blind else None
    return found


def _verdict(recipe: Recipe, executor: Executor, budget: float) -> Verdict:
    began = time.monotonic()
    options = Options(budget=budget, seeds=SEEDS, cache=False)
    quiet = lambda _text, _share: None  # noqa: E731
    return Examination(recipe, options, executor, quiet, began, began + budget).verdict()


def _false_errors(case: Case, verdict: Verdict) -> list[str]:
    """Errors and proofs of what was not planted; in a healthy program, all."""
    return [
        f.check
        for f in verdict.findings
        if f.check not in case.faults
        and (f.status is Status.PROVEN or (not case.faults and f.severity is Severity.ERROR))
    ]


def _score(verdict: Verdict) -> float | None:
    return verdict.arms[0].median if verdict.arms else None


def _cured_score(verdict: Verdict) -> float | None:
    """The median of the cure, where it is one."""
    if verdict.cured is None or not reliable(verdict.cured):
        return None
    names = tuple(sorted(r.label for r in verdict.cure))
    return max((a.median for a in verdict.arms if a.remedies == names), default=None)


def _trainings(verdict: Verdict) -> int:
    return sum(arm.rate.trials for arm in verdict.arms)


_LEVELS: dict[Case, float | None] = {}


def _level(case: Case, executor: Executor, budget: float) -> float | None:
    """What the healthy program reaches: nine tenths of the way there count as cured."""
    well = replace(case, faults=())
    if well not in _LEVELS:
        recipe = well.recipe()
        _LEVELS[well] = None if recipe is None else NEAR * _as_written(recipe, executor, budget)
    return _LEVELS[well]


def _as_written(recipe: Recipe, executor: Executor, budget: float) -> float:
    """The median score of a program that nothing is changed in."""
    until = time.monotonic() + budget
    session = Session(Rounds(executor, recipe), recipe, until, lambda _: None)
    return session.as_written(SEEDS, 1.0, 1.0).first.median


if __name__ == "__main__":
    main()
