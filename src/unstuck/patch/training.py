"""Edits of the training: rate, schedule, optimizer, length."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, called, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.recipe import Recipe
from unstuck.remedies import ConstantRate, SetRate, TrainAtAll, TrainLonger, UseAdam
from unstuck.remedy import Remedy


def _rate(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """Set the learning rate where the optimizer is made; one given by its name is made."""
    rate = f"{float(f'{cured.optimizer.learning_rate:.6g}'):g}"
    call = source.call(recipe.optimizer.place, "the optimizer")
    if called(call) == recipe.optimizer.name:
        set_argument(source, call, "learning_rate", 0, rate)
        return
    given = optimizer_argument(call)
    if not isinstance(given.value, cst.SimpleString):
        raise PatchError("the optimizer is made elsewhere")
    keras = source.module_name("keras", "keras")
    made = f"{keras}.optimizers.{recipe.optimizer.name}(learning_rate={rate})"
    source.replace(given.value, made)


def _adam(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    if recipe.fit.by_hand:
        call = source.call(recipe.optimizer.place, "the optimizer")
        source.replace(call, f"{source.module_name('keras', 'keras')}.optimizers.Adam()")
        return
    source.replace(optimizer_argument(source.compile(recipe)).value, '"adam"')


def optimizer_argument(call: cst.Call) -> cst.Arg:
    """What ``compile`` is given as its optimizer.

    Raises:
        PatchError: nothing.
    """
    found = argument(call, "optimizer", 0)
    if found is None:
        raise PatchError("compile is not given an optimizer")
    return found


def _epochs(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    call = source.fit(recipe)
    given = argument(call, "epochs", 3)
    if given is None or isinstance(given.value, cst.Integer):
        set_argument(source, call, "epochs", 3, str(cured.fit.epochs))
    elif isinstance(remedy, TrainLonger):
        source.replace(given.value, f"{source.code(given.value)} * {remedy.factor}")


EDITORS: dict[type[Remedy], Editor] = {
    ConstantRate: _rate,
    SetRate: _rate,
    UseAdam: _adam,
    TrainAtAll: _epochs,
    TrainLonger: _epochs,
}
