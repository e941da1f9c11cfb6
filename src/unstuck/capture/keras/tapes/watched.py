"""What a program does with its tapes, models, losses and optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from unstuck.capture.keras.loops import Loops
from unstuck.capture.keras.tapes.clipping import clipping
from unstuck.capture.keras.tapes.objective import Measured, Objective, close, find
from unstuck.capture.keras.tapes.scope import arrays_in_scope
from unstuck.capture.places import user_place
from unstuck.errors import CaptureError
from unstuck.recipe import BY_HAND, Place

NO_MODE = "calls its model without training=True, so that"
SURE = 3  # updates that confirm a loss
CHANGED = "changes the gradients before it applies them"

if TYPE_CHECKING:
    from unstuck.capture.keras.tapes.slopes import Slopes


@dataclass(frozen=True)
class Call:
    """One call of a model while a tape was open."""

    model: Any
    inputs: Any
    training: Any
    outputs: Any
    more: bool = False  # whether the model was given anything besides

    @classmethod
    def of(cls, model: Any, args: tuple[Any, ...], named: dict[str, Any], outputs: Any) -> Call:
        """From the arguments, by whatever names the inputs go."""
        given = list(args) + [v for k, v in named.items() if k != "training" and v is not None]
        return cls(model, given[0], named.get("training"), outputs, len(given) > 1)


@dataclass
class Record:
    """What happened while one tape was open."""

    place: Place | None
    calls: list[Call] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)


@dataclass
class Trained:
    """A model that is trained by a tape: what it minimises and its last answers and gradients."""

    objective: Objective
    outputs: Any
    slopes: Slopes | None = None
    found: dict[int, Any] = field(default_factory=dict)  # by the variable's id
    clipping: dict[str, float] = field(default_factory=dict)  # that the program does by itself
    optimizer: Any = None
    confirmed: int = 0  # updates in which the loss had the program's own value


@dataclass(frozen=True)
class Update:
    """Gradients that a tape gave, before an optimizer has them."""

    call: Call
    trained: Trained
    targets: list[Any]
    weights: list[Any]
    number: float  # what the program minimises
    place: Place | None

    @property
    def loss(self) -> Any:
        """What ``compile`` would be given as the loss."""
        return self._as_outputs(list(self.trained.objective.losses))

    @property
    def shares(self) -> Any:
        """What it would be given as their weights."""
        shares = list(self.trained.objective.shares)
        return None if set(shares) == {1.0} else self._as_outputs(shares)

    @property
    def rows(self) -> tuple[Any, Any, Any]:
        """What ``train_on_batch`` would be given: inputs, targets and weights."""
        weighed = any(w is not None for w in self.weights)
        weights = self._as_outputs(self.weights) if weighed else None
        return self.call.inputs, self._as_outputs(self.targets), weights

    def _as_outputs(self, parts: list[Any]) -> Any:
        return (
            parts[0] if len(parts) == 1 else keras.tree.pack_sequence_as(self.call.outputs, parts)
        )


@dataclass(frozen=True)
class Applied:
    """An update that was only looked at, and what it does otherwise than ``fit`` would."""

    update: Update
    optimizer: Any
    unlike: str


class Tapes:
    """Every tape of a program. ``loops`` tells the trainings, as those of ``train_on_batch``."""

    def __init__(self, loops: Loops) -> None:
        self.loops = loops
        self.open: Record | None = None
        self.deep = False  # within a call of a model or of a loss, or of our own
        self.trained: dict[int, Trained] = {}
        self.losses: dict[int, Any] = {}  # the last that each loss object gave
        self.updates: dict[int, Update] = {}  # by the model's id, until an optimizer has them
        self.refused: Exception | None = None  # why the last tape tells no training
        self.looking: list[Applied] | None = None
        self.given = 0  # how often gradients were asked for
        self.taken = 0  # and given to an optimizer

    def idle(self) -> str:
        """A sentence on gradients that no optimizer was ever given; "" where one was."""
        if not self.given or self.taken:
            return ""
        return f"its {BY_HAND} gives gradients {self.given:,} times, and no optimizer is given any"

    def look(self, run: Callable[[], Any]) -> list[Applied]:
        """The updates that ``run`` would make; none is made."""
        seen: list[Applied] = []
        self.looking = seen
        try:
            run()
        finally:
            self.looking = None
            self.trained.clear()
            self.updates.clear()
        return seen

    def begin(self) -> Record:
        """A tape is opened."""
        self.open = Record(user_place())
        return self.open

    def end(self) -> None:
        """The tape that is open is closed."""
        self.open = None

    def called(self, original: Callable[..., Any], model: Any, *args: Any, **named: Any) -> Any:
        """A call of a model; those within another model are parts of it."""
        if self.open is None or self.deep:
            return original(model, *args, **named)
        call = Call.of(model, args, named, None)
        outputs = self._before(call)
        if outputs is None:
            with self._deep(), self.loops.updating():
                outputs = original(model, *args, **named)
        self.open.calls.append(replace(call, outputs=outputs))
        return outputs

    def _before(self, call: Call) -> Any:
        """The last answers, where updates are only counted and there are as many rows."""
        if not self._counting(call.model):
            return None
        known = self.trained[id(call.model)]
        rows = [len(keras.tree.flatten(v)[0]) for v in (call.inputs, known.outputs)]
        return known.outputs if rows[0] == rows[1] else None

    def _counting(self, model: Any) -> bool:
        """Whether the updates of a model are only counted by now, its loss being known for sure."""
        known = self.trained.get(id(model))
        return known is not None and known.confirmed >= SURE and self.loops.counting(model)

    def measured(self, original: Callable[..., Any], loss: Any, *args: Any, **named: Any) -> Any:
        """A call of a loss object."""
        if self.open is None or self.deep:
            return original(loss, *args, **named)
        given = dict(zip(("y_true", "y_pred", "sample_weight"), args, strict=False)) | named
        ends = (given["y_true"], given["y_pred"], given.get("sample_weight"))
        self.open.measured.append(Measured(loss, *ends))
        counted = self.open.calls and self._counting(self.open.calls[-1].model)
        if not counted or id(loss) not in self.losses:
            with self._deep():
                self.losses[id(loss)] = original(loss, *args, **named)
        return self.losses[id(loss)]

    @contextmanager
    def _deep(self) -> Iterator[None]:
        before, self.deep = self.deep, True
        try:
            yield
        finally:
            self.deep = before

    def gradients(
        self, record: Record, target: Any, sources: Any, made: Callable[[], Any] | None = None
    ) -> Any:
        """The gradients of ``target`` for ``sources``: those that the program's own tape has
        ``made``, or where there is none, those of the loss that was told.

        Raises:
            CaptureError: they cannot be told.
        """
        try:
            update = self._told(record, target, sources)
        except Exception as error:
            if made is None:
                raise
            self.refused = error  # the tape may serve something else than a training
            return made()
        known = update.trained
        if not (known.found and self._counting(update.call.model)):
            with self._deep(), self.loops.updating():
                known.found = self._found(update) if made is None else _by_variable(sources, made())
        self.updates[id(update.call.model)] = update
        self.given += 1
        return keras.tree.map_structure(lambda v: known.found[id(v)], sources)

    def _found(self, update: Update) -> dict[int, Any]:
        from unstuck.capture.keras.tapes.slopes import Slopes  # noqa: PLC0415 - it starts JAX

        call, known = update.call, update.trained
        known.slopes = known.slopes or Slopes(call.model, known.objective, call.training)
        return known.slopes(call.inputs, update.targets, update.weights)

    def _told(self, record: Record, target: Any, sources: Any) -> Update:
        """What of the record leads to ``target``."""
        if len(record.calls) != 1:
            raise _refusal(record.place, f"calls models {len(record.calls)} times in one tape")
        (call,) = record.calls
        trained = {id(v) for v in call.model.trainable_variables}
        if any(id(v) not in trained for v in keras.tree.flatten(sources)):
            raise _refusal(record.place, "asks for gradients by something else than weights")
        if call.more:
            raise _refusal(record.place, "gives its model more than one argument")
        idle = [x.name for x in _of_training(call.model)] if call.training is not True else []
        if idle:
            raise _refusal(record.place, f"{NO_MODE} {idle[0]} does nothing")
        at_hand = arrays_in_scope(len(keras.tree.flatten(call.outputs)[0]))
        with self._deep():
            whole = _number(target)
            number = whole - sum(_number(v) for v in call.model.losses)
            known = self.trained.get(id(call.model)) or self._first(record, number, at_hand)
            known.outputs = call.outputs
            targets, weights = known.objective.targets(record.measured, at_hand)
            update = Update(call, known, targets, weights, whole, record.place)
            if not self._counting(call.model):
                self._confirm(update, number)
        return update

    def _confirm(self, update: Update, number: float) -> None:
        """Hold the loss as it was told against the program's own ``number``, penalties aside."""
        known, outputs = update.trained, update.call.outputs
        if not close(known.objective.value(update.targets, outputs, update.weights), number):
            self.loops.drop(update.call.model)
            raise _refusal(update.place, "minimises another loss in a later update")
        known.confirmed += 1

    def _first(self, record: Record, number: float, at_hand: dict[str, Any]) -> Trained:
        (call,) = record.calls
        objective = find(number, call.outputs, record.measured, at_hand)
        if objective is None:
            raise _refusal(record.place, "minimises a loss that could not be told")
        known = self.trained[id(call.model)] = Trained(objective, call.outputs)
        return known

    def applied(
        self,
        original: Callable[..., Any],
        optimizer: Any,
        grads: Any,
        trainable_variables: Any = None,
    ) -> Any:
        """An optimizer is given gradients, those of a tape or others."""
        variables = trainable_variables
        if variables is None:
            variables = list(getattr(optimizer, "_trainable_variables", ()))
        update = self._of(variables)
        if self.looking is not None:
            if update is not None:
                unlike = _unlike(update, grads, variables)
                self.looking.append(Applied(update, optimizer, unlike))
            return None
        if update is None:
            self._refuse()
            return original(optimizer, grads, trainable_variables)
        model = update.call.model
        if not self._counting(model):
            self._checked(update, optimizer, grads, variables)

        def make() -> Any:
            return original(optimizer, grads, trainable_variables)

        return self.loops.update(model, *update.rows, make)

    def _of(self, variables: Any) -> Update | None:
        """The update that some of these variables wait for."""
        self.taken += 1
        given = {id(v) for v in variables}
        for key, update in list(self.updates.items()):
            if given & set(update.trained.found):
                return self.updates.pop(key)
        return None

    def _refuse(self) -> None:
        """An optimizer is given gradients of which nothing is known: those of the tape, if one was
        asked, that tells no training."""
        refused, self.refused = self.refused, None
        if refused is not None and not self.loops.inside:
            raise refused

    def _checked(self, update: Update, optimizer: Any, grads: Any, variables: Any) -> None:
        """Hold an update against what ``fit`` would do; the first of a model begins its training.

        Raises:
            CaptureError: it does something else.
        """
        model = update.call.model
        known, unlike = update.trained, _left(model, variables)
        known.optimizer = known.optimizer or optimizer
        if optimizer is not known.optimizer:
            unlike = "changes its optimizer on its way"
        elif model.compiled and model.optimizer is not optimizer:
            unlike = "trains a model that is compiled with something else"
        elif not self.loops.by_hand(model):
            unlike = "trains a model that fit trains too"
        settings = None if unlike else clipping(known.found, grads, variables, known.clipping)
        if settings is None:
            self.loops.drop(model)
            raise _refusal(update.place, unlike or CHANGED)
        if not self.loops.knows(model) and not self.loops.full:
            keras.Model.compile(model, optimizer, update.loss, loss_weights=update.shares)
            object.__setattr__(model, "_unstuck_compiled", update.place)
            self.loops.begin(model, [*update.rows, None], BY_HAND)
        if settings and not known.clipping and self.loops.knows(model):
            self.loops.settle(model, settings)
            known.clipping = settings


