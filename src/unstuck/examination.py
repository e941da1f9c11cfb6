"""One training, from its recipe to its verdict: checks, trials, the search, judgement."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from unstuck.checks._suppress import Look, Suppressions
from unstuck.conclude import by_looking, conclude
from unstuck.confirm import SETTLING, Confirmation
from unstuck.experiments import Experiments
from unstuck.finding import Finding, Severity, Status
from unstuck.goal import derive_goal, user_goal
from unstuck.judge import (
    Trials,
    apart,
    as_good,
    beats_nothing,
    hopeless,
    is_told,
    outcome_of,
    rate,
)
from unstuck.keras_import import keras_on_jax
from unstuck.options import Options, Progress
from unstuck.recipe import Recipe
from unstuck.remedies import TrainLonger
from unstuck.remedy import Reach, Remedy, applies, apply_all
from unstuck.trial import NOTHING, ArmResult, Remedies
from unstuck.trials.executors import Executor
from unstuck.trials.measure import measure_of
from unstuck.trials.reduce import Search
from unstuck.trials.rounds import Rounds
from unstuck.trials.session import ROUND_SHARE, Session
from unstuck.trials.split import Split, split
from unstuck.trials.store import open_store
from unstuck.verdict import STUCK, Answer, Goal, Verdict

CANDIDATES = 12
DEEPER_SEEDS = 8
WRITTEN_SHARE = 0.4  # of the time, for the program as written
CUT_SHARE = 0.25  # where that is not enough for all of its steps: changes are as long
ALONE_SHARE = 0.7  # the same, where nothing has been found that could be changed
CONFIRM_SHARE = 0.35  # of the time that is left when the search begins


@dataclass
class Examination:
    """One training, from its recipe to its verdict. Times are those of ``time.monotonic``;
    ``comments`` are the program's own, read from its source if not given."""

    recipe: Recipe
    options: Options
    executor: Executor
    progress: Progress
    began: float
    deadline: float
    comments: Suppressions | None = None
    arms_done: int = 0

    def __post_init__(self) -> None:
        comments = self.comments or Suppressions.of(self.recipe)
        self.look = Look(self.options.checks, comments)

    @cached_property
    def rows(self) -> Split:
        """The rows that train and those that judge, the same for every arm."""
        return split(self.recipe)

    def verdict(self) -> Verdict:
        """Everything in order."""
        self.progress("looking for known faults", 0.1)
        findings = self.look(self.recipe)
        if self.recipe.refusal and not _candidates(findings):
            return by_looking(self.recipe, self.look, findings, self.options.notes, self.began)
        store = open_store(keep=self.options.cache)
        rounds = Rounds(self.executor, self.recipe, store, self.options.budget)
        self.progress("training the program as written", 0.15)
        session = Session(rounds, self.recipe, self.deadline, self._count)
        trials = self._begun(session, findings)
        self._search(findings, session, trials)
        notes = (*self.options.notes, f"judged by {self.rows.rule}")
        steps, began = session.steps, self.began
        return conclude(
            self.recipe, self.look, findings, trials, notes=notes, steps=steps, began=began
        )

    def _begun(self, session: Session, findings: list[Finding]) -> Trials:
        """The program as written, trained and watched, and what simple learners make of its rows;
        what shows in that joins ``findings``."""
        trials = Trials(session.known, Goal("", 1.0), 0.0, {}, refusal=self.recipe.refusal)
        trials.planned = self.recipe.fit.steps
        if trials.refusal:
            session.refused(frozenset(_candidates(findings)[:1]), self.options.seeds, WRITTEN_SHARE)
        else:
            cut = CUT_SHARE if _candidates(findings) else ALONE_SHARE
            first = session.as_written(self.options.seeds, WRITTEN_SHARE, cut)
            trials.forward_error, trials.trace = first.forward_error, first.trace
        simple = session.rounds.simple()
        trials.baselines, trials.constant = simple.scores, simple.scores["constant"]
        trials.sample = measure_of(self.recipe).sample(self.rows)
        if trials.trace is not None:
            tried = replace(trials.trace.experiments or Experiments(), simple=simple)
            trials.trace = replace(trials.trace, experiments=tried)
            findings += self.look(self.recipe, trials.trace)
        return trials

    def _count(self, arms: int) -> None:
        self.arms_done += arms
        spent = (time.monotonic() - self.began) / max(self.deadline - self.began, 1e-9)
        self.progress(f"trying changes: {self.arms_done} sets tried", min(spent, 0.98))

    def _search(self, findings: list[Finding], session: Session, trials: Trials) -> None:
        """Try everything alone and together; where the program does not learn, go on to the
        smallest cure and confirm it. What is found deeper down joins ``findings``."""
        ends = session.deadline - session.left() * CONFIRM_SHARE

        def ask(sets: Iterable[Remedies]) -> None:
            left = max(0.0, ends - time.monotonic()) / max(session.left(), 1e-9)
            vain = partial(hopeless, asked=len(session.seeds), goal=trials.goal)
            session.ask(sets, left * ROUND_SHARE, vain if trials.goal.metric else None)

        trainable = bool(session.known[NOTHING].outcomes)
        candidates = _candidates(findings) if trainable else []
        works = partial(_convincing, trials=trials)
        search = Search(candidates, session.known, ask, works, partial(applies, self.recipe))
        if self.options.goal is not None:
            trials.goal = self._goal(trials)
        self._begin(search, trials)
        chain: list[Remedies] = []
        if candidates and outcome_of(trials)[0] in STUCK:
            chain = _chain(search, trials) or self._deeper(search, session, trials, findings)
        blamed = trials.refusal or any(map(_is_plain_error, findings))
        if trainable and not chain and not blamed:
            chain = self._replaced(session, trials)
        if not chain and outcome_of(trials)[0] in STUCK:
            chain = _nearest(trials)
        Confirmation(session, trials, self.options.seeds).confirm(chain, search.candidates)

    def _begin(self, search: Search, trials: Trials) -> None:
        """Every change alone and together; more effort too before the data are blamed."""
        search.begin()
        trials.goal = self._goal(trials)
        silent = Answer.NO_SIGNAL, Answer.FAILS
        if outcome_of(trials)[0] not in silent or not beats_nothing(trials):
            return
        if not any(r.reach is Reach.EFFORT for r in search.candidates):
            search.candidates = [*search.candidates, TrainLonger()]
        alone = [frozenset({r}) for r in search.candidates]
        search.ask(alone)
        trials.goal = self._goal(trials)
        told = [k for k, result in trials.known.items() if is_told(result, trials)]
        trials.untried = any(one not in told for one in alone)

    def _deeper(
        self, search: Search, session: Session, trials: Trials, findings: list[Finding]
    ) -> list[Remedies]:
        """One fault can hide another: watch the training with every change made so far, and
        search again with what is found there."""
        full = search.full([r for r in search.candidates if r.reach is not Reach.EFFORT])
        if not full or session.left() < SETTLING:
            return []
        arm = session.arm(full, session.seeds[:DEEPER_SEEDS])
        watched = session.rounds.run([arm], session.left() * WRITTEN_SHARE, observe=True)
        if watched.trace is None:
            return []
        known = set(search.candidates)
        more = [
            replace(f, message=f"with {_names(full)}: {f.message}")
            for f in self.look(apply_all(self.recipe, full), watched.trace)
            if any(r not in known for r in f.remedies)
        ]
        findings += more
        search.candidates = [*search.candidates, *(r for r in _candidates(more) if r not in known)]
        trials.goal = self._goal(trials)
        return _chain(search, trials) if more else []

    def _replaced(self, session: Session, trials: Trials) -> list[Remedies]:
        """Where nothing smaller helps: other networks, each made for what the rows show. Where
        even boosted trees see nothing, one that is for any function will not either."""
        outcome = outcome_of(trials)[0]
        if outcome not in (*STUCK, Answer.NO_SIGNAL):
            return []
        if session.left() < SETTLING:
            return []
        self.progress("trying other networks", 0.7)
        keras_on_jax()
        from unstuck.learning.instead import networks_instead

        for remedy in networks_instead(self.recipe, generic=outcome is not Answer.NO_SIGNAL):
            one = frozenset({remedy})
            session.ask([one], ROUND_SHARE)
            trials.goal = self._goal(trials)
            if one in session.known and trials.is_reliable(session.known[one]):
                return [one]
        return []

    def _goal(self, trials: Trials) -> Goal:
        measure = measure_of(self.recipe)
        if self.options.goal is not None:
            trials.own_goal = True
            return user_goal(self.options.goal, measure.name, self.rows.judged.targets)
        arms = {
            f"the program with {_names(key)}" if key else "the program as written": r.median
            for key, r in trials.known.items()
        }
        simple = {f"the baseline “{name}”": score for name, score in trials.baselines.items()}
        return derive_goal(measure.name, trials.constant, arms, simple, trials.sample)


