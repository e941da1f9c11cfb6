"""The families of rules, in the order in which they are applied."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unstuck.modernize.program import Rule
from unstuck.modernize.rules import (
    arguments,
    arrays,
    backend,
    convolutions,
    defaults,
    initializers,
    merging,
    metrics,
    modules,
    optimizers,
    recurrent,
    saving,
    sklearn,
    tensorflow,
    training,
    unused,
    wrappers,
)


@dataclass(frozen=True)
class Family:
    """One family: its rule, the words without which it has nothing to do, and what it
    understands, as rows of the reference: the old form, today's, and what to know."""

    title: str
    rule: Rule
    hint: re.Pattern[str]
    rows: tuple[tuple[str, str, str], ...]


FAMILIES = tuple(
    Family(module.TITLE, module.rule, re.compile(module.HINT), tuple(module.rows()))
    for module in (
        tensorflow,
        defaults,
        modules,
        convolutions,
        recurrent,
        initializers,
        merging,
        arguments,
        training,
        metrics,
        optimizers,
        backend,
        saving,
        wrappers,
        unused,
        sklearn,
        arrays,
    )
)
