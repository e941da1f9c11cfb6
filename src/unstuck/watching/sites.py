"""Where parts of a training stand in its source, read from the text.

A program under ``unstuck check`` is seen while it makes its layers. One that only carries the
callback is not, so its text is asked: the calls of one kind are matched with the layers of that
kind where there are as many of both and what is written literally agrees. Otherwise a part has
no place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from unstuck.recipe import Layer, Place, Recipe


def located(recipe: Recipe) -> Recipe:
    """The recipe with the places that its source shows, where it has none yet."""
    try:
        calls = _calls(recipe.source)
    except (SyntaxError, ValueError, RecursionError):
        return recipe
    text = recipe.source.splitlines()

    def place(found: ast.Call | None) -> Place | None:
        return None if found is None else _place(found, recipe.script, text)

    layers = {name: place(call) for name, call in _of_layers(recipe.model.layers, calls).items()}
    compiled = place(_only(calls.get("compile", [])))
    made = place(_only(calls.get(recipe.optimizer.name, []))) if compiled else None
    return replace(
        recipe,
        model=replace(
            recipe.model,
            layers=tuple(replace(x, place=x.place or layers[x.name]) for x in recipe.model.layers),
        ),
        loss=replace(recipe.loss, place=recipe.loss.place or compiled),
        optimizer=replace(recipe.optimizer, place=recipe.optimizer.place or made or compiled),
    )


def _calls(source: str) -> dict[str, list[ast.Call]]:
    """The calls in a text, in its order, by the last word of what they call."""
    found: dict[str, list[ast.Call]] = {}
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    for node in sorted(nodes, key=lambda n: (n.end_lineno or 0, n.end_col_offset or 0)):
        called = node.func
        name = str(getattr(called, "attr", "") or getattr(called, "id", ""))
        if not (name == "compile" and getattr(getattr(called, "value", None), "id", "") == "re"):
            found.setdefault(name, []).append(node)
    return found


def _only(calls: Sequence[ast.Call]) -> ast.Call | None:
    return calls[0] if len(calls) == 1 else None


def _of_layers(
    layers: Sequence[Layer], calls: dict[str, list[ast.Call]]
) -> dict[str, ast.Call | None]:
    """The call that made each layer, by the layer's name."""
    found: dict[str, ast.Call | None] = {x.name: None for x in layers}
    for kind in {x.kind for x in layers}:
        own = sorted((x for x in layers if x.kind == kind), key=_number)
        there = calls.get(kind, [])
        if len(own) == len(there) and all(map(_agree, own, there)):
            found |= {x.name: call for x, call in zip(own, there, strict=True)}
    return found


def _number(layer: Layer) -> int:
    """Keras numbers layers of one kind in the order in which they are made."""
    number = re.search(r"_(\d+)$", layer.name)
    return int(number[1]) if number else 0


def _agree(layer: Layer, call: ast.Call) -> bool:
    """Whether a call could have made a layer: what it says literally is what the layer has."""
    said = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
    first = "units" if "units" in layer.config else "filters"
    if call.args and isinstance(call.args[0], ast.Constant) and first in layer.config:
        said[first] = call.args[0].value
    known = ("units", "filters", "activation", "name", "rate")
    return all(
        said[key] is None or said[key] == (layer.activation if key == "activation" else own)
        for key, own in layer.config.items()
        if key in known and key in said
    )


def _place(call: ast.Call, file: str, text: Sequence[str]) -> Place:
    end = call.end_lineno or call.lineno
    first = _characters(text[call.lineno - 1], call.col_offset)
    return Place(
        file, call.lineno, first, end, _characters(text[end - 1], call.end_col_offset or 0)
    )


def _characters(line: str, byte: int) -> int:
    return len(line.encode()[:byte].decode(errors="ignore"))
