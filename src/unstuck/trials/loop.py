"""The loop of a group of lanes: train to the next checkpoint, score, decide who is done."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import Array
from unstuck.trial import Ending, Outcome
from unstuck.trials.engine import Lanes
from unstuck.trials.measure import Measure
from unstuck.trials.observe import Observer
from unstuck.trials.plan import checkpoints
from unstuck.trials.scores import REGRESSION

HELD = 3  # looks in a row at a perfect score before a trial counts as settled
PERFECT = dict.fromkeys(REGRESSION, 0.9999)


class Loop:
    """Runs ``lanes`` for ``steps`` updates. It stops early only when every lane's fate is sealed:
    perfect at ``HELD`` checkpoints in a row (but for ``whole`` trainings, which may still come
    nearer to exact, and those that may go back to other weights), not one weight moved between two
    checkpoints, or no longer finite. One that time cuts off ends as a shorter training would."""

    def __init__(
        self,
        lanes: Lanes,
        measure: Measure,
        steps: int,
        observer: Observer | None,
        *,
        whole: bool = False,
    ) -> None:
        self.lanes, self.measure, self.steps, self.observer = lanes, measure, steps, observer
        self.whole = whole or lanes.restores()
        self.scores = lanes.scores(measure)
        self.curve: list[tuple[int, Array, Array]] = []
        self.held = np.zeros(len(lanes.arms), dtype=int)
        self.stuck = np.zeros(len(lanes.arms), dtype=bool)
        self.finite = np.ones(len(lanes.arms), dtype=bool)
        self.late = np.zeros(len(lanes.arms), dtype=bool)

    def run(self, deadline: float) -> None:
        """Train until the last step or ``deadline`` (``time.monotonic``)."""
        if self.observer:
            self.observer.see(self.scores, ends=True)
        for point in checkpoints(self.steps):
            before = self.lanes.weights()
            loss = self.lanes.advance(point, deadline)
            if self.lanes.step >= self.steps or self.lanes.step < point:
                self.late = (self.lanes.ends() < 0) & (self.lanes.step < point)
                self.lanes.finish()
            self._note(loss, before)
            last = self.lanes.step >= self.steps or self._sealed() or self.lanes.step < point
            if self.observer:
                self.observer.see(self.scores, ends=last)
            if last:
                return

    def best(self) -> int:
        """The lane of the first arm with the highest score."""
        return int(np.argmax(self.scores[: len(self.lanes.seeds)]))

    def outcomes(self, arm: int) -> tuple[Outcome, ...]:
        """The outcomes of one arm, one a seed."""
        first = arm * len(self.lanes.seeds)
        return tuple(self._outcome(first + i, seed) for i, seed in enumerate(self.lanes.seeds))

    def _outcome(self, lane: int, seed: int) -> Outcome:
        curve = tuple((s, float(loss[lane]), float(score[lane])) for s, loss, score in self.curve)
        end = int(self.lanes.ends()[lane])
        steps = self.lanes.step if end < 0 else end
        return Outcome(seed, self._ending(lane), steps, float(self.scores[lane]), curve)

    def _note(self, loss: Array, before: list[Array]) -> None:
        self.scores = self.lanes.scores(self.measure)
        self.curve.append((self.lanes.step, loss, self.scores))
        self.finite = np.isfinite(loss) & np.isfinite(self.scores)
        perfect = min(PERFECT.get(kind, 1.0) for kind in self.measure.kinds)
        self.held = np.where(self.scores >= perfect, self.held + 1, 0)
        moved = [
            (now != old).reshape(len(self.held), -1).any(axis=1)
            for now, old in zip(self.lanes.weights(), before, strict=True)
        ]
        self.stuck = ~np.any(moved, axis=0) if moved else np.ones_like(self.stuck)

    def _sealed(self) -> bool:
        settled = (self.held >= HELD) & (not self.whole)
        ended = self.lanes.ends() >= 0
        return bool((settled | self.stuck | ended | ~self.finite).all())

    def _ending(self, lane: int) -> Ending:
        if not self.finite[lane]:
            return Ending.DIVERGED
        ended = self.lanes.ends()[lane] >= 0 and not self.late[lane]
        if self.lanes.step >= self.steps or ended:
            return Ending.FINISHED
        if self.held[lane] >= HELD:
            return Ending.SETTLED
        put_back = self.lanes.ends()[lane] >= 0
        return Ending.STUCK if self.stuck[lane] and not put_back else Ending.OUT_OF_TIME