def _candidates(findings: Sequence[Finding]) -> list[Remedy]:
    """Remedies of all findings: first choices before alternatives, the worse faults first, of
    equals the one that reaches less far, and then in the order of the findings: what stands in
    the program before what was seen while it trained."""
    ranked: dict[Remedy, tuple[int, int, int]] = {}
    for finding in findings:
        for place, remedy in enumerate(finding.remedies):
            rank = (place, finding.severity.rank, int(remedy.reach))
            ranked[remedy] = min(rank, ranked.get(remedy, rank))
    return sorted(ranked, key=lambda r: ranked[r])[:CANDIDATES]


def _convincing(result: ArmResult, trials: Trials) -> bool:
    """Learned on every seed, and about as well as anything that was tried."""
    every = 0 < result.learned(trials.goal.threshold) == len(result.outcomes)
    return every and as_good(result, trials.known.values())


def _chain(search: Search, trials: Trials) -> list[Remedies]:
    """Sets that work on every seed, so that what is found holds on fresh ones too; where none does
    that, on nearly every one."""
    for works in (partial(_convincing, trials=trials), trials.is_reliable):
        search.works = works
        chain = search.chain()
        if chain:
            return chain
    return []


def _nearest(trials: Trials) -> list[Remedies]:
    """Where nothing makes it reliable: the set that learns most often, if that is beyond chance
    more often than the program does as written."""
    written = rate(trials.as_written, trials.goal)
    rates = {s: rate(r, trials.goal) for s, r in trials.known.items() if s and not r.cut}
    better = [s for s, found in rates.items() if found.trials and apart(found, written)]
    return sorted(better, key=lambda s: (-rates[s].low, len(s)))[:1]


def _is_plain_error(finding: Finding) -> bool:
    """Wrong on its face, so that there is no need to look for another network."""
    return finding.status is Status.PLAIN and finding.severity is Severity.ERROR


def _names(remedies: Remedies) -> str:
    return ", ".join(sorted(r.name for r in remedies))
