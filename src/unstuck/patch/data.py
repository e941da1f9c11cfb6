"""Edits of the data: targets that are scaled or encoded, and batches that are copied.

A change of the targets has two ends: ``fit`` is given other numbers, and right after it the
model is wrapped, so that whatever the program does with predictions stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import numpy as np

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.patch.standing import layer_call
from unstuck.recipe import Feed, Recipe
from unstuck.remedies import ClassTargets, CopyBatches, FillMissing, LogTargets, StandardizeTargets
from unstuck.remedy import Remedy


class _Targets:
    """The call of ``fit`` and what it is given as targets.

    Raises:
        PatchError: the targets do not reach ``fit`` as an argument, or the model is not a
            variable of the same function, so that wrapping it would not reach its uses.
    """

    def __init__(self, source: Source, recipe: Recipe) -> None:
        self.source = source
        self.fit = source.fit(recipe)
        given = argument(self.fit, "y", 1)
        if recipe.data.feed is Feed.BATCHES or given is None:
            raise PatchError("the targets come in batches and are no argument of fit")
        if len(recipe.data.targets) != 1:
            raise PatchError("the program has several outputs, with targets of their own")
        if argument(self.fit, "validation_data") is not None and recipe.validation is None:
            raise PatchError("the validation data are not known")
        self.given = given
        self.y = source.code(given.value)
        self.statement = source.statement(self.fit)
        self.model = self._model()
        self.keras = source.module_name("keras", "keras")
        self.numpy = source.module_name("numpy", "np")

    def _model(self) -> str:
        function = self.fit.func
        if not isinstance(function, cst.Attribute) or not isinstance(function.value, cst.Name):
            raise PatchError("fit is not called on a model by a simple name")
        name = function.value.value
        home = self.source.around(self.fit, cst.FunctionDef)
        if home is not None and not self._assigned(name, home):
            raise PatchError(f"{name} is made outside the function that trains it")
        return name

    def _assigned(self, name: str, home: cst.FunctionDef) -> bool:
        return any(
            self.source.code(target.target) == name
            for node in self.source.all(cst.Assign)
            if self.source.around(node, cst.FunctionDef) is home
            for target in node.targets
        )

    def change(self, form: str, before: Sequence[str], wrapped: Sequence[str]) -> None:
        """Train on ``form`` (a pattern with ``{y}``), after the lines ``before``; then wrap."""
        source = self.source
        source.before(self.statement, before)
        source.replace(self.given.value, form.format(y=self._operand(self.y)))
        self._validation(form)
        source.after(self.statement, [*wrapped, *self._compiled_again()])

    def _operand(self, text: str) -> str:
        simple = text.replace("_", "").replace(".", "").isalnum()
        return text if simple else f"({text})"

    def _validation(self, form: str) -> None:
        found = argument(self.fit, "validation_data")
        if found is None:
            return
        if isinstance(found.value, cst.Tuple) and len(found.value.elements) >= 2:
            second = found.value.elements[1].value
            text = form.format(y=self._operand(self.source.code(second)))
            self.source.replace(second, text)
        elif isinstance(found.value, cst.Name):
            name = found.value.value
            text = form.format(y=f"{name}[1]")
            self.source.replace(found.value, f"({name}[0], {text})")
        else:
            raise PatchError("the validation data are made inside the call of fit")

    def _compiled_again(self) -> list[str]:
        """``evaluate`` needs a compiled model: compile the wrapped one as the program did."""
        calls = [c for c in self.source.all(cst.Call) if isinstance(c.func, cst.Attribute)]
        named = [(self.source.code(c.func), c) for c in calls]
        if not any(name == f"{self.model}.evaluate" for name, _ in named):
            return []
        compiled = [c for name, c in named if name == f"{self.model}.compile"]
        if not compiled:
            raise PatchError("the model is evaluated, and it is not seen where it is compiled")
        return [" ".join(self.source.code(compiled[-1]).split())]


def _standardized(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    targets = _Targets(source, recipe)
    mean, std = source.fresh("y_mean", "y_std")
    np_, keras, model = targets.numpy, targets.keras, targets.model
    targets.change(
        f"({{y}} - {mean}) / {std}",
        [f"{mean}, {std} = {np_}.mean({targets.y}, axis=0), {np_}.std({targets.y}, axis=0)"],
        [
            f"{model} = {keras}.Model({model}.inputs, {keras}.layers.Rescaling("
            f"{std}.tolist(), offset={mean}.tolist())({model}.outputs[0]))"
        ],
    )


def _logarithmic(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    targets = _Targets(source, recipe)
    mean, std, logs = source.fresh("log_mean", "log_std", "logs")
    np_, keras, model = targets.numpy, targets.keras, targets.model
    log = f"{np_}.log1p({targets.y})"
    targets.change(
        f"({np_}.log1p({{y}}) - {mean}) / {std}",
        [f"{mean}, {std} = {np_}.mean({log}, axis=0), {np_}.std({log}, axis=0)"],
        [
            f"{logs} = {keras}.layers.Rescaling({std}.tolist(), offset={mean}.tolist())("
            f"{model}.outputs[0])",
            f"{model} = {keras}.Model({model}.inputs, {keras}.ops.expm1({logs}))",
        ],
    )


def _classes(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    if recipe.validation is not None:
        raise PatchError("validation targets may hold classes that the training targets lack")
    targets = _Targets(source, recipe)
    table, ids, chosen = source.fresh("classes", "class_ids", "likeliest")
    np_, keras, model = targets.numpy, targets.keras, targets.model
    head = recipe.model.output_layer
    call = layer_call(source, recipe, head)
    set_argument(source, call, "units", 0, str(cured.model.output_layer.units))
    if head.config.get("activation") != "softmax":
        set_argument(source, call, "activation", 1, '"softmax"')
    if recipe.loss.name != "categorical_crossentropy":
        compiled = source.compile(recipe)
        set_argument(source, compiled, "loss", 1, '"categorical_crossentropy"')
    targets.change(
        f"{np_}.eye(len({table}))[{ids}.ravel()]",
        [f"{table}, {ids} = {np_}.unique({targets.y}, axis=0, return_inverse=True)"],
        [
            f"{chosen} = {keras}.ops.one_hot({keras}.ops.argmax({model}.outputs[0], axis=-1), "
            f"len({table}))",
            f"{model} = {keras}.Model({model}.inputs, "
            f'{keras}.ops.matmul({chosen}, {table}.astype("float32")))',
        ],
    )


def _filled(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    given = argument(source.fit(recipe), "x", 0)
    if given is None or not isinstance(given.value, cst.Name) or len(recipe.data.inputs) != 1:
        raise PatchError("the inputs do not reach fit under one name")
    if recipe.validation is not None and not np.isfinite(recipe.validation.inputs[0]).all():
        raise PatchError("numbers are missing from the validation data too")
    x, np_ = given.value.value, source.module_name("numpy", "np")
    there = f"{np_}.where({np_}.isfinite({x}), {x}, {np_}.nan)"
    line = f"{x} = {np_}.where({np_}.isfinite({x}), {x}, {np_}.nanmedian({there}, axis=0))"
    source.before(source.statement(source.fit(recipe)), [line])


def _copied(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """Copies where batches are handed over: at the yields of the generator that ``fit`` is
    given, or at the returns of ``__getitem__``."""
    name = _source_of_batches(source, recipe)
    handed = [
        node.value
        for node in source.all(cst.Yield)
        if _home(source, node) == name and isinstance(node.value, cst.BaseExpression)
    ] + [
        node.value
        for node in source.all(cst.Return)
        if _home(source, node) == "__getitem__" and node.value is not None
    ]
    names = [n for value in handed for n in _handed_over(value)]
    if not names:
        raise PatchError("it is not seen where the batches are handed over")
    for node in names:
        source.insert(source.span(node)[1], ".copy()")


def _source_of_batches(source: Source, recipe: Recipe) -> str:
    given = argument(source.fit(recipe), "x", 0)
    if given is None:
        raise PatchError("fit is not given its batches as an argument")
    text = source.code(given.value)
    for node in source.all(cst.Assign):
        if any(source.code(t.target) == text for t in node.targets):
            text = source.code(node.value)
    return text.split("(")[0]


def _home(source: Source, node: cst.CSTNode) -> str:
    function = source.around(node, cst.FunctionDef)
    return function.name.value if function is not None else ""


def _handed_over(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    if isinstance(value, cst.Tuple | cst.List):
        return [n for element in value.elements for n in _handed_over(element.value)]
    return [value] if isinstance(value, cst.Name | cst.Attribute) else []


EDITORS: dict[type[Remedy], Editor] = {
    StandardizeTargets: _standardized,
    LogTargets: _logarithmic,
    ClassTargets: _classes,
    CopyBatches: _copied,
    FillMissing: _filled,
}
