"""The loops of a program, watched while it runs: which model each trains, and how they end."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import keras

from unstuck.capture.keras.data import arrays
from unstuck.capture.keras.fit import capture_fit, rows_of_fit
from unstuck.capture.keras.steps import REPEATED_FIT, TRAIN_ON_BATCH, Steps, where
from unstuck.errors import CaptureError
from unstuck.recipe import BY_HAND, Place, Recipe

REAL_SECONDS = 3.0  # of the program's own updates; later ones are counted and not made
_STEP = inspect.signature(keras.Model.train_on_batch)


@dataclass(frozen=True)
class Loop:
    """What came of a loop: a recipe, or in ``refused`` a sentence on why there is none. It takes
    the place of the recipe ``number``, if that is given."""

    number: int | None
    recipe: Recipe | None
    refused: str = ""


class Loops:
    """Every loop of a program, by ``train_on_batch``, by ``fit`` or by its own gradients. The
    updates of the first seconds are really made, since programs look at their losses; later ones
    are only counted, and give the last loss again."""

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

    @property
    def full(self) -> bool:
        """Whether no more models are looked at."""
        return len(self.steps) >= self.most

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
        if not self.knows(model) and not self.full:
            self.begin(model, given)
        answer = id(model), bool(call.get("return_dict"))
        return self._made(model, given, answer, lambda: original(model, *args, **named))

    def update(self, model: Any, x: Any, y: Any, weights: Any, make: Callable[[], Any]) -> None:
        """One update that the program makes by gradients of its own, as ``train_on_batch`` would;
        ``begin`` was called before the first."""
        self._made(model, [x, y, weights, None], (id(model), False), make)

    def by_hand(self, model: Any) -> bool:
        """Whether no other updates of a model are known than those by its own gradients."""
        known = self.steps.get(id(model))
        return known is None or known.by == BY_HAND

    def drop(self, model: Any) -> None:
        """Forget the updates of a model: they tell no training."""
        self.steps.pop(id(model), None)

    def counting(self, model: Any) -> bool:
        """Whether the updates of a model are counted by now, and not made."""
        return not self.real and self.spent >= REAL_SECONDS and (id(model), False) in self.answers

    def _made(
        self, model: Any, given: list[Any], answer: tuple[int, bool], make: Callable[[], Any]
    ) -> Any:
        if self.real or self.spent < REAL_SECONDS or answer not in self.answers:
            with self.updating():
                self.answers[answer] = make()
        else:
            self.counted += 1
        known = self.steps.get(id(model))
        if known is not None:
            self._turn(known)
            known.add(*arrays(known.model, *given))
        return self.answers[answer]

    def settle(self, model: Any, settings: dict[str, float]) -> None:
        """Note what the program does to its gradients as settings of its optimizer."""
        known = self.steps[id(model)]
        config = deepcopy(dict(known.begun.optimizer.config))
        config["config"].update(settings)
        optimizer = replace(known.begun.optimizer, config=config)
        known.begun = replace(known.begun, optimizer=optimizer)

    def begin(self, model: Any, given: list[Any], by: str = TRAIN_ON_BATCH) -> None:
        """The first update of a model; ``given`` are inputs, targets, weights and class weights."""
        x, y, weights, by_class = given
        size = len(keras.tree.flatten(x)[0])
        named = {"sample_weight": weights, "class_weight": by_class, "batch_size": size}
        recipe = capture_fit(model, x, y, **named, epochs=1, shuffle=False)
        self.steps[id(model)] = Steps(model, recipe, by)

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
        f"{where([k.begun.fit.place for k in done])}, as adversarial networks do: the data of one "
        "come from another, so there is no single training to repeat"
    )


def _weights(model: Any) -> set[int]:
    return {id(v) for v in model.weights}


def _shared(done: list[Steps]) -> bool:
    owners = [_weights(k.model) for k in done]
    return len(set().union(*owners)) < sum(map(len, owners))
