"""Callbacks that steer a training by what it has come to: they end it, or change its rate.

They are Keras's own objects, a set for every lane, told of each epoch what ``fit`` would tell
them. What they ask a model for, a ``_Helm`` gives them of their lane. A lane that has been ended
goes on in the compiled loop with the others, and its weights are put back after each epoch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import cloudpickle
import jax
import keras
import numpy as np

from unstuck.errors import Unsupported
from unstuck.recipe import HARMLESS, Array, Recipe, numbered
from unstuck.trials.callbacks import LOSSES
from unstuck.trials.initial import State
from unstuck.trials.lower import Lowered

Logs = dict[str, Array]


def made(recipe: Recipe) -> list[Any]:
    """The program's callbacks that steer its training, made again.

    Raises:
        Unsupported: one of them could not be carried over.
    """
    names = recipe.fit.callbacks
    keys = [(n, k) for n, k in zip(names, numbered(names), strict=True) if n not in HARMLESS]
    return [
        _made(recipe, name, dict(recipe.fit.callback_configs.get(key, {}))) for name, key in keys
    ]


def _made(recipe: Recipe, name: str, config: dict[str, Any]) -> Any:
    if not config:
        raise Unsupported(f"the callback {name} cannot be made again")
    if recipe.metrics and not recipe.compiled.metrics and config.get("monitor") not in LOSSES:
        raise Unsupported(f"the metrics by which {name} steers cannot be made again")
    if "object" in config:
        return cloudpickle.loads(config["object"])
    if "schedule" in config:
        return keras.callbacks.LearningRateScheduler(cloudpickle.loads(config["schedule"]))
    return getattr(keras.callbacks, name)(**config)


class _Helm:
    """What the callbacks of one lane take for their model."""

    def __init__(self, metrics: Sequence[Any], callbacks: Sequence[Any]) -> None:
        self.metrics, self.callbacks = metrics, callbacks
        self.stop_training = False
        self.optimizer = SimpleNamespace(learning_rate=0.0)
        self.weights: list[Array] = []
        for callback in callbacks:
            callback.set_model(self)
            callback.on_train_begin()

    def get_weights(self) -> list[Array]:
        """A copy: the arrays of a lane are given away to the next stretch."""
        return [np.array(w) for w in self.weights]

    def set_weights(self, weights: list[Array]) -> None:
        """See ``Steering``, which reads them back."""
        self.weights = weights

    def tell(self, moment: str, *given: Any) -> None:
        """Each callback of a moment of the training."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for callback in self.callbacks:
                getattr(callback, moment)(*given)


class Steering:
    """Steers the first lanes of a state, one for each of ``recipes``.

    ``rows`` is how many are trained on. ``validated`` gives what the program's own validation rows
    come to for every lane, by the names that ``fit`` gives. ``ends`` are the steps at which lanes
    have ended, -1 for those that go on.

    Raises:
        Unsupported: the learning rate is a schedule's, so that nothing else can set it.
    """

    def __init__(
        self,
        lowered: Lowered,
        recipes: Sequence[Recipe],
        rows: int,
        validated: Callable[[State], Logs],
    ) -> None:
        self.validated = validated
        self.helms = [_Helm(lowered.model.metrics, made(recipe)) for recipe in recipes]
        self.ends = np.full(len(recipes), -1)
        self.rate = lowered.rate_index()
        self.rows, self.batch = rows, min(recipes[0].fit.batch_size, rows)
        self.steps = -(-rows // self.batch)
        self.epoch = recipes[0].fit.first_epoch
        self.loss = np.zeros(len(recipes))
        steering = [c for helm in self.helms for c in helm.callbacks]
        self.restores = any(getattr(c, "restore_best_weights", False) for c in steering)
        callbacks = {type(c).__name__ for c in steering}
        if self.rate is None and callbacks - {"EarlyStopping"}:
            raise Unsupported("a callback sets the learning rate, which is a schedule's")

    def until_look(self, step: int) -> int:
        """Steps until something must be noted: the end of an epoch, or its smaller last batch."""
        left = self.steps - 1 - step % self.steps
        return left or 1

    def begin(self, state: State) -> State:
        """Before an epoch."""
        self._read(state)
        for lane in self._going():
            self.helms[lane].tell("on_epoch_begin", self.epoch)
        return self._written(state)

    def note(self, state: State, step: int, loss: Array, stretch: int) -> State:
        """After a stretch that ended with ``step``; ``loss`` is the mean of each lane over it."""
        whole = step % self.steps
        size = self.batch * stretch if whole else self.rows - (self.steps - 1) * self.batch
        self.loss = self.loss + loss * size
        return state if whole else self._ended(state, step)

    def _ended(self, state: State, step: int) -> State:
        """After an epoch; and before the next."""
        self._read(state)
        logs = {"loss": self.loss / self.rows, **self.validated(state)}
        for lane in self._going():
            helm = self.helms[lane]
            helm.tell("on_epoch_end", self.epoch, {k: float(v[lane]) for k, v in logs.items()})
            if helm.stop_training:
                self._stop(lane, step)
        self.epoch, self.loss = self.epoch + 1, np.zeros_like(self.loss)
        return self.begin(self._written(state))

    def end(self, state: State, step: int) -> State:
        """After the last update of those that have not ended before."""
        self._read(state)
        for lane in self._going():
            self._stop(lane, step)
        return self._written(state)

    def held(self, state: State) -> State:
        """Between epochs: ended lanes as they ended."""
        return self._written(state)

    def _going(self) -> list[int]:
        return [int(lane) for lane in np.flatnonzero(self.ends < 0)]

    def _stop(self, lane: int, step: int) -> None:
        """A lane is at its end, and may go back to its best weights."""
        helm = self.helms[lane]
        helm.weights = helm.get_weights()
        helm.tell("on_train_end")
        self.ends[lane] = step

    def _read(self, state: State) -> None:
        """Give the helms that still go what their lanes have come to."""
        leaves = [np.asarray(leaf) for leaf in (*state[0], *state[1])]
        rates = None if self.rate is None else np.asarray(state[2][self.rate])
        for lane in self._going():
            self.helms[lane].weights = [leaf[lane] for leaf in leaves]
            self.helms[lane].optimizer.learning_rate = 0.0 if rates is None else rates[lane]

    def _written(self, state: State) -> State:
        """The state with what the helms have set: rates, and the weights of ended lanes."""
        trained, others, optimizer = (list(part) for part in state)
        ended = np.flatnonzero(self.ends >= 0)
        if len(ended):
            leaves = [np.array(leaf) for leaf in (*trained, *others)]
            for place, leaf in enumerate(leaves):
                leaf[ended] = [self.helms[lane].weights[place] for lane in ended]
            trained, others = leaves[: len(trained)], leaves[len(trained) :]
        set_anew = False
        if self.rate is not None:
            before = np.asarray(optimizer[self.rate])
            rates = before.copy()
            rates[: len(self.helms)] = [float(h.optimizer.learning_rate) for h in self.helms]
            optimizer[self.rate] = rates
            set_anew = not np.array_equal(rates, before)
        if not (len(ended) or set_anew):
            return state  # nothing to lay out again, as after most epochs
        done: State = jax.device_put((trained, others, optimizer))
        return done
