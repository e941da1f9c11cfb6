"""Loops of ``train_on_batch``, or of ``fit`` on one model: their batches, collected while the
program runs, as one recipe."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

from unstuck.capture.keras.data import BYTES, ROWS, arrays
from unstuck.capture.keras.fit import capture_fit, rows_of_fit
from unstuck.capture.passes import Course, Passes, Seen, keys_of, passes
from unstuck.errors import CaptureError
from unstuck.recipe import Array, Data, Feed, Fit, Forms, Place, Recipe

TRAIN_ON_BATCH = "train_on_batch"
REPEATED_FIT = "fit in a loop"
REAL_SECONDS = 5.0  # of the program's own updates; later ones are counted and not made
ASKED = 0.5  # of the updates that follow an answer of the model
_STEP = inspect.signature(keras.Model.train_on_batch)
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
                f"{_where([self.begun.fit.place])}, and its batches never repeat, as in "
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
                f"the batches of {self.by} {_where([self.begun.fit.place])} differ in the "
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
            yield f"trained by train_on_batch: {updates:,} updates, {found.course}"
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


@dataclass(frozen=True)
class Loop:
    """What came of a loop: a recipe, or in ``refused`` a sentence on why there is none. It takes
    the place of the recipe ``number``, if that is given."""

    number: int | None
    recipe: Recipe | None
    refused: str = ""


class Loops:
    """Every loop of a program. The first seconds of ``train_on_batch`` are really made, since
    programs look at their losses; later ones are only counted, and give the last loss again."""

    def __init__(self, *, real: bool, most: int) -> None:
        self.real, self.most = real, most
        self.steps: dict[int, Steps] = {}
        self.turns: list[int] = []
        self.spent = 0.0
        self.inside = False
        self.counted = 0
        self.answers: dict[tuple[int, bool], Any] = {}

    def knows(self, model: Any, place: Place | None = None) -> bool:
        """Whether updates of a model, at ``place`` if given, were seen since the last ``close``."""
        known = self.steps.get(id(model))
        return known is not None and place in (None, known.begun.fit.place)

    def fit(self, model: Any, recipe: Recipe, number: int) -> None:
        """The first ``fit`` of a model, which may be the first of many."""
        self.steps[id(model)] = Steps(model, recipe, REPEATED_FIT, number)

    def goes_on(self, model: Any, place: Place | None) -> bool:
        """Whether ``fit`` at this place was seen to go on with other rows."""
        return self.knows(model, place) and self.steps[id(model)].fits > 0

    def fit_again(self, model: Any, call: dict[str, Any]) -> None:
        """One more ``fit`` of a model at the same place, on other rows.

        Raises:
            CaptureError: it would refuse its arguments.
        """
        known = self.steps[id(model)]
        if not known.fits:
            known.add_fit(known.begun.data, known.begun.forms, known.begun.fit)
        known.add_fit(*rows_of_fit(model, call))
        self._turn(known)

    def step(self, original: Callable[..., Any], model: Any, *args: Any, **named: Any) -> Any:
        """One call of ``train_on_batch``.

        Raises:
            CaptureError: the model is not compiled, or Keras would refuse the batch.
        """
        call = _STEP.bind(model, *args, **named).arguments
        given = [call.get(n) for n in ("x", "y", "sample_weight", "class_weight")]
        if id(model) not in self.steps and len(self.steps) < self.most:
            self._begin(model, given)
        known = self.steps.get(id(model))
        answer = id(model), bool(call.get("return_dict"))
        if self.real or self.spent < REAL_SECONDS or answer not in self.answers:
            with self.updating():
                self.answers[answer] = original(model, *args, **named)
        else:
            self.counted += 1
        if known is not None:
            self._note(known, given)
        return self.answers[answer]

    def _begin(self, model: Any, given: list[Any]) -> None:
        x, y, weights, by_class = given
        size = len(keras.tree.flatten(x)[0])
        named = {"sample_weight": weights, "class_weight": by_class, "batch_size": size}
        recipe = capture_fit(model, x, y, **named, epochs=1, shuffle=False)
        self.steps[id(model)] = Steps(model, recipe)

    def _note(self, known: Steps, given: list[Any]) -> None:
        self._turn(known)
        known.add(*arrays(known.model, *given))

    def _turn(self, known: Steps) -> None:
        if self.turns[-1:] != [id(known.model)]:
            self.turns.append(id(known.model))

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Meanwhile, the model is asked for answers by Keras alone."""
        self.inside, first = True, not self.answers
        began = time.monotonic()
        try:
            yield
        finally:
            self.inside = False
            self.spent += 0.0 if first else time.monotonic() - began  # the first one compiles

    def ask(self, model: Any) -> None:
        """The program asks a model for answers. The data of any may depend on them."""
        waiting = [known for known in self.steps.values() if not known.pending]
        if self.inside or not waiting:
            return
        own = _weights(model)
        if any(own & _weights(known.model) for known in self.steps.values()):
            for known in waiting:
                known.pending = True

    def close(self, model: Any = None) -> list[Loop]:
        """What came of the loops so far, of one model if given; the next ones begin anew."""
        keys = [id(model)] if model is not None else list(self.steps)
        done = [known for key in keys if (known := self.steps.pop(key, None)) and known.batches]
        turns = [key for key in self.turns if key in keys]
        self.turns = [key for key in self.turns if key not in keys]
        if len(turns) > len(set(turns)) and _shared(done):
            return [Loop(known.number, None, _by_turns(done)) for known in done]
        return [self._closed(known) for known in done]

    def _closed(self, known: Steps) -> Loop:
        try:
            recipe = known.recipe()
        except CaptureError as error:
            return Loop(known.number, None, str(error))
        return Loop(known.number, replace(recipe, notes=(*recipe.notes, *self._counted())))

    def _counted(self) -> list[str]:
        if not self.counted:
            return []
        return [
            f"the last {self.counted:,} updates of the program were counted and not made: it saw "
            "the same loss again in each"
        ]


def _by_turns(done: list[Steps]) -> str:
    return (
        f"it trains {len(done)} models by turns that share weights, by {done[0].by} "
        f"{_where([k.begun.fit.place for k in done])}, as adversarial networks do: the data of one "
        "come from another, so there is no single training to repeat"
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


def _weights(model: Any) -> set[int]:
    return {id(v) for v in model.weights}


def _shared(done: list[Steps]) -> bool:
    owners = [_weights(k.model) for k in done]
    return len(set().union(*owners)) < sum(map(len, owners))


def _rate(model: Any) -> float:
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _where(places: list[Place | None]) -> str:
    lines = sorted({place.line for place in places if place is not None})
    if not lines:
        return ""
    *others, last = map(str, lines)
    return f"(lines {', '.join(others)} and {last})" if others else f"(line {last})"
