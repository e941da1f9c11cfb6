"""Kept trials of one recipe: what a round need not run, because it was run before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unstuck.recipe import Recipe
from unstuck.trial import Arm, Ending
from unstuck.trials.identity import digest, recipe_digests, trial_keys, versions
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

    def known(
        self, arm: Arm, *, trace: bool = False, model: bool = False, weights: bool = False
    ) -> dict[int, Record]:
        """The finished trials of an arm by seed, with their traces or weights if asked for. If a
        model is, the best of them is left out unless its own is there: trained again, it gives
        one."""
        seeds = {key: seed for seed, key in trial_keys(self.digests, arm).items()}
        found = {seeds[key]: record for key, record in self.store.get(list(seeds)).items()}
        if trace:  # ``fit`` gives none
            found = {s: r for s, r in found.items() if r.trace is not None or r.engine == "fit"}
        if weights:
            found = {s: r for s, r in found.items() if r.weights}
        if model and found:
            best = max(found, key=lambda seed: found[seed].rank)
            if found[best].model is None:
                del found[best]
        return found

    def keep(self, arm: Arm, new: Mapping[int, Record]) -> None:
        """Keep the trials of a part that came to their end: all or none, since of a part that
        time cut off the first to end are no fair sample."""
        if all(r.outcome.ending in WHOLE for r in new.values()):
            keys = trial_keys(self.digests, replace(arm, seeds=tuple(new)))
            self.store.put({keys[seed]: record for seed, record in new.items()})

    def fitted(self, arm: Arm, budget: float) -> Arm | None:
        """As much of an arm as an earlier check found room for in the same budget, if some of it
        was trained to its end: so a check that begins anew finds its trials again."""
        key = self._fitting(arm, budget)
        fitted: Arm | None = self.store.get([key]).get(key)
        return fitted if fitted is not None and self.known(fitted) else None

    def keep_fitted(self, arm: Arm, budget: float, fitted: Arm) -> None:
        """Keep what there was room for."""
        self.store.put({self._fitting(arm, budget): fitted})

    def _fitting(self, arm: Arm, budget: float) -> str:
        return digest(("fitted", self.digests[1], len(arm.seeds), arm.steps, budget, versions()))
