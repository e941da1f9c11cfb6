"""What a check is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from unstuck.finding import Finding, Severity, Status
from unstuck.recipe import Layer, Place, Recipe
from unstuck.remedy import Remedy
from unstuck.trace import Trace


@dataclass(frozen=True)
class Case:
    """A recipe (and a trace) on which a check must fire, or must not; ``title`` says why."""

    title: str
    recipe: Callable[[], Recipe]
    trace: Callable[[], Trace] | None = None


class Check(ABC):
    """Looks at a recipe for one fault.

    A finding with remedies is a hypothesis, and trials decide. One without any is *plain*: wrong
    on its face, no experiment needed.

    Attributes:
        name: the fault, as reports show it.
        severity: how bad it is where it bites; a finding may say otherwise.
        needs_trace: whether it looks at a training that was watched.
        of_output: whether it looks at the output and its loss alone, so that it can look at each
            of several.
        of_the_data: whether it says that the data hold no more, which a cure refutes.
        summary: what it detects, in one sentence.
        why: why that stops learning.
        instead: what to write instead.
        false_alarms: near misses, and when to ignore it.
        sources: where the evidence comes from.
        firing, silent: its cases.
    """

    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.WARNING
    needs_trace: ClassVar[bool] = False
    of_output: ClassVar[bool] = False
    of_the_data: ClassVar[bool] = False
    summary: ClassVar[str]
    why: ClassVar[str]
    instead: ClassVar[str]
    false_alarms: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    firing: ClassVar[tuple[Case, ...]]
    silent: ClassVar[tuple[Case, ...]]

    @abstractmethod
    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        """Every place where the recipe has this fault. ``trace`` is given if it is needed."""

    def found(
        self,
        message: str,
        evidence: Mapping[str, float | int | str],
        place: Place | None,
        remedies: tuple[Remedy, ...] = (),
        *,
        layer: Layer | None = None,
        severity: Severity | None = None,
        advice: str = "",
    ) -> Finding:
        """A finding of this check."""
        return Finding(
            self.name,
            severity or self.severity,
            message,
            evidence,
            place,
            None if layer is None else layer.name,
            remedies,
            Status.NOT_TRIED if remedies else Status.PLAIN,
            advice=advice or ("" if remedies else self.instead),
            of_the_data=self.of_the_data,
        )
