"""The whole way: capture, checks, trials, judgement, patch. The one module that knows the order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from unstuck.capture.script import capture_script
from unstuck.checks._run import run_checks
from unstuck.errors import PatchError
from unstuck.finding import Finding
from unstuck.goal import parse_goal, user_goal
from unstuck.judge import (
    NOTHING,
    Remedies,
    Trials,
    apart,
    as_good,
    derive_goal,
    evidence,
    judged,
    outcome_of,
    rate,
    reliable,
)
from unstuck.patch import write_patch
from unstuck.recipe import Recipe
from unstuck.remedies import TrainLonger
from unstuck.remedy import Reach, Remedy, apply_all
from unstuck.trial import Arm, ArmResult
from unstuck.trials.executors import Pool, Round
from unstuck.trials.measure import measure_of
from unstuck.trials.plan import lanes_that_fit, split
from unstuck.trials.reduce import Search, one_for_each_slot
from unstuck.verdict import Answer, Goal, Verdict

if TYPE_CHECKING:
    from concurrent.futures import Future

Progress = Callable[[str, float], None]

AFTER_CAPTURE = 5.0  # seconds a program may go on once its training is captured
CANDIDATES = 12
DEEPER_SEEDS = 8
TRIED_CURES = 4  # cures that may be tried on fresh seeds until one holds
CONFIRM_SEEDS = 1000  # the first of the seeds kept for confirming a cure
WRITTEN_SHARE = 0.4  # of the time, for the program as written
CONFIRM_SHARE = 0.35  # of the time that is left when the search begins
ROUND_SHARE = 0.6  # of the time left to the search, for one round of it
SETTLING = 6.0  # seconds below which no further seeds are asked
MORE_SEEDS = 3  # times as many
RESERVE = 1.5  # seconds for judging and reporting


@dataclass(frozen=True)
class Options:
    """What the user asked for. ``budget`` is in seconds, for everything together."""

    goal: str | None = None
    budget: float = 60.0
    seeds: int = 32
    static: bool = False
    watch: bool = False
    limit: float = 60.0

    def __post_init__(self) -> None:
        if self.goal is not None:
            parse_goal(self.goal)


def check_script(
    path: Path,
    arguments: Sequence[str] = (),
    options: Options | None = None,
    progress: Progress = lambda _text, _share: None,
) -> tuple[Verdict, ...]:
    """Check every training of a program; one verdict each, in their order.

    Raises:
        CaptureError: the program has no training to check; the message says why.
        UsageError: the goal cannot be understood.
    """
    chosen = options or Options()
    began = time.monotonic()
    progress("running the program up to its training", 0.02)
    if chosen.static:
        captured = _capture(path, arguments, chosen)
        return tuple(_static(recipe, began) for recipe in captured)
    with Pool() as pool:
        recipes = _capture(path, arguments, chosen)
        deadline = began + chosen.budget - RESERVE
        verdicts = []
        for left, recipe in zip(range(len(recipes), 0, -1), recipes, strict=True):
            now = time.monotonic()
            until = now + (deadline - now) / left
            verdicts.append(Check(recipe, chosen, pool, progress, began, until).verdict())
            began = time.monotonic()
        return tuple(verdicts)


def check_recipe(
    recipe: Recipe,
    options: Options | None = None,
    progress: Progress = lambda _text, _share: None,
) -> Verdict:
    """Check one captured training."""
    chosen = options or Options()
    began = time.monotonic()
    if chosen.static:
        return _static(recipe, began)
    with Pool() as pool:
        until = began + chosen.budget - RESERVE
        return Check(recipe, chosen, pool, progress, began, until).verdict()


def _capture(path: Path, arguments: Sequence[str], options: Options) -> tuple[Recipe, ...]:
    captured = capture_script(
        path, arguments, limit=options.limit, after=AFTER_CAPTURE, watch=options.watch
    )
    return tuple(replace(r, notes=(*r.notes, *captured.notes)) for r in captured.recipes)


def _static(recipe: Recipe, began: float) -> Verdict:
    """What can be seen without training."""
    findings = tuple(run_checks(recipe))
    sentence = f"not trained (static): {len(findings)} findings by looking alone"
    seconds = time.monotonic() - began
    return Verdict(
        Answer.INCONCLUSIVE,
        findings,
        sentence=sentence,
        engine="none",
        seconds=seconds,
        notes=recipe.notes,
        recipe=recipe,
    )


def _joined(one: ArmResult, other: ArmResult) -> ArmResult:
    """Two results of the same remedies over different seeds."""
    arm = replace(one.arm, seeds=one.arm.seeds + other.arm.seeds)
    return replace(one, arm=arm, outcomes=one.outcomes + other.outcomes)


def _names(remedies: Remedies) -> str:
    return ", ".join(sorted(r.name for r in remedies))


@dataclass
class Check:
    """One training, from its recipe to its verdict."""

    recipe: Recipe
    options: Options
    pool: Pool
    progress: Progress
    began: float
    deadline: float
    known: dict[Remedies, ArmResult] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    steps: int = 0
    arms_done: int = 0

    def verdict(self) -> Verdict:
        """Everything in order."""
        self.pool.open(self.recipe)
        baselines = self.pool.baselines()
        self.progress("looking for known faults", 0.1)
        findings = list(run_checks(self.recipe))
        self.progress("training the program as written", 0.15)
        first = self._as_written()
        if first.trace is not None:
            findings += run_checks(self.recipe, first.trace)
        trials = self._tried(findings, baselines, first)
        return self._verdict(findings, trials)

    def _as_written(self) -> Round:
        count = max(2, min(self.options.seeds, lanes_that_fit(self.recipe)))
        seeds, steps = tuple(range(count)), self.recipe.fit.steps
        arm = Arm(NOTHING, seeds, steps)
        limit = self._left() * WRITTEN_SHARE
        done = self.pool.run([arm], limit, observe=True, shrink=True)
        result = done.results[arm]
        self.known[NOTHING] = result
        self.seeds, self.steps = result.arm.seeds or seeds[:1], result.arm.steps
        return done

    def _tried(
        self, findings: list[Finding], baselines: Future[dict[str, float]], first: Round
    ) -> Trials:
        """The search and its confirmation."""
        simple = baselines.result()
        trials = Trials(self.known, Goal("", 1.0), simple["constant"], simple)
        trials.forward_error = first.forward_error
        candidates = self._candidates(findings) if self.known[NOTHING].outcomes else []
        search_end = self.deadline - self._left() * CONFIRM_SHARE
        search = Search(
            candidates,
            self.known,
            lambda sets: self._ask(sets, search_end),
            lambda r: self._convincing(r, trials),
        )
        search.begin()
        trials.goal = self._goal(trials)
        outcome, _ = outcome_of(trials)
        if candidates and outcome in (Answer.FAILS, Answer.UNSTABLE):
            chain = search.chain() or self._deeper(search, trials, findings)
            chain = chain or self._less_strict(search, trials)
            self._confirm(chain, search.candidates, trials)
        return trials

    def _deeper(self, search: Search, trials: Trials, findings: list[Finding]) -> list[Remedies]:
        """One fault can hide another: watch the training with every change made so far, and
        search again with what is found there."""
        full = one_for_each_slot([r for r in search.candidates if r.reach is not Reach.EFFORT])
        if not full or self._left() < SETTLING:
            return []
        arm = self._arm(full, self.seeds[:DEEPER_SEEDS])
        watched = self.pool.run([arm], self._left() * WRITTEN_SHARE, observe=True)
        if watched.trace is None:
            return []
        changed = apply_all(self.recipe, full)
        known = set(search.candidates)
        more = [
            replace(f, message=f"with {_names(full)}: {f.message}")
            for f in run_checks(changed, watched.trace)
            if any(r not in known for r in f.remedies)
        ]
        findings += more
        added = [r for r in self._candidates(more) if r not in known]
        if not added:
            return []
        search.candidates = [*search.candidates, *added]
        trials.goal = self._goal(trials) if not trials.own_goal else trials.goal
        return search.chain()

    def _convincing(self, result: ArmResult, trials: Trials) -> bool:
        """Learned on every seed, and about as well as anything that was tried."""
        every = 0 < result.learned(trials.goal.threshold) == len(result.outcomes)
        return every and as_good(result, self.known.values())

    def _less_strict(self, search: Search, trials: Trials) -> list[Remedies]:
        """The search asks for every seed, so that what it finds holds on fresh ones too; where
        no set does that, for nearly every one."""
        search.works = lambda r: reliable(rate(r, trials.goal))
        return search.chain()

    def _goal(self, trials: Trials) -> Goal:
        measure = measure_of(self.recipe)
        if self.options.goal is not None:
            trials.own_goal = True
            judged_by = split(self.recipe).judged.targets
            return user_goal(self.options.goal, measure.name, judged_by)
        arms = {
            f"the program with {_names(key)}" if key else "the program as written": r.median
            for key, r in self.known.items()
        }
        simple = {f"the baseline “{name}”": score for name, score in trials.baselines.items()}
        return derive_goal(measure.name, trials.constant, arms, simple)

    def _candidates(self, findings: Sequence[Finding]) -> list[Remedy]:
        """Remedies of all findings: first choices before alternatives, the worse faults first,
        and of equals the one that reaches less far."""
        ranked: dict[Remedy, tuple[int, int, int]] = {}
        for finding in findings:
            for place, remedy in enumerate(finding.remedies):
                rank = (place, finding.severity.rank, int(remedy.reach))
                ranked[remedy] = min(rank, ranked.get(remedy, rank))
        return sorted(ranked, key=lambda r: (ranked[r], r.name))[:CANDIDATES]

    def _ask(self, sets: Iterable[Remedies], end: float) -> None:
        arms = [self._arm(s, self.seeds) for s in dict.fromkeys(sets) if s not in self.known]
        left = end - time.monotonic()
        if not arms or left <= 0.5:
            return
        done = self.pool.run(arms, left * ROUND_SHARE, done=self._count)
        self.known.update({arm.remedies: r for arm, r in done.results.items()})

    def _count(self, arms: int) -> None:
        self.arms_done += arms
        spent = (time.monotonic() - self.began) / max(self.deadline - self.began, 1e-9)
        self.progress(f"trying changes: {self.arms_done} sets tried", min(spent, 0.98))

    def _arm(self, remedies: Remedies, seeds: tuple[int, ...]) -> Arm:
        longer = prod(r.factor for r in remedies if isinstance(r, TrainLonger))
        return Arm(remedies, seeds, self.steps * longer)

    def _confirm(
        self, chain: Sequence[Remedies], candidates: Sequence[Remedy], trials: Trials
    ) -> None:
        """Try cures over seeds that chose nothing, the smallest first, until one holds."""
        if not chain:
            return
        seeds = self._fresh_seeds(chain)
        if not self._holds(chain[0], seeds, trials):
            for cure in [*self._firmer(chain[0], candidates, trials), *chain[1:]][:TRIED_CURES]:
                if self._left() < 1.0 or self._holds(cure, seeds, trials):
                    break
        self._settle(seeds, trials)

    def _settle(self, seeds: tuple[int, ...], trials: Trials) -> None:
        """Where the cure did as well or nearly so without a member, ask more seeds: the member
        is then either shown to be needed, or left out."""
        close = [r for r in trials.cure if self._close(trials, trials.cure - {r})]
        if not close or self._left() < SETTLING:
            return
        more = tuple(range(seeds[-1] + 1, seeds[-1] + 1 + MORE_SEEDS * len(seeds)))
        sets = [trials.cure, *(trials.cure - {r} for r in close)]
        arms = [self._arm(s, more) for s in sets if s]
        self.progress("asking more seeds where it was close", 0.95)
        done = self.pool.run(arms, self._left() * ROUND_SHARE)
        for arm, result in done.results.items():
            trials.confirmed[arm.remedies] = _joined(trials.confirmed[arm.remedies], result)
        spare = [s for s in sets[1:] if s and self._spared(s, trials)]
        if spare and self._left() > SETTLING:
            self._holds(spare[0], seeds, trials, instead=True)

    def _spared(self, rest: Remedies, trials: Trials) -> bool:
        """Whether the cure does without a member, as often and about as well."""
        result = trials.confirmed[rest]
        well = as_good(result, trials.confirmed.values())
        return well and reliable(rate(result, trials.goal))

    def _close(self, trials: Trials, rest: Remedies) -> bool:
        whole, without = trials.confirmed[trials.cure], trials.confirmed.get(rest)
        if without is None or without.cut:
            return False
        return not apart(rate(whole, trials.goal), rate(without, trials.goal))

    def _holds(
        self, cure: Remedies, seeds: tuple[int, ...], trials: Trials, *, instead: bool = False
    ) -> bool:
        """Try one cure, and it less each of its members, which shows what each is needed for.
        It becomes the cure if it does better than the one before, or, ``instead`` of that one,
        if it holds too."""
        self.progress("confirming the cure on fresh seeds", 0.9)
        sets = [cure, *(cure - {r} for r in cure if cure - {r})]
        seconds = max(self._left(), 1.0) * ROUND_SHARE
        done = self.pool.run([self._arm(s, seeds) for s in sets], seconds, keep=True)
        confirmed = {arm.remedies: r for arm, r in done.results.items()}
        holds = reliable(rate(confirmed[cure], trials.goal))
        if not trials.cure or (holds if instead else self._better(confirmed[cure], trials)):
            trials.cure, trials.confirmed, trials.model = cure, confirmed, done.model
        return holds

    def _better(self, result: ArmResult, trials: Trials) -> bool:
        now = trials.confirmed[trials.cure]
        return rate(result, trials.goal).low > rate(now, trials.goal).low

    def _fresh_seeds(self, chain: Sequence[Remedies]) -> tuple[int, ...]:
        """As many seeds as were asked for, where the cure trains fast enough for them."""
        taken = max((self.known[c].seconds for c in chain), default=0.0)
        more = self.options.seeds / max(1, len(self.seeds))
        many = taken * more * 2 < self._left() * ROUND_SHARE
        return tuple(
            CONFIRM_SEEDS + i for i in range(self.options.seeds if many else len(self.seeds))
        )

    def _firmer(
        self, cure: Remedies, candidates: Sequence[Remedy], trials: Trials
    ) -> list[Remedies]:
        """A cure that did not quite hold, with one remedy more, the best first."""
        slots = {r.slot for r in cure}
        larger = [cure | {r} for r in candidates if r.slot not in slots]
        self._ask(larger, self.deadline - self._left() * CONFIRM_SHARE)
        good = [s for s in larger if s in self.known and reliable(rate(self.known[s], trials.goal))]
        return sorted(good, key=lambda s: -min(o.score for o in self.known[s].outcomes))[:2]

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _verdict(self, findings: Sequence[Finding], trials: Trials) -> Verdict:
        outcome, sentence = outcome_of(trials)
        cure = tuple(sorted(trials.cure, key=lambda r: (r.order, r.reach, r.name)))
        cured = rate(trials.confirmed[trials.cure], trials.goal) if cure else None
        patch, advice = self._patch(cure)
        written = self.known[NOTHING]
        return Verdict(
            outcome=outcome,
            findings=judged(findings, trials, outcome),
            goal=trials.goal,
            as_written=rate(written, trials.goal),
            cured=cured,
            cure=cure,
            arms=evidence(trials),
            sentence=sentence,
            scale=self._scale(),
            engine=written.engine,
            seconds=time.monotonic() - self.began,
            notes=self._notes(written),
            patch=patch,
            advice=advice,
            cured_model=trials.model if cure else None,
            recipe=self.recipe,
        )

    def _patch(self, cure: Sequence[Remedy]) -> tuple[str | None, str]:
        if not cure or not self.recipe.source:
            return None, "\n".join(f"{r.name}: {r.describe()}" for r in cure)
        try:
            patch = write_patch(self.recipe, cure)
        except PatchError as error:
            return None, str(error)
        return patch.diff or None, patch.advice

    def _scale(self) -> str:
        planned, done = self.recipe.fit.steps, self.steps
        if done >= planned:
            return ""
        return (
            f"the time allows {done:,} of the program's {planned:,} updates: every training here, "
            "as written and changed, was that long, and the verdict holds for that length"
        )

    def _notes(self, written: ArmResult) -> tuple[str, ...]:
        notes = [*self.recipe.notes, f"judged by {split(self.recipe).rule}"]
        if written.engine == "fit" and written.message:
            notes.append(f"trained by fit, one seed after another, because {written.message}")
        return tuple(notes)
