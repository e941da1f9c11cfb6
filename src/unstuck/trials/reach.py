"""Reach: what a value depends on, read from the program that JAX traces. Nothing is computed, so
the answer holds for all numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Marks = frozenset[int]
NONE: Marks = frozenset()
INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")
CALLS = frozenset({"pjit", "jit", "closed_call", "core_call", "remat", "checkpoint"})


def dependence(program: Any) -> list[Marks]:
    """For each output of a traced program, the numbers of the arguments that it depends on."""
    jaxpr = program.jaxpr
    return _outputs(jaxpr, [frozenset({i}) for i in range(len(jaxpr.invars))])


def _outputs(jaxpr: Any, given: Sequence[Marks]) -> list[Marks]:
    known: dict[Any, Marks] = dict(zip(jaxpr.invars, given, strict=True))

    def marks(atom: Any) -> Marks:
        return NONE if hasattr(atom, "val") else known.get(atom, NONE)

    for step in jaxpr.eqns:
        before = [marks(atom) for atom in step.invars]
        known.update(zip(step.outvars, _after(step, before), strict=True))
    return [marks(atom) for atom in jaxpr.outvars]


def _after(step: Any, before: list[Marks]) -> list[Marks]:
    """A call is looked into; of anything else, every output depends on every argument."""
    if step.primitive.name in CALLS:
        found = next((step.params[name] for name in INNER if name in step.params), None)
        inner = getattr(found, "jaxpr", found)
        if inner is not None and len(inner.invars) == len(before):
            return _outputs(inner, before)
    return [frozenset().union(*before)] * len(step.outvars)
