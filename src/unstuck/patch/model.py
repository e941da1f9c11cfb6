"""Edits of the model: its layers, and preprocessing that it carries inside."""

from __future__ import annotations

import libcst as cst
import numpy as np

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, remove_argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.patch.standing import changed_layers, layer_call, named_call, put_first, put_last
from unstuck.recipe import Feed, Recipe
from unstuck.remedies import (
    LinearOutput,
    MatchShapes,
    OutputUnits,
    PeriodFeatures,
    ProbabilityOutput,
    SpreadSteps,
    StandardizeInputs,
    Widen,
)
from unstuck.remedy import Remedy

CONSTANTS = 16  # numbers that may stand in the source


def _linear(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, LinearOutput)
    call = named_call(source, recipe, remedy.layer)
    given = argument(call, "activation", 1)
    if given is None:
        raise PatchError("the output layer's activation is not among its arguments")
    remove_argument(source, call, given)


def _probable(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, ProbabilityOutput)
    call = named_call(source, recipe, remedy.layer)
    set_argument(source, call, "activation", 1, f'"{remedy.activation}"')


def _as_many(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, OutputUnits)
    call = layer_call(source, recipe, recipe.model.output_layer)
    set_argument(source, call, "units", 0, str(remedy.units))


def _wide(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, Widen)
    for layer in changed_layers(recipe, cured, "units"):
        if layer.name == recipe.model.output_layer.name:
            continue
        call = layer_call(source, recipe, layer)
        given = argument(call, "units", 0)
        if given is None or not isinstance(given.value, cst.Integer):
            raise PatchError(f"the units of {layer.name} are not given as a number")
        source.replace(given.value, str(remedy.units))


def _spread(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    for layer in changed_layers(recipe, cured, "target_shape"):
        set_argument(source, layer_call(source, recipe, layer), "target_shape", 0, "(-1, 1)")


def _scaled_inputs(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """A Normalization layer inside the model, so that every prediction is scaled alike. It is
    adapted to the rows that ``fit`` is given; where those are batches, or a loop's own, it holds
    the numbers."""
    if len(recipe.data.inputs) != 1:
        raise PatchError("the model has several inputs")
    keras = source.module_name("keras", "keras")
    own = recipe.fit.by == "fit"
    fit = source.call(recipe.fit.place, "fit")
    given = argument(fit, "x", 0) if own else None
    simple = isinstance(given.value, cst.Name | cst.Attribute | cst.Subscript) if given else False
    columns = recipe.data.feed is Feed.ARRAYS and recipe.data.inputs[0].ndim > 1
    if columns and given is not None and simple:
        put_first(source, recipe, f'{keras}.layers.Normalization(name="standardize_inputs")')
        fitted = _receiver(source, fit)
        rows = source.code(given.value)
        if source.imports("pandas"):  # a frame is taken by fit, and not by adapt
            rows = f"{source.module_name('numpy', 'np')}.asarray({rows})"
        line = f'{fitted}.get_layer("standardize_inputs").adapt({rows})'
        source.before(source.statement(fit), [line])
        return
    mean, variance = _statistics(cured)
    put_first(source, recipe, f"{keras}.layers.Normalization(mean={mean}, variance={variance})")


def _statistics(cured: Recipe) -> tuple[list[float], list[float]]:
    scale = cured.before[0][0]
    offset, spread = getattr(scale, "offset", ()), getattr(scale, "spread", ())
    if not 0 < len(offset) <= CONSTANTS:
        raise PatchError(f"{len(offset)} features are too many to write their scales down")
    rounded = [float(f"{m:.6g}") for m in offset]
    return rounded, [float(f"{s * s:.6g}") for s in spread]


def _receiver(source: Source, call: cst.Call) -> str:
    if not isinstance(call.func, cst.Attribute):
        raise PatchError("fit is not called on a model by name")
    return source.code(call.func.value)


def _matching(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """The output takes the targets' shape; targets without a second axis get one instead."""
    target = recipe.data.targets[0].shape[1:]
    if target:
        keras = source.module_name("keras", "keras")
        inner = ", ".join(str(n) for n in target) + ("," if len(target) == 1 else "")
        put_last(source, recipe, f"{keras}.layers.Reshape(({inner}))")
        return
    given = argument(source.fit(recipe), "y", 1)
    if given is None:
        raise PatchError("the targets are not an argument of fit")
    numpy = source.module_name("numpy", "np")
    source.replace(given.value, f"{numpy}.reshape({source.code(given.value)}, (-1, 1))")


def _periodic(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    """A function of the model's input, put first as a Lambda layer."""
    assert isinstance(remedy, PeriodFeatures)
    keras, numpy = source.module_name("keras", "keras"), source.module_name("numpy", "np")
    (name,) = source.fresh("period_features")
    period = remedy.period
    lines = [
        "",
        f"def {name}(values):",
        f'    """Sines and cosines of the number within a period of {period}."""',
        f"    places = {_places(remedy, numpy)} % {period}",
        f'    rows = {keras}.ops.reshape({keras}.ops.cast(values, "float32"), '
        f"(-1, {len(remedy.places)}))",
        f"    number = {keras}.ops.sum(rows * places, axis=-1, keepdims=True)",
        f"    turns = {keras}.ops.mod(number, {period}) / {period}",
        f"    angles = 2 * {numpy}.pi * turns * {numpy}.arange(1, {period // 2 + 1}, "
        'dtype="float32")',
        f"    return {keras}.ops.concatenate([{keras}.ops.sin(angles), {keras}.ops.cos(angles)], "
        "axis=-1)",
        "",
        "",
    ]
    first = next(x for x in recipe.model.layers if x.kind != "InputLayer")
    statement = source.statement(layer_call(source, recipe, first))
    put_first(source, recipe, f"{keras}.layers.Lambda({name})")
    source.before(_at_the_top(source, statement), lines)


def _places(remedy: PeriodFeatures, numpy: str) -> str:
    width = len(remedy.places)
    rising = f'{numpy}.array([2**i for i in range({width})], dtype="int64")'
    if width == 1:
        return f"{numpy}.array([1])"
    return rising if np.all(np.diff(remedy.places) > 0) else f"{rising}[::-1]"


def _at_the_top(source: Source, statement: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
    if source.around(statement, cst.FunctionDef) is not None:
        raise PatchError("the model is made inside a function")
    return statement


EDITORS: dict[type[Remedy], Editor] = {
    LinearOutput: _linear,
    ProbabilityOutput: _probable,
    OutputUnits: _as_many,
    Widen: _wide,
    SpreadSteps: _spread,
    StandardizeInputs: _scaled_inputs,
    MatchShapes: _matching,
    PeriodFeatures: _periodic,
}
