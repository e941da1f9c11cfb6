"""Edits of the call of ``fit``: the order of the rows, and what they weigh."""

from __future__ import annotations

import libcst as cst

from unstuck.errors import PatchError
from unstuck.patch.arguments import argument, remove_argument, set_argument
from unstuck.patch.source import Editor, Source
from unstuck.recipe import Feed, Recipe
from unstuck.remedies import BalanceClasses, EqualWeights, MoveAxes, ShuffleRows
from unstuck.remedies.rows import made_of
from unstuck.remedy import Remedy

WEIGHTS = ("class_weight", "sample_weight")


def _shuffled(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """``shuffle=True``, and where rows are split off the end, all of them mixed before that."""
    if recipe.data.feed is Feed.BATCHES:
        raise PatchError("the batches are made by the program: shuffle the rows before that")
    call = source.fit(recipe)
    given = argument(call, "shuffle")
    if given is not None:
        source.replace(given.value, "True")
    if recipe.fit.validation_split:
        _mixed(source, recipe, call)


def _mixed(source: Source, recipe: Recipe, call: cst.Call) -> None:
    if len(recipe.data.inputs) != 1 or len(recipe.data.targets) != 1:
        raise PatchError("there are several inputs or outputs")
    rows = [argument(call, "x", 0), argument(call, "y", 1), argument(call, "sample_weight")]
    if rows[0] is None or rows[1] is None:
        raise PatchError("the rows are no arguments of fit")
    (order,) = source.fresh("order")
    numpy = source.module_name("numpy", "np")
    count = f"len({source.code(rows[0].value)})"
    line = f"{order} = {numpy}.random.default_rng(0).permutation({count})"
    source.before(source.statement(call), [line])
    for row in rows:
        if row is not None:
            source.replace(row.value, f"{numpy}.asarray({source.code(row.value)})[{order}]")


def _equal(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    call = source.fit(recipe)
    given = [a for a in (argument(call, name) for name in WEIGHTS) if a is not None]
    if not given:
        raise PatchError("the weights come with the batches")
    for arg in given:
        remove_argument(source, call, arg)


def _balanced(source: Source, recipe: Recipe, cured: Recipe, remedy: Remedy) -> None:
    assert isinstance(remedy, BalanceClasses)
    call = source.fit(recipe)
    if argument(call, "sample_weight") is not None:
        raise PatchError("fit takes class weights without sample weights only")
    weights = ", ".join(f"{k}: {w:.4g}" for k, w in enumerate(remedy.weights))
    set_argument(source, call, "class_weight", None, f"{{{weights}}}")


def _transposed(source: Source, recipe: Recipe, cured: Recipe, _: Remedy) -> None:
    """``transpose`` in place of each ``reshape`` that only takes axes out of their order."""
    rows = [*recipe.data.inputs, *(recipe.validation.inputs if recipe.validation else ())]
    made = [r for r in recipe.data.reshapes if any(made_of(r, x) for x in rows)]
    for place, found in {found.place: found for found in made}.items():
        if not found.axes:
            raise PatchError("a reshape adds or drops axes besides")
        call, order = source.call(place, "such an array"), ", ".join(map(str, found.axes))
        if not isinstance(call.func, cst.Attribute):
            raise PatchError("reshape is called by another name")
        owner = source.code(call.func.value)
        if source.imports("numpy") and owner == source.module_name("numpy", "np"):
            array = argument(call, "a", 0)
            if array is None:
                raise PatchError("it is not seen which array is reshaped")
            order = f"{source.code(array.value)}, ({order})"
        source.replace(call, f"{owner}.transpose({order})")


EDITORS: dict[type[Remedy], Editor] = {
    ShuffleRows: _shuffled,
    EqualWeights: _equal,
    BalanceClasses: _balanced,
    MoveAxes: _transposed,
}
