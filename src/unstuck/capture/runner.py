"""Runs a program under capture, within the child process (``child.py``).

It stands in the way of ``fit``, of updates and of tapes, and notes where layers, optimizers and
compilations are made and with what. Everything else of the program runs as it is written.
"""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, Timer
from typing import Any

import keras
import numpy as np

from unstuck.capture.again import write_again
from unstuck.capture.keras import bound, build_for, capture_fit
from unstuck.capture.keras.alike import Known, Trainings
from unstuck.capture.keras.data import is_arrays
from unstuck.capture.keras.datasets import lead_datasets
from unstuck.capture.keras.history import course, history, result_names
from unstuck.capture.keras.loops import Loops
from unstuck.capture.keras.marks import (
    assigned,
    describe_models,
    loaded,
    mark_layers,
    placed,
    trained,
    wrap,
)
from unstuck.capture.keras.model import OWN_STEP
from unstuck.capture.keras.tapes.step import minimised
from unstuck.capture.keras.tapes.tape import watch_tapes
from unstuck.capture.keras.tapes.watched import Tapes
from unstuck.capture.keras.tensorflow import provide_tensorflow
from unstuck.capture.places import user_place
from unstuck.capture.program import run_as_main
from unstuck.capture.reshapes import with_reshapes
from unstuck.capture.script import LOOP_SECONDS, PROGRAM, STEPPING
from unstuck.capture.surroundings import Arranged
from unstuck.capture.surroundings.asking import answered
from unstuck.capture.surroundings.limits import finish_threads
from unstuck.capture.surroundings.sentences import own_traceback, sentence
from unstuck.errors import CaptureError
from unstuck.recipe import ModelKind, Recipe

TRAININGS = 8
SMALL = 4096  # rows that are predicted in one direct call


