"""One loop of ``train_on_batch``, or of ``fit`` on one model, as a recipe: its batches, in the
order in which they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.data import BYTES, ROWS
from unstuck.capture.passes import Course, Passes, Seen, keys_of, passes
from unstuck.errors import CaptureError
from unstuck.recipe import Array, Data, Feed, Fit, Forms, Place, Recipe

TRAIN_ON_BATCH = "train_on_batch"
REPEATED_FIT = "fit in a loop"
ASKED = 0.5  # of the updates that follow an answer of the model
_SENTENCES = {
    Course.DRAWN: "the program draws its batches at random from {rows:,} rows; trials go through "
    "those rows in another order each time",
    Course.FRESH: "the {rows:,} rows of its batches are the data",
}


@dataclass
class Steps:
    """The updates of one model: the recipe as it stood before the first, every batch, and each
    distinct row once, as long as there is room. ``by`` is what the program calls in its loop,
    ``number`` that of the recipe where it is known by one already."""

    model: Any
    begun: Recipe
    by: str = TRAIN_ON_BATCH
    number: int | None = None
    fits: int = 0
    asked: int = 0
    pending: bool = False  # asked since the last update
    batches: list[Seen] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    parts: list[Data] = field(default_factory=list)
    forms: Forms = field(default_factory=Forms)
    size: int = 0

    def add(self, data: Data, forms: Forms) -> None:
        """One more batch."""
        self.batches.append(self._seen(data, forms))

    def add_fit(self, data: Data, forms: Forms, fit: Fit) -> None:
        """The updates of one more ``fit``."""
        whole, size = self._seen(data, forms), fit.batch_size
        starts = range(0, min(data.rows, size * fit.steps_per_epoch), size)
        parts = [Seen(whole.keys[i : i + size], whole.rows[i : i + size]) for i in starts]
        self.batches += parts * fit.epochs
        self.fits += 1

    def _seen(self, data: Data, forms: Forms) -> Seen:
        self.asked += self.pending
        self.pending = False
        keys = keys_of(_leaves(data))
        if len(self.places) >= ROWS or self.size >= BYTES:
            return Seen(keys, np.empty(0, dtype=np.int64))
        self.forms = forms
        return Seen(keys, self._kept(data, keys))

    def _kept(self, data: Data, keys: Array) -> Array:
        new = []
        for row, key in enumerate(keys.tolist()):
            if key not in self.places:
                self.places[key] = len(self.places)
                new.append(row)
        if new:
            part = data.take(np.array(new))
            self.parts.append(part)
            self.size += sum(v.nbytes for v in _leaves(part))
        return np.array([self.places[key] for key in keys.tolist()])

    def recipe(self) -> Recipe:
        """The whole loop as one training.

        Raises:
            CaptureError: its batches cannot be put together, or come from the model itself.
        """
        batches = list(self.batches)  # the program may go on meanwhile
        found = passes(batches)
        if found.course in (Course.DRAWN, Course.FRESH) and self.depends():
            raise CaptureError(
                f"it asks the model for answers before nearly every {self.by} "
                f"{where([self.begun.fit.place])}, and its batches never repeat, as in "
                "reinforcement or adversarial learning: they may depend on those answers, so "
                "there are no data to train on again"
            )
        data = self._data(found)
        fit = replace(
            self.begun.fit,
            epochs=found.epochs,
            batch_size=found.size,
            steps_per_epoch=found.per_epoch,
            shuffle=found.shuffled or self.begun.fit.shuffle,
            by=self.by,
        )
        uneven = "" if found.regular else "the batches differ in size"
        return replace(
            self.begun,
            data=data,
            fit=fit,
            forms=self.forms,
            model=replace(self.begun.model, sample_output=self._sample(found)),
            obstacle=self.begun.obstacle or uneven,
            notes=(*self.begun.notes, *self._notes(found, data.rows, len(batches))),
        )

    def depends(self) -> bool:
        """Whether the program asks the model for answers between its updates."""
        return self.asked >= max(2, ASKED * ((self.fits or len(self.batches)) - 1))

    def _data(self, found: Passes) -> Data:
        try:
            columns = zip(*(_leaves(p) for p in self.parts), strict=True)
            leaves = [np.concatenate(values)[found.rows] for values in columns]
        except ValueError as error:
            raise CaptureError(
                f"the batches of {self.by} {where([self.begun.fit.place])} differ in the "
                f"shape of their rows: {error}"
            ) from error
        feed = Feed.BATCHES if found.in_batches else self.begun.data.feed
        complete = found.whole and found.course is not Course.FRESH
        return replace(_filled(self.parts[0], leaves), feed=feed, complete=complete)

    def _sample(self, found: Passes) -> tuple[Array, ...]:
        """The answers to the first rows of the data. They were asked for those of the first batch,
        of which there may be equal ones, or which may have changed its place."""
        given, first = self.begun.model.sample_output, self.batches[0].rows
        if not given:
            return ()
        where = {int(row): at for at, row in reversed([*enumerate(first[: len(given[0])])])}
        picks = []
        for row in found.rows:
            if int(row) not in where:
                break
            picks.append(where[int(row)])
        return tuple(v[picks] for v in given) if picks else ()

    def _notes(self, found: Passes, rows: int, updates: int) -> Iterator[str]:
        if self.fits:
            yield f"trained by {self.fits:,} calls of fit, {updates:,} updates in all"
        else:
            yield f"trained by {self.by}: {updates:,} updates, {found.course}"
        if found.course in _SENTENCES:
            yield _SENTENCES[found.course].format(rows=rows)
        made = found.epochs * found.per_epoch
        if made != updates:
            yield f"trials make {made:,} updates, the program {updates:,}"
        before, now = self.begun.optimizer.learning_rate, _rate(self.model)
        if self.begun.optimizer.schedule is None and not np.isclose(before, now):
            yield (
                f"the program changes its learning rate in its loop, from {before:g} to {now:g}; "
                "trials keep the first"
            )


def _leaves(data: Data) -> list[Array]:
    weights = [] if data.weights is None else [data.weights]
    return [*data.inputs, *data.targets, *weights, *data.output_weights]


def _filled(like: Data, leaves: list[Array]) -> Data:
    """The leaves in the places that they have in ``like``."""
    rest = iter(leaves)
    return replace(
        like,
        inputs=tuple(next(rest) for _ in like.inputs),
        targets=tuple(next(rest) for _ in like.targets),
        weights=None if like.weights is None else next(rest),
        output_weights=tuple(next(rest) for _ in like.output_weights),
    )


def _rate(model: Any) -> float:
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def where(places: list[Place | None]) -> str:
    lines = sorted({place.line for place in places if place is not None})
    if not lines:
        return ""
    *others, last = map(str, lines)
    return f"(lines {', '.join(others)} and {last})" if others else f"(line {last})"
