"""Kept trials of one recipe: what a round need not run, because it was run before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unstuck.recipe import Recipe
from unstuck.trial import Arm, Ending
from unstuck.trials.identity import digest, recipe_digests, trial_key, versions
from unstuck.trials.parts import Record
from unstuck.trials.store import Store

WHOLE = frozenset({Ending.FINISHED, Ending.SETTLED, Ending.STUCK, Ending.DIVERGED})


@dataclass(frozen=True)
class Kept:
    """The store as the trials of one recipe see it. What time cut off is not kept."""

    store: Store
    digests: tuple[str, str]

    @classmethod
    def of(cls, store: Store, recipe: Recipe) -> Kept:
        """The kept trials of ``recipe``."""
        return cls(store, recipe_digests(recipe))

    def known(self, arm: Arm, *, trace: bool, model: bool) -> dict[int, Record]:
        """The finished trials of an arm by seed: with their traces, or with a trained model among
        them, where one is asked for."""
        seeds = {trial_key(self.digests, arm, seed): seed for seed in arm.seeds}
        found = {seeds[key]: record for key, record in self.store.get(list(seeds)).items()}
        if trace:
            found = {seed: record for seed, record in found.items() if record.trace is not None}
        whole = len(found) == len(seeds) and any(r.model is not None for r in found.values())
        return found if whole or not model else {}

    def keep(self, arm: Arm, new: Mapping[int, Record]) -> None:
        """Keep those trials of an arm that came to their end."""
        whole = {seed: r for seed, r in new.items() if r.outcome.ending in WHOLE}
        self.store.put({trial_key(self.digests, arm, seed): r for seed, r in whole.items()})

    def fitted(self, arm: Arm, budget: float) -> Arm | None:
        """As much of an arm as an earlier check found room for in the same budget, if it found
        less than all: so a check that begins anew finds its trials again."""
        key = self._fitting(arm, budget)
        known: Arm | None = self.store.get([key]).get(key)
        return known

    def keep_fitted(self, arm: Arm, budget: float, fitted: Arm) -> None:
        """Keep what there was room for."""
        if fitted != arm:
            self.store.put({self._fitting(arm, budget): fitted})

    def _fitting(self, arm: Arm, budget: float) -> str:
        return digest(("fitted", self.digests[1], len(arm.seeds), arm.steps, budget, versions()))