class Runner:
    """Runs one program and writes what it trains into ``folder``."""

    def __init__(self, folder: Path, around: Arranged) -> None:
        self.folder, self.around = folder, around
        self.watch, self.notes = around.settings.watch, around.notes
        self.count = self.looped = 0
        self.seen: set[str] = set()
        self.trainings = Trainings()
        self.refused: list[str] = []
        self.loops = Loops(real=self.watch, most=TRAININGS)
        self.tapes = Tapes(self.loops)
        self.ending = Lock()
        self.stand_ins: dict[str, None] = {}  # in the order of their use

    def run(self, path: str, arguments: list[str]) -> None:
        """Run the program as ``__main__`` and write down how it ended."""
        self._install()
        sys.argv = [path, *arguments]
        sys.path.insert(0, str(Path(path).resolve().parent))
        try:
            run_as_main(path, self.folder / PROGRAM)
            finish_threads()
            self._end("ended", message=self._untrained())
        except CaptureError as error:
            self._end("refused", message=str(error))
        except SystemExit as leaving:
            self._end("exited", code=leaving.code if leaving.code is not None else 0)
        except BaseException as error:
            self._end("crashed", message=sentence(error, path), text=own_traceback(error))

    def _end(self, kind: str, **details: Any) -> None:
        with self.ending:
            if (self.folder / "end").exists():
                return
            self._close()
            if self.refused and not any(self.folder.glob("recipe-*")):
                kind, details = "refused", {"message": self.refused[0]}
            else:
                for why in self.refused:
                    self.notes.append(f"not examined: {why}")
            self.around.ended()
            self._write("end", {"kind": kind, **details})

    def _close(self, model: Any = None) -> None:
        """Write what came of the loops so far, of one model if given; those by ``fit`` in place
        of the first of theirs."""
        for loop in self.loops.close(model):
            self.looped += loop.number is None
            number = f"loop-{self.looped}" if loop.number is None else loop.number
            if loop.recipe is not None:
                self._write(f"recipe-{number}.pickle", self._complete(loop.recipe))
                continue
            if loop.refused not in self.refused:
                self.refused.append(loop.refused)
            (self.folder / f"recipe-{number}.pickle").unlink(missing_ok=True)

    def _write(self, name: str, content: Any) -> None:
        """Write a file whole: the parent looks for it while we work."""
        part = self.folder / f"{name}.part"
        part.write_bytes(pickle.dumps(content, protocol=5))
        part.rename(self.folder / name)

    def _untrained(self) -> str:
        if idle := self.tapes.idle():
            return idle
        compiles = "compiles a model and " if "compile" in self.seen else ""
        why = f": {answered()}" if answered() else ""
        return f"it {compiles}never calls fit" + ("" if compiles else " on a Keras model") + why

    def _install(self) -> None:
        provide_tensorflow()
        lead_datasets(self.folder, self.around.settings.stand_in, self._stood_in)
        mark_layers()
        describe_models()
        wrap(keras.optimizers.Optimizer, "__init__", placed)
        wrap(keras.Model, "compile", self._compiled)
        wrap(keras.Model, "load_weights", loaded)
        wrap(keras.Layer, "set_weights", loaded)
        wrap(keras.Variable, "assign", assigned)
        wrap(keras.Model, "train_on_batch", self._stepped)
        wrap(keras.Model, "fit", self._fitted)
        wrap(keras.optimizers.Optimizer, "apply", self._applied)
        wrap(keras.optimizers.Optimizer, "stateless_apply", self._applied_by_jax)
        watch_tapes(self.tapes)
        if not self.watch:
            wrap(keras.Model, "predict", self._predicted)
            wrap(keras.Model, "evaluate", self._evaluated)

    def _compiled(self, original: Any, model: Any, *args: Any, **named: Any) -> Any:
        self.seen.add("compile")
        self._close(model)
        result = original(model, *args, **named)
        object.__setattr__(model, "_unstuck_compiled", user_place())
        return result

    def _stepped(self, original: Any, model: Any, *args: Any, **named: Any) -> Any:
        self._await_loop("train_on_batch")
        return self.loops.step(original, model, *args, **named)

    def _applied(self, original: Any, optimizer: Any, *args: Any, **named: Any) -> Any:
        """The program updates weights by itself, or Keras within its training."""
        self._await_update()
        return self.tapes.applied(original, optimizer, *args, **named)

    def _applied_by_jax(self, original: Any, optimizer: Any, *args: Any, **named: Any) -> Any:
        """As ``_applied``, by what no recipe can tell."""
        self._await_update()
        return original(optimizer, *args, **named)

    def _await_update(self) -> None:
        if not self.count and not self.loops.inside:
            self._await_loop("update")

    def _await_loop(self, what: str) -> None:
        """From the first update on, a loop has its time, whatever else the program does."""
        if "loop" in self.seen:
            return
        self.seen.add("loop")
        self._write(STEPPING, None)
        for name in ("__call__", "predict", "predict_on_batch"):
            wrap(keras.Model, name, self._asked)
        if not self.watch:
            timer = Timer(LOOP_SECONDS, self._time_up, (what,))
            timer.daemon = True
            timer.start()

    def _time_up(self, what: str) -> None:
        self.notes.append(
            f"the program was stopped {LOOP_SECONDS:g} s after its first {what}: what it did until "
            "then is taken for the whole training"
        )
        self._end("ended", message=self._untrained())
        leave()

    def _asked(self, original: Any, model: Any, *args: Any, **named: Any) -> Any:
        if self.tapes.open is None:
            self.loops.ask(model)
        return original(model, *args, **named)

    def _fitted(self, original: Any, model: Any, *args: Any, **named: Any) -> Any:
        call = bound(model, args, named)
        training = Known.of(model, call)
        if self.loops.goes_on(model, training.place) or self._other_rows(training):
            self._await_loop("second fit")
            self.loops.fit_again(model, call)
        elif self.trainings.came_again(training):
            write_again(self.folder, [known.again for known in self.trainings.known])
        elif self.count < TRAININGS:
            self._capture(training, call)
        else:
            self.notes.append(f"only the first {TRAININGS} trainings of the program were captured")
        if not self.watch:
            build_for(model, call)
            trained(model)
            validated = call["validation_data"] is not None or bool(call["validation_split"])
            return history(model, int(call["epochs"] - call["initial_epoch"]), validated)
        with self.loops.updating():
            done = original(model, *args, **named)
        self.notes.append(course(done))
        return done

    def _other_rows(self, training: Known) -> bool:
        """Whether a model is fitted once more from one line, on other rows: a loop over parts."""
        again = self.loops.knows(training.model, training.place)
        return again and not self.trainings.on_same_rows(training)

    def _capture(self, training: Known, call: dict[str, Any]) -> None:
        recipe = self._described(training.model, call)
        note = self.trainings.add(training)
        if note:
            recipe = replace(recipe, notes=(*recipe.notes, note))
        self._write(f"recipe-{self.count}.pickle", recipe)
        self.loops.fit(training.model, recipe, self.count)
        self.count += 1
        self.around.training_captured()

    def _described(self, model: Any, call: dict[str, Any]) -> Recipe:
        """Whatever the program makes of warnings and of overflow is not for capture."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            given = {k: v for k, v in call.items() if k != "self"}
            recipe = capture_fit(model, **given)
            if recipe.obstacle == OWN_STEP and is_arrays(given["x"]):
                with suppress(Exception):  # then the step is one of its own
                    recipe = self._as_usual(model, recipe, given) or recipe
        return self._complete(recipe)

    def _complete(self, recipe: Recipe) -> Recipe:
        """With what was seen of the program before its training."""
        return replace(with_reshapes(recipe), stand_ins=tuple(self.stand_ins))

    def _as_usual(self, model: Any, recipe: Recipe, given: dict[str, Any]) -> Recipe | None:
        """The recipe of a model whose own step does what Keras's would under the loss that it
        minimises; None where it does not, or where trials would make the model with that step."""
        loss = minimised(self.tapes, model, recipe)
        if loss is None:
            return None
        if loss is not model.loss:
            place = vars(model).get("_unstuck_compiled")
            keras.Model.compile(model, model.optimizer, loss)
            object.__setattr__(model, "_unstuck_compiled", place)
        object.__setattr__(model, "_unstuck_usual", True)
        found = capture_fit(model, **given)
        if found.model.kind is ModelKind.SUBCLASSED or found.obstacle:
            object.__setattr__(model, "_unstuck_usual", False)
            return None
        note = f"its train_step does what Keras's own does with {found.loss.name}"
        return replace(found, notes=(*found.notes, f"{note}, as seen on one batch"))

    def _stood_in(self, name: str) -> None:
        self.stand_ins[name] = None

    def _predicted(self, original: Any, model: Any, x: Any = None, *args: Any, **named: Any) -> Any:
        """A direct call where the input is small: the model is not trained, and a program that
        predicts row by row should not keep us waiting."""
        small = isinstance(x, np.ndarray) and len(x) <= SMALL
        if not (self.count and small):
            return original(model, x, *args, **named)
        mode = {"training": False} if model._call_has_training_arg else {}
        outputs = model(x, **mode)
        return keras.tree.map_structure(lambda o: np.array(keras.ops.convert_to_numpy(o)), outputs)

    def _evaluated(self, original: Any, model: Any, *args: Any, **named: Any) -> Any:
        if not self.count:
            return original(model, *args, **named)
        names = list(result_names(model))
        values = dict.fromkeys(names, float("nan"))
        if named.get("return_dict"):
            return values
        return list(values.values()) if len(values) > 1 else float("nan")


def leave() -> None:
    """At once: worker threads and queues of the program must not keep us."""
    with suppress(Exception):  # the program may have closed it
        sys.stdout.flush()
    os._exit(0)
