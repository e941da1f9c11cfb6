"""Optimizers: ``lr``, and ``decay``, which today's Keras ignores with a warning."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from unstuck.modernize.calls import keywords, positional
from unstuck.modernize.program import Program, Refusal, Rewrite
from unstuck.patch.source import Edit

TITLE = "Optimizers"
HINT = r"\b(lr|decay|epsilon|schedule_decay)\b"
# Rates where none is given: of Keras 1 and 2, and of today where that is another.
RATES = {
    "SGD": "0.01",
    "RMSprop": "0.001",
    "Adagrad": "0.01",
    "Adadelta": "1.0",
    "Adam": "0.001",
    "Adamax": "0.002",
    "Nadam": "0.002",
}
TODAY = {"SGD": "0.01"}
NAMES = {f"keras.optimizers.{name}": name for name in RATES}
STEERED = re.compile(r"\b(LearningRateScheduler|ReduceLROnPlateau)\s*\(")
SCHEDULE = "today's Keras ignores `decay`; the schedule gives the same rates"
CONFLICT = (
    "the rate no longer decays with every update: a callback of the program sets it, and today's "
    "Keras does not have both"
)
DEFAULT = "the rate was {} where none was given; today's is {}"


def rows() -> Iterator[tuple[str, str, str]]:
    yield "lr=0.01 of any optimizer", "learning_rate=0.01", ""
    yield (
        "Adam(lr=0.01, decay=0.1)",
        "Adam(learning_rate=keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.1))",
        SCHEDULE,
    )
    for name, rate in RATES.items():
        yield f"{name}(decay=d)", f"InverseTimeDecay({rate}, 1, d)", "its own rate of that time"
    yield "epsilon=None", "dropped", ""
    yield "schedule_decay= of Nadam", "dropped", "its momentum has the schedule of today's default"
    yield "optimizer.lr, K.set_value(optimizer.lr, r)", "optimizer.learning_rate", ""


def rule(program: Program) -> Iterator[Rewrite | Refusal]:
    if not program.knows_keras:
        return
    for call, name in program.calls(NAMES):
        yield from _call(program, call, NAMES[name])
    for node in program.every(cst.Attribute):
        if node.attr.value == "lr" and _of_optimizer(program, node):
            edit = program.put(node.attr, "learning_rate")
            yield Rewrite((edit,), program.span(node), "the rate has its whole name")


def _of_optimizer(program: Program, node: cst.Attribute) -> bool:
    """``model.optimizer.lr``, or ``opt.lr`` of a name that holds an optimizer."""
    owner = node.value
    if isinstance(owner, cst.Attribute):
        return owner.attr.value == "optimizer"
    if not isinstance(owner, cst.Name):
        return False
    for assign in program.every(cst.Assign):
        targets = [t.target for t in assign.targets]
        named = any(isinstance(t, cst.Name) and t.value == owner.value for t in targets)
        if (
            named
            and isinstance(assign.value, cst.Call)
            and program.name(assign.value.func) in NAMES
        ):
            return True
    return False


def _call(program: Program, call: cst.Call, name: str) -> Iterator[Rewrite]:
    given, first = keywords(call), positional(call)
    rate = given.get("lr") or given.get("learning_rate") or (first[0] if first else None)
    if "decay" in given:
        yield _decayed(program, call, name, rate)
        return
    if "lr" in given and "learning_rate" not in given:
        edit = program.renamed(given["lr"], "learning_rate")
        yield Rewrite((edit,), program.span(given["lr"]), "the rate has its whole name")
    gone = [given[k] for k in ("epsilon", "schedule_decay") if k in given]
    gone = [
        a
        for a in gone
        if program.code(a.value) == "None" or (a.keyword and a.keyword.value == "schedule_decay")
    ]
    if gone:
        differs = (
            "its momentum has the schedule of today's default"
            if any(a.keyword and a.keyword.value == "schedule_decay" for a in gone)
            else ""
        )
        yield Rewrite(program.dropped(call, gone), program.span(call), "it is gone", differs)


def _decayed(program: Program, call: cst.Call, name: str, rate: cst.Arg | None) -> Rewrite:
    given, decay = keywords(call), keywords(call)["decay"]
    span, text = program.span(call), program.code(decay.value)
    edits: list[Edit] = []
    if re.fullmatch(r"0|0?\.0*|0\.0+|0\.?|None", text):
        if "lr" in given:
            edits.append(program.renamed(given["lr"], "learning_rate"))
        return Rewrite((*edits, *program.dropped(call, [decay])), span, "it does not decay")
    if STEERED.search(program.text):
        if "lr" in given:
            edits.append(program.renamed(given["lr"], "learning_rate"))
        edits += program.dropped(call, [decay])
        return Rewrite(tuple(edits), span, "a callback sets the rate", CONFLICT)
    schedules, more = program.reach("keras.optimizers.schedules")
    start = program.code(rate.value) if rate is not None else RATES[name]
    schedule = f"{schedules}.InverseTimeDecay({start}, 1, {text})"
    if rate is None:
        whole = program.span(decay)[0], program.span(decay.value)[1]
        edits.append(Edit(*whole, f"learning_rate={schedule}"))
    else:
        edits += program.dropped(call, [decay])
        edits.append(program.valued(rate, schedule))
        if "lr" in given:
            edits.append(program.renamed(rate, "learning_rate"))
    today = "0.01" if name == "SGD" else "0.001"
    differs = SCHEDULE
    if rate is None and RATES[name] != today:
        differs += "; " + DEFAULT.format(RATES[name], today)
    return Rewrite((*edits, *more), span, "the decay is a schedule", differs)
