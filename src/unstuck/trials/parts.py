"""Parts: a group cut by its seeds into tasks, and what comes of them put together again.

How a group is cut depends on the group alone. So the same trials run side by side, and come to
the same, wherever and on however many workers they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from unstuck.recipe import Array
from unstuck.trace import Trace
from unstuck.trial import Arm, ArmResult, Ending, Outcome
from unstuck.trials.plan import Group, failed, is_small
from unstuck.trials.task import Reply

PART_LANES = 64
FEW_SEEDS = 8  # of a small network; fewer would cost as much, see ``plan.in_few_sizes``


@dataclass(frozen=True)
class Record:
    """One trial with all that came of it. ``seconds`` is its share of the time of its part;
    ``trace`` is of this trial alone, ``model`` its network as an archive, and ``weights`` its
    weights, where asked for."""

    outcome: Outcome
    engine: str = "compiled"
    seconds: float = 0.0
    message: str = ""
    forward_error: float = float("nan")
    trace: Trace | None = None
    model: bytes | None = None
    weights: tuple[Array, ...] = ()

    @property
    def rank(self) -> float:
        """The score; of one that is no number, the worst."""
        return _rank(self.outcome)


def cut(group: Group) -> list[Group]:
    """The parts of a group: not more than ``PART_LANES`` trials in each, if its arms are not more
    than that; and at least two where there are seeds enough to fill both."""
    seeds = group.arms[0].seeds
    fewest = FEW_SEEDS if is_small(group.recipes[0]) else FEW_SEEDS // 2
    largest = max(1, PART_LANES // len(group.arms))
    least = max(-(-len(seeds) // largest), min(2, len(seeds) // fewest), 1)
    pieces = np.array_split(np.array(seeds), min(_even(len(seeds), least), len(seeds)))
    return [_over(group, tuple(int(seed) for seed in piece)) for piece in pieces]


def _even(seeds: int, least: int) -> int:
    """How many parts make all of one size, which is compiled once, if not far more than need be."""
    counts = range(least, 2 * least)
    return next((count for count in counts if seeds % count == 0), least)


def _over(group: Group, seeds: tuple[int, ...]) -> Group:
    return replace(group, arms=tuple(replace(arm, seeds=seeds) for arm in group.arms))


def without(group: Group, arms: Sequence[Arm]) -> Group:
    """The group without some of its arms."""
    pairs = zip(group.arms, group.recipes, strict=True)
    left = [(arm, recipe) for arm, recipe in pairs if arm not in arms]
    return Group(tuple(a for a, _ in left), tuple(r for _, r in left))


def records(reply: Reply, number: int) -> dict[int, Record]:
    """The trials of one arm of a part, by seed. Trace and model are those of the first arm."""
    result, first = reply.results[number], number == 0
    outcomes = result.outcomes
    best = max(range(len(outcomes)), key=lambda i: _rank(outcomes[i]), default=0)
    return {
        outcome.seed: Record(
            _ended(outcome),
            result.engine,
            result.seconds / len(outcomes),
            result.message,
            reply.forward_error if first else float("nan"),
            _one(reply.trace, i) if first and reply.trace is not None else None,
            reply.model if first and i == best else None,
            tuple(leaf[i] for leaf in reply.weights) if first else (),
        )
        for i, outcome in enumerate(outcomes)
    }


def _ended(outcome: Outcome) -> Outcome:
    """An outcome, out of time where nothing moved because there was no time for a step."""
    steps = [0, *(step for step, _, _ in outcome.curve)]
    idle = outcome.ending is Ending.STUCK and steps[-1] == steps[-2:][0]
    return replace(outcome, ending=Ending.OUT_OF_TIME) if idle else outcome


def _rank(outcome: Outcome) -> float:
    return outcome.score if isfinite(outcome.score) else float("-inf")


def of_failure(arm: Arm, message: str) -> dict[int, Record]:
    """Records of trials that could not be run."""
    return {o.seed: Record(o, message=message) for o in failed(arm, message).outcomes}


def joined(arm: Arm, found: Mapping[int, Record]) -> ArmResult:
    """The result of an arm, over those of its seeds that there are records of."""
    done = [found[seed] for seed in arm.seeds if seed in found]
    return ArmResult(
        replace(arm, seeds=tuple(r.outcome.seed for r in done)),
        tuple(r.outcome for r in done),
        "fit" if any(r.engine == "fit" for r in done) else "compiled",
        sum(r.seconds for r in done),
        next((r.message for r in done if r.message), ""),
    )


def is_cut(found: Mapping[int, Record]) -> bool:
    """Whether time ran out on some trial of a part."""
    return any(r.outcome.ending is Ending.OUT_OF_TIME for r in found.values())


def best_model(found: Mapping[int, Record]) -> bytes | None:
    """The kept model with the highest score."""
    kept = [r for r in found.values() if r.model is not None]
    return max(kept, key=lambda r: r.rank).model if kept else None


def forward_error(found: Mapping[int, Record]) -> float:
    """The largest of those that are known."""
    known = [r.forward_error for r in found.values() if isfinite(r.forward_error)]
    return max(known, default=float("nan"))


def _one(trace: Trace, number: int) -> Trace:
    """The trace of one seed; the first of a part holds its experiments."""
    piece = slice(number, number + 1)
    return replace(
        trace,
        loss=trace.loss[piece],
        score=trace.score[piece],
        gradient=trace.gradient[piece],
        update=trace.update[piece],
        silent={name: share[piece] for name, share in trace.silent.items()},
        experiments=None if number else trace.experiments,
        size=trace.size[piece],
        penalty=trace.penalty[piece],
        unpenalised=trace.unpenalised[piece],
        pinned={name: share[piece] for name, share in trace.pinned.items()},
        fitted=trace.fitted[piece],
    )


def joined_traces(traces: Sequence[Trace]) -> Trace | None:
    """Traces of one arm as one, seeds after one another. A part that had nothing more to learn
    ended early; it stands still from there to the end of the longest."""
    if not traces:
        return None
    longest = max(traces, key=lambda t: int(t.steps[-1]))
    whole = [_over_steps(trace, longest.steps) for trace in traces]
    return replace(
        longest,
        loss=np.concatenate([t.loss for t in whole]),
        score=np.concatenate([t.score for t in whole]),
        gradient=np.concatenate([t.gradient for t in whole]),
        update=np.concatenate([t.update for t in whole]),
        experiments=next((t.experiments for t in traces if t.experiments is not None), None),
        silent=_shared([t.silent for t in whole]),
        size=np.concatenate([t.size for t in whole]),
        penalty=np.concatenate([t.penalty for t in whole]),
        unpenalised=np.concatenate([t.unpenalised for t in whole]),
        pinned=_shared([t.pinned for t in whole]),
        fitted=np.concatenate([t.fitted for t in whole]),
    )


def _shared(shares: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Shares by layer as one, of the layers that all of them know."""
    names = [name for name in shares[0] if all(name in known for known in shares)]
    return {name: np.concatenate([known[name] for known in shares]) for name in names}


def _over_steps(trace: Trace, steps: Array) -> Trace:
    """A trace as seen at ``steps``: at each, what was seen last."""
    last = np.searchsorted(trace.steps, steps, side="right") - 1
    return replace(
        trace,
        steps=steps,
        loss=trace.loss[:, last],
        score=trace.score[:, last],
        gradient=trace.gradient[:, last],
        update=trace.update[:, last],
        size=_at(trace.size, last),
        penalty=_at(trace.penalty, last),
        unpenalised=_at(trace.unpenalised, last),
    )


def _at(values: Array, looks: Array) -> Array:
    return values[:, looks] if values.size else values
