"""Running the checks."""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Collection
from functools import cache

import numpy as np

from unstuck import checks
from unstuck.checks._base import Check
from unstuck.checks._outputs import of_output, outputs
from unstuck.finding import Finding
from unstuck.recipe import Recipe
from unstuck.trace import Trace


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check in the folder, by name."""
    names = [m.name for m in pkgutil.iter_modules(checks.__path__) if not m.name.startswith("_")]
    modules = [importlib.import_module(f"{checks.__name__}.{name}") for name in names]
    kinds = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Check) and value is not Check
    ]
    return tuple(sorted((kind() for kind in kinds), key=lambda check: check.name))


def run_checks(
    recipe: Recipe, trace: Trace | None = None, select: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """What the checks find: those that need a trace where one is given, the others where none is.

    ``select`` names the checks to run; None runs all of them. A check that raises is warned about
    (``RuntimeWarning``) and passed over; the others still run.
    """
    return tuple(
        finding
        for check in all_checks()
        if check.needs_trace == (trace is not None) and (select is None or check.name in select)
        for finding in _looked(check, recipe, trace)
    )


def _looked(check: Check, recipe: Recipe, trace: Trace | None) -> list[Finding]:
    try:
        with np.errstate(all="ignore"):  # data at fault may overflow in the statistics too
            return _found(check, recipe, trace)
    except Exception as error:
        warnings.warn(f"the check {check.name} failed: {error!r}", RuntimeWarning, stacklevel=2)
        return []


def _found(check: Check, recipe: Recipe, trace: Trace | None) -> list[Finding]:
    """Of several outputs, what is found at each; what is before them all is told once."""
    alone = list(outputs(recipe)) if check.of_output else []
    if not alone:
        return list(check.look(recipe, trace))
    found: dict[str, Finding] = {}
    for name, one in alone:
        for finding in check.look(one, trace):
            found.setdefault(finding.layer or name, of_output(finding, name))
    return list(found.values())
