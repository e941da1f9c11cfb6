"""misread-sequence: return_sequences and last-step slips."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import layer, normal, recipe, regression
from unstuck.checks._source import assigned, method, parsed, root
from unstuck.checks._task import RECURRENT
from unstuck.finding import Finding, Severity
from unstuck.recipe import Config, Layer, Model, Recipe
from unstuck.remedies import LastStep
from unstuck.remedies.graph import followers
from unstuck.remedies.layers import returns_sequences
from unstuck.trace import Trace

STEPS = 12


def _to_each_step(*target: int, sequences: bool = True) -> Recipe:
    shape: tuple[int, ...] = (STEPS,) if sequences else ()
    layers = [
        layer("LSTM", (*shape, 16), units=16, activation="tanh", return_sequences=sequences),
        layer("Dense", (*shape, 1), units=1, activation="linear"),
    ]
    return recipe(normal(99, STEPS, 2), normal(99, *target), layers)


def _taking(step: int) -> Recipe:
    made = _to_each_step(1)
    key = [{"class_name": "__slice__"}, step, {"class_name": "__slice__"}]
    names = [x.name for x in made.model.layers]
    entries = [
        {"class_name": "LSTM", "config": {"name": names[0]}, "inbound_nodes": []},
        {
            "class_name": "GetItem",
            "name": "get_item",
            "config": {"name": "get_item"},
            "inbound_nodes": [{"args": [{"config": {"keras_history": [names[0], 0, 0]}}, key]}],
        },
        {
            "class_name": "Dense",
            "config": {"name": names[1]},
            "inbound_nodes": [{"args": [{"config": {"keras_history": ["get_item", 0, 0]}}]}],
        },
    ]
    first, last = made.model.layers
    head = Layer(last.name, "Dense", last.config, (16,), (1,), 1)
    model = Model(made.model.kind, {"config": {"layers": entries}}, (first, head))
    return replace(made, model=model)


class MisreadSequence(Check):
    name = "misread-sequence"
    summary = "A recurrent network that answers at every step, or from its first, for one target."
    why = (
        "With return_sequences=True every step is compared with the one target, so steps that "
        "have seen nothing yet pull the answer to the mean. At the first step a recurrent layer "
        "has read one row of the sequence and no more."
    )
    instead = "return_sequences=False in the last recurrent layer, or its last step, x[:, -1]."
    false_alarms = (
        "A target for each step, or pooling over the steps, wants whole sequences; the first step "
        "of a Bidirectional or reversed layer has read all of them. These are not reported."
    )
    sources = ("Keras: return_sequences", "measured: Keras 3.15.1 broadcasts (N, 1) over the steps")
    firing = (
        Case("one number, twelve answers", lambda: _to_each_step(1)),
        Case("the same without an axis", _to_each_step),
        Case("the first step taken", lambda: _taking(0)),
        Case(
            "its predictions read at the last step",
            lambda: replace(_to_each_step(1), source="p = model.predict(x)\nprint(p[:, -1, 0])\n"),
        ),
    )
    silent = (
        Case("the last step", lambda: _to_each_step(1, sequences=False)),
        Case("a target for each step", lambda: _to_each_step(STEPS)),
        Case("a column for each step", lambda: _to_each_step(STEPS, 1)),
        Case("the last step taken", lambda: _taking(-1)),
        Case("no sequence", regression),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        yield from self._every_step(recipe)
        for one in _read_at_first(recipe.model):
            yield self.found(
                f"of {one.name} the first step is taken, which has read 1 of "
                f"{one.output_shape[0] or 'its'} steps",
                {"step": 0},
                one.place,
                layer=one,
                severity=Severity.ERROR,
            )

    def _every_step(self, recipe: Recipe) -> Iterator[Finding]:
        recurrent = [x for x in recipe.model.layers if _keeps_steps(x)]
        shape = recipe.model.output_layer.output_shape
        if not recurrent or len(shape) != 2 or len(recipe.data.targets) != 1:
            return
        target = recipe.data.targets[0].shape[1:]
        last, steps = recurrent[-1], shape[0]
        if target not in ((), (1,)) or steps == 1 or last.output_shape[0] != steps:
            return
        meant = _reads_last_step(recipe.source)  # trials would judge every step
        yield self.found(
            f"{last.name} gives every one of {steps or 'its'} steps, and the loss compares each "
            "with the one target that a row has",
            {"steps": steps or 0, "target_shape": str(target)},
            last.place,
            () if meant else (LastStep(),),
            layer=last,
            severity=Severity.WARNING if meant else Severity.ERROR,
        )


def _reads_last_step(source: str) -> bool:
    """Whether the program takes the last step of its predictions, ``p[:, -1]``."""
    nodes = list(ast.walk(parsed(source)))
    predicted = {
        t.id for n in nodes for t, v in assigned(n) if isinstance(t, ast.Name) and _asks(v)
    }
    return any(
        isinstance(n, ast.Subscript)
        and (_asks(n.value) or root(n.value) in predicted)
        and isinstance(n.slice, ast.Tuple)
        and len(n.slice.elts) > 1
        and ast.unparse(n.slice.elts[1]) == "-1"
        for n in nodes
    )


def _asks(value: ast.expr) -> bool:
    return any(method(n)[1] == "predict" for n in ast.walk(value))


def _keeps_steps(layer: Layer) -> bool:
    return layer.kind in RECURRENT and returns_sequences(layer) and len(layer.output_shape) == 2


def _read_at_first(model: Model) -> Iterator[Layer]:
    """Recurrent layers in reading order whose output is indexed by ``[:, 0]`` and nothing else."""
    operations = _operations(model.config)
    edges = followers(model)
    for one in model.layers:
        reads = edges.get(one.name, [])
        forwards = one.kind in RECURRENT and one.kind != "Bidirectional"
        if forwards and not one.config.get("go_backwards") and len(reads) == 1:
            entry = operations.get(reads[0], {})
            if entry.get("class_name") == "GetItem" and _index(entry) == 0:
                yield one


def _operations(config: Config) -> dict[str, Config]:
    inner = config.get("config") or {}
    return {str(e["config"].get("name") or e.get("name")): e for e in inner.get("layers", ())}


def _index(entry: Mapping[str, Any]) -> Any:
    """The second index of a ``GetItem``: the step, where it is one number."""
    try:
        key = entry["inbound_nodes"][0]["args"][1]
        return key[1] if isinstance(key, list | tuple) and not isinstance(key[1], Mapping) else None
    except (KeyError, IndexError, TypeError):
        return None
