"""Remedies of the data: its scale, its encoding, its shape, its batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unstuck.errors import RemedyError
from unstuck.recipe import Recipe
from unstuck.remedies._edit import extended, with_layers
from unstuck.remedy import Reach, Remedy
from unstuck.transform import Classes, Fill, Log, Period, Scale, Shape


@dataclass(frozen=True)
class FillMissing(Remedy):
    """The median of its feature where an input is missing or infinite."""

    name = "fill-missing"
    slot = "missing"
    reach = Reach.CORRECTION
    order = -1

    def apply(self, recipe: Recipe) -> Recipe:
        inputs = recipe.trained_inputs()
        if all(np.isfinite(x).all() for x in inputs):
            raise RemedyError("no number is missing from the inputs")
        fills = [Fill.by_median(x) for x in inputs]
        return replace(recipe, before=extended(recipe.before, fills))

    def describe(self) -> str:
        return "fill what is missing from the inputs with the median of its feature"


@dataclass(frozen=True)
class StandardizeInputs(Remedy):
    """Every real-valued input to mean 0 and standard deviation 1, feature by feature."""

    name = "standardize-inputs"
    slot = "inputs"
    reach = Reach.SCALE

    def apply(self, recipe: Recipe) -> Recipe:
        if any(layer.kind == "Embedding" for layer in recipe.model.layers):
            raise RemedyError("an embedding looks its inputs up: they cannot be scaled")
        inputs = recipe.trained_inputs()
        return replace(recipe, before=extended(recipe.before, [Scale.to_unit(x) for x in inputs]))

    def describe(self) -> str:
        return "scale the inputs to mean 0 and standard deviation 1"


@dataclass(frozen=True)
class StandardizeTargets(Remedy):
    """Every target, or those of the named ``outputs``, to mean 0 and standard deviation 1;
    predictions are scaled back."""

    outputs: tuple[str, ...] = ()
    name = "standardize-targets"
    slot = "targets"
    reach = Reach.SCALE

    def apply(self, recipe: Recipe) -> Recipe:
        scales = [
            Scale.to_unit(y) if not self.outputs or recipe.loss.called(j) in self.outputs else None
            for j, y in enumerate(recipe.trained_targets())
        ]
        if not any(scales):
            raise RemedyError(f"no output is called {' or '.join(self.outputs)}")
        return replace(recipe, after=extended(recipe.after, scales))

    def describe(self) -> str:
        which = f"the targets of {', '.join(self.outputs)}" if self.outputs else "the targets"
        return f"scale {which} to mean 0 and standard deviation 1, and predictions back"


@dataclass(frozen=True)
class LogTargets(Remedy):
    """Targets as ``log(1 + y)``, standardised; predictions are turned back."""

    name = "log-targets"
    slot = "targets"
    reach = Reach.SCALE

    def apply(self, recipe: Recipe) -> Recipe:
        targets = recipe.trained_targets()
        if any(np.min(y) < 0 for y in targets):
            raise RemedyError("a logarithm needs targets of at least 0")
        logs = [Log.of(y) for y in targets]
        scales = [Scale.to_unit(log.forward(y)) for log, y in zip(logs, targets, strict=True)]
        return replace(recipe, after=extended(extended(recipe.after, logs), scales))

    def describe(self) -> str:
        return "train on the logarithm of the targets, and turn predictions back"


@dataclass(frozen=True)
class ClassTargets(Remedy):
    """Distinct target rows as classes, one output unit each, under softmax and categorical
    cross-entropy; the predicted class is turned back into its row."""

    name = "class-targets"
    slot = "encoding"
    reach = Reach.CORRECTION
    order = -1

    def apply(self, recipe: Recipe) -> Recipe:
        if len(recipe.data.targets) != 1:
            raise RemedyError("only a single target can be made classes")
        classes = Classes.of(recipe.data.targets[0])
        head = recipe.model.output_layer
        if head.kind != "Dense":
            raise RemedyError(f"the output layer is {head.kind}, not Dense")
        changes = {"units": len(classes.table), "activation": "softmax"}
        changed = with_layers(recipe, lambda layer: changes if layer.name == head.name else {})
        loss = replace(
            recipe.loss,
            name="categorical_crossentropy",
            pickled=b"",
            custom=False,
            from_logits=False,
            aligns_shapes=True,
        )
        return replace(changed, loss=loss, after=extended(recipe.after, [classes]))

    def describe(self) -> str:
        return "make each distinct target a class with one output unit, and read the likeliest"


@dataclass(frozen=True)
class LabelsFromZero(Remedy):
    """Two labels that follow on each other, ``first`` and the next, as 0 and 1."""

    first: int
    name = "labels-from-zero"
    slot = "encoding"
    reach = Reach.CORRECTION
    order = -1

    def apply(self, recipe: Recipe) -> Recipe:
        labels = recipe.data.targets[0]
        if len(recipe.data.targets) != 1 or not np.isin(labels, (self.first, self.first + 1)).all():
            raise RemedyError(f"the labels are not {self.first} and {self.first + 1}")
        return replace(recipe, after=extended(recipe.after, [Scale((float(self.first),), (1.0,))]))

    def describe(self) -> str:
        return f"number the labels from 0: subtract {self.first} where they are made"


@dataclass(frozen=True)
class MatchShapes(Remedy):
    """Targets in the shape of the output they are compared with."""

    name = "match-shapes"
    slot = "shape"
    reach = Reach.CORRECTION
    order = -2

    def apply(self, recipe: Recipe) -> Recipe:
        target, output = recipe.data.targets[0], recipe.model.output_layer.output_shape
        outside = target.shape[1:]
        inside = tuple(int(n) for n in output if n is not None)
        if int(np.prod(outside)) != int(np.prod(inside)) or outside == inside:
            raise RemedyError("target and output do not hold as many numbers each")
        return replace(recipe, after=extended(recipe.after, [Shape(outside, inside)]))

    def describe(self) -> str:
        return "give targets and output the same shape"


@dataclass(frozen=True)
class CopyBatches(Remedy):
    """Each batch in memory of its own, as it was when the program made it."""

    name = "copy-batches"
    slot = "batches"
    reach = Reach.CORRECTION
    order = -3

    def apply(self, recipe: Recipe) -> Recipe:
        if recipe.data.drawn is None or not recipe.data.shared_memory:
            raise RemedyError("the batches do not share memory")
        return replace(recipe, data=replace(recipe.data.drawn, shared_memory=False))

    def describe(self) -> str:
        return "copy each batch before it is handed over"


@dataclass(frozen=True)
class KeepPairs(Remedy):
    """Each input with the target that it has in the first epoch."""

    name = "keep-pairs"
    slot = "batches"
    reach = Reach.CORRECTION
    order = -3

    def apply(self, recipe: Recipe) -> Recipe:
        if recipe.data.drawn is None or not recipe.data.regrouped:
            raise RemedyError("every input keeps its target")
        return replace(recipe, data=replace(recipe.data.drawn, regrouped=0.0))

    def describe(self) -> str:
        return "shuffle inputs and targets together, by one order of the rows"


@dataclass(frozen=True)
class PeriodFeatures(Remedy):
    """The inputs as sines and cosines of their position within ``period``; ``places`` are the
    weights that make a number of a row (powers of two for bits)."""

    period: int
    places: tuple[float, ...]
    name = "period-features"
    slot = "inputs"
    reach = Reach.STRUCTURE

    def apply(self, recipe: Recipe) -> Recipe:
        if len(recipe.data.inputs) != 1 or len(self.places) != recipe.data.inputs[0][0].size:
            raise RemedyError("the input is not one row of numbers of the expected width")
        width = 2 * (self.period // 2)
        first = recipe.model.layers[0]
        changed = with_layers(recipe, lambda layer: _resized(layer, first.name, width))
        before = ((Period(self.period, self.places),),)
        return replace(changed, before=before)

    def describe(self) -> str:
        return f"give the network sines and cosines of the number within a period of {self.period}"


def _resized(layer: Any, first: str, width: int) -> dict[str, Any]:
    shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
    if layer.kind == "InputLayer" and shape:
        return {"batch_shape": [shape[0], width]}
    return {}
