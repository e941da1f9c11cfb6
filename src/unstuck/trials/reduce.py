"""The search for the smallest cure, from all remedies down to the fewest that still work.

It knows no network: it asks for sets of remedies to be tried and reads how often each learned.
The scheme is that of delta debugging (Zeller & Hildebrandt 2002): keep a set that works, leave
members out, keep what still works, until every member is needed. Every single remedy is tried
first. The result is smallest in that sense: one remedy, or a set of which none can be left out.
A member that a larger set could not do without is taken to be needed in a smaller one too, where
less is changed; the confirmation, which leaves out each member of the cure, sees where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from unstuck.remedy import Reach, Remedy
from unstuck.trial import ArmResult, Remedies

Ask = Callable[[Iterable[Remedies]], None]


@dataclass
class Search:
    """A search over ``candidates``, the preferred first.

    ``ask`` tries sets and adds to ``known``; it may leave some out when time is up, and a set
    that is not known counts as one that does not work. ``works`` reads a result; ``applies`` tells
    whether a set can be tried at all, as it cannot where one of its members finds nothing to
    change.
    """

    candidates: Sequence[Remedy]
    known: dict[Remedies, ArmResult]
    ask: Ask
    works: Callable[[ArmResult], bool]
    applies: Callable[[Remedies], bool] = lambda _remedies: True

    def begin(self) -> None:
        """Try every remedy alone, and all together."""
        self._try(self._gentle())

    def chain(self) -> list[Remedies]:
        """Sets that work, the smallest first, each larger one a fallback; empty if none does.

        More effort (longer training) is considered only if nothing else works.
        """
        gentle = self._gentle()
        found = self._from(gentle)
        if not found and len(gentle) < len(self.candidates):
            found = self._from(self.candidates)
        return found

    def _gentle(self) -> list[Remedy]:
        return [r for r in self.candidates if r.reach is not Reach.EFFORT]

    def _try(self, candidates: Sequence[Remedy]) -> tuple[Remedies, list[Remedies]]:
        full, singles = self.full(candidates), [frozenset({r}) for r in candidates]
        self.ask(s for s in (full, *singles) if s)
        return full, singles

    def full(self, candidates: Sequence[Remedy]) -> Remedies:
        """All together, one for each slot; without those that find nothing to change, if any."""
        chosen = one_for_each_slot(candidates)
        if self.applies(chosen):
            return chosen
        return one_for_each_slot(self._applicable(candidates))

    def _applicable(self, candidates: Sequence[Remedy]) -> list[Remedy]:
        return [r for r in candidates if self.applies(frozenset({r}))]

    def _from(self, candidates: Sequence[Remedy]) -> list[Remedies]:
        full, singles = self._try(candidates)
        alone = self._working(singles)
        if alone:
            return alone
        start = self._start(full, candidates)
        if start is None:
            return []
        chain, needed = [start], set[Remedy]()
        while (smaller := self._reduced(chain[0], needed)) is not None:
            chain.insert(0, smaller)
        return chain

    def _start(self, full: Remedies, candidates: Sequence[Remedy]) -> Remedies | None:
        """A set that works: the full one, or one with an alternative in a slot or a member
        left out (a remedy may do harm)."""
        if self._good(full):
            return full
        swapped = [
            frozenset({*(r for r in full if r.slot != other.slot), other})
            for other in self._applicable([r for r in candidates if r not in full])
        ]
        without = [full - {r} for r in full if len(full) > 1]
        self.ask([*swapped, *without])
        return next(iter(self._working([*swapped, *without])), None)

    def _reduced(self, whole: Remedies, needed: set[Remedy]) -> Remedies | None:
        """A smaller set within ``whole`` that works, with as much left out at once as can be.
        Members that turn out to be needed join ``needed``."""
        if len(whole) < 2:
            return None
        members = sorted(whole - needed, key=lambda r: (-r.reach, r.name))
        self.ask(whole - {r} for r in members)
        spare = [r for r in members if self._good(whole - {r})]
        needed.update(r for r in members if r not in spare)
        if not spare:
            return None
        prefixes = [whole - set(spare[: n + 1]) for n in range(len(spare)) if n + 1 < len(whole)]
        self.ask(prefixes)
        return min(filter(self._good, prefixes), key=len)

    def _working(self, sets: Iterable[Remedies]) -> list[Remedies]:
        """Those that work: of equal size the one that reaches less far, then the preferred. By
        their scores they are alike, or they would not all count as working."""
        place = {remedy: number for number, remedy in enumerate(self.candidates)}

        def order(remedies: Remedies) -> tuple[int, int, list[int]]:
            return len(remedies), sum(r.reach for r in remedies), sorted(place[r] for r in remedies)

        return sorted(dict.fromkeys(s for s in sets if self._good(s)), key=order)

    def _good(self, remedies: Remedies) -> bool:
        result = self.known.get(remedies)
        return result is not None and self.works(result)


def one_for_each_slot(candidates: Sequence[Remedy]) -> Remedies:
    """The first candidate of each slot."""
    chosen: dict[str, Remedy] = {}
    for remedy in candidates:
        chosen.setdefault(remedy.slot, remedy)
    return frozenset(chosen.values())
