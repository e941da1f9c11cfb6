"""A finding: one fault found in one recipe, with its evidence and what would remove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from unstuck.recipe import Place
from unstuck.remedy import Remedy


class Severity(StrEnum):
    """How bad a fault is where it bites."""

    ERROR = "error"  # it stops learning, or the reported score is meaningless
    WARNING = "warning"  # it can
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Status(StrEnum):
    """What the trials made of a finding."""

    PROVEN = "proven"  # its remedy is part of the smallest cure
    REFUTED = "refuted"  # removing it changes nothing
    NOT_TRIED = "not-tried"
    PLAIN = "plain"  # wrong on its face, no experiment needed
    IGNORED = "ignored"  # by a comment in the program, which gives the reason


@dataclass(frozen=True)
class Finding:
    """One fault found.

    ``message`` is one sentence for the user, with the numbers in it. ``remedies`` are
    alternatives, the best first, each of which alone would remove the fault; a finding
    without any is ``plain`` where ``experiment`` is false. ``reason`` says why a finding was
    not tried, or is ignored. ``advice`` is code or words to use where no edit of the source can
    be made. ``of_the_data``: it says that there is no more to be learned, which a cure refutes.
    """

    check: str
    severity: Severity
    message: str
    evidence: Mapping[str, float | int | str] = field(default_factory=dict)
    place: Place | None = None
    layer: str | None = None
    remedies: tuple[Remedy, ...] = ()
    status: Status = Status.NOT_TRIED
    reason: str = ""
    advice: str = ""
    of_the_data: bool = False
