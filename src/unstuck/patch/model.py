"""Edits of the model: its layers, and preprocessing that it carries inside."""

from __future__ import annotations

import libcst as cst
import numpy as np

from unstuck.errors import PatchError
from unstuck.patch.source import Editor, Source, argument, remove_argument, set_argument
from unstuck.recipe import Feed, Layer, Recipe
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


def layer_call(source: Source, recipe: Recipe, layer: Layer) -> cst.Call:
    """The call that makes a layer, and no other one.

    Raises:
        PatchError: several layers are made there (by a loop, say), or the place is not known.
    """
    _alone(recipe, layer)
    return source.maker(layer.place, layer.name)


def _placed_call(source: Source, recipe: Recipe, layer: Layer) -> cst.Call:
    """As ``layer_call``, with what is wrapped around the layer."""
    _alone(recipe, layer)
    return source.call(layer.place, layer.name)


def _alone(recipe: Recipe, layer: Layer) -> None:
    same = [x for x in recipe.model.layers if x.place == layer.place]
    if len(same) > 1:
        raise PatchError(f"{len(same)} layers are made on line {layer.place and layer.place.line}")


def _output_call(source: Source, recipe: Recipe, name: str) -> cst.Call:
    """The call that makes the layer of that name, or that of the output."""
    named = [x for x in recipe.model.layers if x.name == name]
    return layer_call(source, recipe, named[0] if named else recipe.model.output_layer)


def _linear(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, LinearOutput)
    call = _output_call(source, recipe, remedy.layer)
    given = argument(call, "activation", 1)
    if given is None:
        raise PatchError("the output layer's activation is not among its arguments")
    remove_argument(source, call, given)


def _probable(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, ProbabilityOutput)
    call = _output_call(source, recipe, remedy.layer)
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


def changed_layers(recipe: Recipe, cured: Recipe, setting: str) -> list[Layer]:
    """The layers as captured that have another value of a setting when cured."""
    pairs = zip(recipe.model.layers, cured.model.layers, strict=True)
    return [old for old, new in pairs if old.config.get(setting) != new.config.get(setting)]


def _spread(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    for layer in changed_layers(recipe, cured, "target_shape"):
        set_argument(source, layer_call(source, recipe, layer), "target_shape", 0, "(-1, 1)")


def put_first(source: Source, recipe: Recipe, made: str) -> None:
    """Put a layer, the text ``made``, between the input and the first layer of the model."""
    first = next(x for x in recipe.model.layers if x.kind != "InputLayer")
    call = _placed_call(source, recipe, first)
    outer = source.parent(call)
    texts = [*_shape_of_one(source, recipe, call), made]
    if isinstance(outer, cst.Element):
        gap = _gap(source, outer)
        source.insert(source.span(outer)[0], "".join(f"{text},{gap}" for text in texts))
    elif isinstance(outer, cst.Call) and outer.func is call and len(outer.args) == 1:
        given = outer.args[0].value
        source.replace(given, f"{made}({source.code(given)})")
    elif isinstance(outer, cst.Arg):
        adder = _adder(source, outer)
        source.before(source.statement(call), [f"{adder}({text})" for text in texts])
    else:
        raise PatchError(f"{first.name} is not put into the model where it is made")


def _shape_of_one(source: Source, recipe: Recipe, call: cst.Call) -> list[str]:
    """An input for rows of one number each, ``(N,)``, where the first layer declares it: Keras
    makes them columns for a model that knows its input when it is made, and for no other."""
    told = ("input_shape", "input_dim", "batch_input_shape")
    if recipe.data.inputs[0].ndim > 1 or not any(argument(call, name) for name in told):
        return []
    return [f"{source.module_name('keras', 'keras')}.Input((1,))"]


def put_last(source: Source, recipe: Recipe, made: str) -> None:
    """Put a layer, the text ``made``, after the last layer of the model."""
    last = recipe.model.output_layer
    call = _placed_call(source, recipe, last)
    outer = source.parent(call)
    if isinstance(outer, cst.Element):
        source.insert(source.span(outer.value)[1], f",{_gap(source, outer)}{made}")
    elif isinstance(outer, cst.Call) and outer.func is call:
        start, end = source.span(outer)
        source.insert(start, f"{made}(")
        source.insert(end, ")")
    elif isinstance(outer, cst.Arg):
        source.after(source.statement(call), [f"{_adder(source, outer)}({made})"])
    else:
        raise PatchError(f"{last.name} is not put into the model where it is made")


def _gap(source: Source, element: cst.Element) -> str:
    """What separates an element of a list from the next: a new line where it begins one."""
    start = source.span(element)[0]
    indent = source.indent(start)
    return f"\n{indent}" if not indent.strip() else " "


def _adder(source: Source, arg: cst.Arg) -> str:
    outer = source.parent(arg)
    method = outer.func if isinstance(outer, cst.Call) else None
    if isinstance(method, cst.Attribute) and method.attr.value == "add":
        return source.code(method)
    raise PatchError("the layer is not added to a model where it is made")


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