def _of_training(model: Any) -> list[Any]:
    """Layers that work in training only: those that drop or add noise, and batch statistics."""
    layers = model._flatten_layers(include_self=False)
    return [x for x in layers if _works(x)]


def _works(layer: Any) -> bool:
    if isinstance(layer, keras.layers.BatchNormalization):
        return bool(layer.trainable)
    rates = [getattr(layer, name, 0) for name in ("rate", "stddev", "dropout", "recurrent_dropout")]
    return any(isinstance(rate, (int, float)) and rate > 0 for rate in rates)


def _by_variable(sources: Any, gradients: Any) -> dict[int, Any]:
    pairs = zip(keras.tree.flatten(sources), keras.tree.flatten(gradients), strict=True)
    return {id(variable): gradient for variable, gradient in pairs}


def _number(value: Any) -> float:
    return float(np.sum(keras.ops.convert_to_numpy(value)))


def _unlike(update: Update, grads: Any, variables: Any) -> str:
    """What an update does otherwise than ``fit`` would."""
    left = _left(update.call.model, variables)
    same = not left and clipping(update.trained.found, grads, variables, {}) == {}
    return left or ("" if same else CHANGED)


def _left(model: Any, variables: Any) -> str:
    left = len(model.trainable_variables) - len(variables)
    return f"leaves {left} of {left + len(variables)} trainable weights as they are" if left else ""


def _refusal(place: Place | None, what: str) -> CaptureError:
    where = f" (line {place.line})" if place else ""
    return CaptureError(
        f"its loop by {BY_HAND}{where} {what}, and cannot be captured; unstuck.check(model, x, y) "
        "examines its model, compiled with the loss and the optimizer of that loop"
    )
