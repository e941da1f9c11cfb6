"""``unstuck.Watch``: the checks inside a program's own training."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any
from weakref import ref

import keras
from rich.console import Console

from unstuck.capture.keras.data import copied, is_arrays
from unstuck.capture.keras.model import own_step
from unstuck.checks._names import chosen, known
from unstuck.checks._suppress import Look, Suppressions
from unstuck.finding import Finding, Severity
from unstuck.recipe import Recipe
from unstuck.report.text import show_finding
from unstuck.trace import Trace
from unstuck.watching.live import Live
from unstuck.watching.running import ROWS, drawn, of_arrays, of_source, running_call

STANDING = 3  # looks in a row at which an error must stand to be certain
LOOKS = 3  # without which nothing is said of a course
EVERY = 50  # updates after which the loss is asked whether it is finite


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Runs the checks inside ``fit`` and prints what they find; ``callbacks=[unstuck.Watch()]``.

    Before the training it looks at model, data and settings, while it runs at loss, gradients,
    updates and silent units on a few fixed rows, some two dozen times. It changes nothing of the
    training, and a failure of its own is one warning. A model that it has watched is watched
    again after another ``compile`` only.

    Args:
        stop: end the training at the first certain sign of trouble: a finding of severity error
            (while it trains, one that stands at three looks in a row), or a loss that is not
            finite.
        select: names of the checks to run; all if not given.
        ignore: names of checks to leave out.

    Attributes:
        findings: what was found in the last training watched, as it went on.
        trace: what was seen of it; None where it could not be watched from inside.

    Raises:
        UsageError: there is no check of such a name.
    """

    def __init__(
        self,
        *,
        stop: bool = False,
        select: Sequence[str] | None = None,
        ignore: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.stop = stop
        names = None if select is None else known(select, "select")
        self.names = chosen(names, known(ignore, "ignore"))
        self.findings: tuple[Finding, ...] = ()
        self.trace: Trace | None = None
        self._watching: _Watching | None = None
        self._watched: Callable[[], object] = lambda: None

    def on_train_begin(self, logs: Any = None) -> None:
        self._watching = None
        if self._watched() is not self.model.optimizer:
            self._watched = ref(self.model.optimizer)
            self.findings, self.trace = (), None
            self._guarded(self._begin)

    def _begin(self) -> None:
        self._watching = _Watching(self)
        with _quiet():
            self._watching.begin()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._watching is not None:
            self._guarded(self._watching.finite, (logs or {}).get("loss"))

    def on_train_end(self, logs: Any = None) -> None:
        if self._watching is not None:
            self._guarded(self._end)
        self._watching = None

    def _end(self) -> None:
        assert self._watching is not None
        with _quiet():
            self._watching.end()

    def _guarded(self, action: Callable[..., None], *given: Any) -> None:
        """Run ``action``; if it fails, warn once and watch this training no more."""
        try:
            action(*given)
        except Exception as error:
            if self._watching is not None:
                self._watching.unhook()
            self._watching = None
            say = f"unstuck watches this training no more: {type(error).__name__}: {error}"
            try:
                warnings.warn(say, RuntimeWarning, stacklevel=2)
            except RuntimeWarning:  # warnings are errors here, and a training is not to break
                Console(stderr=True).print(say, markup=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Meanwhile, warnings that a program has not caused are not shown to it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Watching:
    """One training that is watched."""

    def __init__(self, owner: Watch) -> None:
        self.owner, self.model = owner, owner.model
        self.console = Console(stderr=True, highlight=False)
        self.call = running_call(self.model)
        self.recipe: Recipe
        self.look: Look
        self.live: Live | None = None
        self.batches: list[Any] = []
        self.drawn = self.done = self.standing = 0
        self.is_looked_at = self.is_over = False
        self.original: Any = None

    @property
    def per_epoch(self) -> int:
        return (self.owner.params or {}).get("steps") or 0

    @property
    def planned(self) -> int:
        return (self.call["epochs"] - self.call["initial_epoch"]) * self.per_epoch

    def begin(self) -> None:
        """Look at what will be trained, and begin to watch."""
        if is_arrays(self.call["x"]):
            self._describe(of_arrays(self.model, self.call, self.per_epoch))
            self._static()
        else:
            self._describe(of_source(self.model, self.call))
        why = self._unwatchable()
        if why and self.is_looked_at:
            self._say(f"looks at model, data and settings, and not at the training itself: {why}")
        elif why:
            self._say(f"does not look at this training, whose data come in batches: {why}")
        else:
            self._hook()

    def _unwatchable(self) -> str:
        """Why this training cannot be watched from inside."""
        if keras.backend.backend() != "jax":
            return f"that needs the JAX backend, and this is {keras.backend.backend()}"
        if keras.distribution.distribution() is not None:
            return "it is spread over several devices"
        return own_step(self.model)

    def _describe(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.look = Look(self.owner.names, Suppressions.of(recipe))

    def _hook(self) -> None:
        """Stand beside the training step. A callback for every batch would make Keras wait for
        each batch's result."""
        self.original = step = self.model.train_function
        guarded = self.owner._guarded

        def watched(state: Any, iterator: Any) -> Any:
            if self.owner._watching is not self:
                return step(state, iterator)
            if not self.done:
                first = next(iterator)
                iterator = chain([first], iterator)
                guarded(self._first, state, first)
            elif not self.is_looked_at:
                iterator = self._kept(iterator)
            logs, after = step(state, iterator)
            if self.owner._watching is self:
                guarded(self._after, logs, after)
            return logs, after

        self.model.train_function = watched

    def unhook(self) -> None:
        """Leave the model as it was."""
        if self.original is not None:
            self.model.train_function = self.original
            self.original = None

    def _first(self, state: Any, batch: Any) -> None:
        """Before the first update."""
        if not self.is_looked_at:
            self._keep(batch)
            self._describe(drawn(self.recipe, self.model, self.batches, self.per_epoch))
        self.live = Live(self.model, self.recipe, self.planned)
        self.live.look(0, state)

    def _kept(self, iterator: Any) -> Any:
        for batch in iterator:
            self.owner._guarded(self._keep, batch)
            yield batch

    def _keep(self, batch: Any) -> None:
        """Keep a copy of a batch of the program's own source, for the checks of data."""
        parts = batch if isinstance(batch, tuple) else (batch,)
        copy = tuple(keras.tree.map_structure(copied, part) for part in parts)
        self.batches.append(copy)
        self.drawn += len(keras.tree.flatten(copy)[0])
        if self.drawn >= ROWS and self.live is not None:
            self._static()

    def _static(self) -> None:
        """Look at model, data and settings, once the data are there."""
        self.is_looked_at = True
        if self.batches:
            self._describe(drawn(self.recipe, self.model, self.batches, self.per_epoch))
            self.batches = []
        self._found(self.look(self.recipe), "before the training")

    def _after(self, logs: Any, state: Any) -> None:
        """After each call of the training step."""
        before = self.done
        self.done += self.model.steps_per_execution
        if self.done // EVERY > before // EVERY:
            self.finite(logs.get("loss") if isinstance(logs, dict) else None)
        if self.live is not None and self.live.is_due(self.done):
            self.finite(self.live.look(self.done, state))
            self._certain()

    def _certain(self) -> None:
        """Whether an error stands, look after look, and the training is to end."""
        if not self.owner.stop or self.live is None:
            return
        found = self.look(self.recipe, self.live.trace())
        errors = [f for f in found if f.severity is Severity.ERROR]
        self.standing = self.standing + 1 if errors else 0
        if self.standing >= STANDING:
            self._stop(f"{errors[0].check} stands")

    def finite(self, loss: Any) -> None:
        """End the training, if that is asked for, once its loss is not finite."""
        if self.owner.stop and loss is not None and not isfinite(float(loss)):
            self._stop(f"the loss is {float(loss)}")

    def _stop(self, why: str) -> None:
        if not (self.model.stop_training or self.is_over):
            self.model.stop_training = True
            self._say(f"ends the training after {self.done:,} updates: {why}")

    def end(self) -> None:
        """Look a last time, and run the checks that need a training."""
        self.unhook()
        self.is_over = True
        if not self.is_looked_at and self.batches:
            self._static()
        if self.live is None or not self.done:
            return
        if self.live.looks[-1].step < self.done:
            self.live.look(self.done, self._state())
        self.owner.trace = self.live.trace()
        if len(self.live.looks) >= LOOKS:
            self._found(self.look(self.recipe, self.owner.trace), f"in {self.done:,} updates")
        self._close()

    def _state(self) -> Any:
        model = self.model
        learned = (model.trainable_variables, model.non_trainable_variables)
        rest = (model.optimizer.variables, model.metrics_variables)
        return tuple([v.value for v in part] for part in (*learned, *rest))

    def _found(self, findings: list[Finding], when: str) -> None:
        findings = sorted(findings, key=lambda f: (f.severity.rank, f.check))
        self.owner.findings += tuple(findings)
        if findings:
            self._say(f"found {when}:")
        for finding in findings:
            show_finding(finding, self.recipe, self.console)
        if any(f.severity is Severity.ERROR for f in findings) and self.owner.stop:
            self._stop(next(f.check for f in findings if f.severity is Severity.ERROR))

    def _close(self) -> None:
        if not self.owner.findings:
            self._say(f"watched {self.done:,} updates and found nothing")
        elif any(f.remedies for f in self.owner.findings) and self.recipe.script:
            name = Path(self.recipe.script).name
            self._say(f"`unstuck check {name}` proves by retraining which of these matter")

    def _say(self, text: str) -> None:
        self.console.print(f"unstuck: {text}", markup=False, soft_wrap=True)
