"""Each of several outputs with a loss of its own, as a recipe of that output alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._labels import LABEL_LOSSES
from unstuck.checks._task import REGRESSION_LOSSES, SHAPING
from unstuck.finding import Finding
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import LinearOutput, ProbabilityOutput
from unstuck.remedy import Remedy

KNOWN = REGRESSION_LOSSES | LABEL_LOSSES


def outputs(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """The name of each output under one of Keras's own losses, and the recipe without the others;
    nothing of a program of one output."""
    loss = recipe.loss
    if not loss.parts or len(loss.outputs) != len(loss.parts):
        return
    for place, (name, part) in enumerate(zip(loss.outputs, loss.parts, strict=True)):
        own = next((x for x in recipe.model.layers if x.name == name), None)
        if part in KNOWN and own is not None and own.kind not in SHAPING:
            yield name, _alone(recipe, place, own)


def _alone(recipe: Recipe, place: int, own: Layer) -> Recipe:
    loss, data = recipe.loss, recipe.data
    rest = [x for x in recipe.model.layers if x.name not in loss.outputs]
    sample = recipe.model.sample_output[place : place + 1]
    return replace(
        recipe,
        model=replace(recipe.model, layers=(*rest, own), sample_output=sample),
        data=replace(data, targets=(data.targets[place],), output_weights=()),
        loss=replace(
            loss,
            name=loss.parts[place],
            from_logits=loss.takes_logits(place),
            pickled=b"",
            custom=False,
            parts=(),
            logits=(),
            outputs=(),
        ),
    )


def of_output(finding: Finding, name: str) -> Finding:
    """A finding about one output as one of the program: its remedies name the layer."""
    remedies = tuple(_named(remedy, name) for remedy in finding.remedies)
    return replace(finding, message=f"{finding.message} (output {name})", remedies=remedies)


def _named(remedy: Remedy, name: str) -> Remedy:
    if isinstance(remedy, LinearOutput | ProbabilityOutput) and not remedy.layer:
        return replace(remedy, layer=name)
    return remedy
