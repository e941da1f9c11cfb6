"""Confirming a cure: over seeds that chose nothing, with and without each of its members.

The search picks what did best, so its own rates flatter what it picks. What the report says of a
cure, and what it calls proven, comes from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from unstuck.judge import Trials, apart, as_good, rate, settled
from unstuck.remedy import Remedy
from unstuck.trial import ArmResult, Remedies
from unstuck.trials.session import ROUND_SHARE, Session

FIRST_SEED = 1000  # seeds from here on are kept for confirming
TRIED = 4  # cures that may be tried until one holds
OTHERS = 2  # cures that may be shown to be as good
SETTLING = 6.0  # seconds below which no further seeds are asked
MORE = 3  # times as many seeds where it was close


@dataclass
class Confirmation:
    """The confirmation of one search; it writes what it finds into ``trials``.

    ``seeds`` is how many were asked for: so many are taken where the cure trains fast enough.
    """

    session: Session
    trials: Trials
    seeds: int
    tried: dict[Remedies, ArmResult] = field(default_factory=dict, init=False)

    def confirm(self, chain: Sequence[Remedies], candidates: Sequence[Remedy]) -> None:
        """Try the cures of ``chain``, the smallest first, until one holds."""
        if not chain:
            return
        fresh = self._fresh(chain)
        if not self._holds(chain[0], fresh):
            smaller = self._smaller(chain[0])
            firmer = [] if smaller else self._firmer(chain[0], candidates)
            for cure in [*smaller, *firmer, *chain[1:]][:TRIED]:
                if self.session.left() < 1.0 or self._holds(cure, fresh):
                    break
        if self.trials.is_cured:
            self._settle(fresh)
            if not self.trials.is_cured:
                self._fall_back(fresh)
            self._others(candidates, fresh)

    def _fresh(self, chain: Sequence[Remedies]) -> tuple[int, ...]:
        session = self.session
        taken = max((session.known[c].seconds for c in chain), default=0.0)
        times = self.seeds / max(1, len(session.seeds))
        many = taken * times * 2 < session.left() * ROUND_SHARE
        count = self.seeds if many else len(session.seeds)
        return tuple(range(FIRST_SEED, FIRST_SEED + count))

    def _holds(self, cure: Remedies, seeds: tuple[int, ...], *, instead: bool = False) -> bool:
        """Try one cure, and it less each of its members, which shows what each is needed for.
        It becomes the cure if it does better than the one before, or, ``instead`` of that one,
        if it holds too."""
        sets = [cure, *(cure - {r} for r in cure if cure - {r})]

        def plain(result: ArmResult) -> bool:
            known = result.arm.remedies != cure
            return known and settled(result, len(seeds), self.trials.goal)

        confirmed, model = self.session.run(sets, seeds, keep=True, settled=plain)
        holds, trials = self.trials.is_reliable(confirmed[cure]), self.trials
        self.tried |= confirmed
        if not holds:
            trials.failed[cure] = confirmed[cure]
        if holds if instead else self._better(confirmed[cure]):
            trials.cure, trials.confirmed, trials.model = cure, confirmed, model
        return holds

    def _better(self, result: ArmResult) -> bool:
        """Whether it learns more often than the cure so far, or than the program as written."""
        trials = self.trials
        now = trials.confirmed[trials.cure] if trials.cure else trials.as_written
        return rate(result, trials.goal).low > rate(now, trials.goal).low

    def _smaller(self, cure: Remedies) -> list[Remedies]:
        """Of a cure that did not quite hold, what held without one of its members."""
        return [s for s, r in self.tried.items() if s and s < cure and self.trials.is_reliable(r)]

    def _firmer(self, cure: Remedies, candidates: Sequence[Remedy]) -> list[Remedies]:
        """A cure that did not quite hold, with one remedy more, the best first."""
        slots, known = {r.slot for r in cure}, self.session.known
        larger = [cure | {r} for r in candidates if r.slot not in slots]
        self.session.ask(larger, ROUND_SHARE)
        good = [s for s in larger if s in known and self.trials.is_reliable(known[s])]
        return sorted(good, key=lambda s: -min(o.score for o in known[s].outcomes))[:2]

    def _settle(self, seeds: tuple[int, ...]) -> None:
        """Where the cure did as well or nearly so without a member, ask more seeds: the member
        is then either shown to be needed, or left out."""
        confirmed, cure = self.trials.confirmed, self.trials.cure
        close = [cure - {r} for r in cure if self._close(cure - {r})]
        if not close or self.session.left() < SETTLING:
            return
        more = tuple(range(seeds[-1] + 1, seeds[-1] + 1 + MORE * len(seeds)))
        results, _ = self.session.run([cure, *close], more)
        confirmed.update({s: _joined(confirmed[s], result) for s, result in results.items()})
        spare = [s for s in close if self._works(confirmed[s], confirmed)]
        if spare and self.session.left() > SETTLING:
            self._holds(spare[0], seeds, instead=True)

    def _fall_back(self, seeds: tuple[int, ...]) -> None:
        """Where more seeds have shown that the cure does not hold: others that worked in the
        search, the smallest first, and of equals the one whose worst seed did best."""
        known, failed = self.session.known, self.trials.cure
        untried = [s for s in known if s and s not in self.tried and not s < failed]
        good = [s for s in untried if self._works(known[s], known)]
        good.sort(key=lambda s: (len(s), -min(o.score for o in known[s].outcomes)))
        for cure in good[:TRIED]:
            if self.session.left() < SETTLING:
                return
            if self._holds(cure, seeds, instead=True):
                self._settle(seeds)
                if self.trials.is_cured:
                    return

    def _works(self, result: ArmResult, known: Mapping[Remedies, ArmResult]) -> bool:
        """Whether it learned reliably, and about as well as the best of those known."""
        return self.trials.is_reliable(result) and as_good(result, known.values())

    def _others(self, candidates: Sequence[Remedy], seeds: tuple[int, ...]) -> None:
        """Cures as good as the one that was chosen, which a report that named one only would
        hide: another remedy that reaches as far, in place of one member."""
        session, cure = self.session, self.trials.cure
        swapped = {
            cure - {r} | {o}: o for r in cure for o in candidates if _may_stand_for(o, r, cure)
        }
        if not swapped or session.left() < SETTLING:
            return
        session.ask(swapped, ROUND_SHARE)
        good = [
            s for s in swapped if s in session.known and self.trials.is_reliable(session.known[s])
        ]
        if not good or session.left() < 1.0:
            return
        results, _ = session.run(good[:OTHERS], seeds)
        known = self.trials.confirmed
        for remedies, result in results.items():
            if self._works(result, known):
                known[remedies] = result
                self.trials.others[swapped[remedies]] = remedies

    def _close(self, rest: Remedies) -> bool:
        confirmed, goal = self.trials.confirmed, self.trials.goal
        without = confirmed.get(rest)
        if without is None or without.cut:
            return False
        return not apart(rate(confirmed[self.trials.cure], goal), rate(without, goal))


def _may_stand_for(other: Remedy, member: Remedy, cure: Remedies) -> bool:
    """Whether a remedy is of another kind than a member, reaches as far, and goes with the rest."""
    if other in cure or type(other) is type(member) or other.reach is not member.reach:
        return False
    return other.slot not in {r.slot for r in cure - {member}}


def _joined(one: ArmResult, other: ArmResult) -> ArmResult:
    """Two results of the same remedies over different seeds."""
    arm = replace(one.arm, seeds=one.arm.seeds + other.arm.seeds)
    return replace(one, arm=arm, outcomes=one.outcomes + other.outcomes)
