"""unused-layers: layers that a model owns and that lead to no output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Loose, ModelKind, Recipe
from unstuck.trace import Trace


def _named(name: str, units: int = 9) -> Layer:
    made = dense(units, "relu")
    return replace(made, name=name, config={**made.config, "name": name})


def _with(unused: tuple[Layer, ...], repeated: tuple[Layer, ...] = ()) -> Recipe:
    made = regression()
    loose = Loose(unused=unused, repeated=repeated)
    return replace(made, model=replace(made.model, kind=ModelKind.SUBCLASSED, loose=loose))


class UnusedLayers(Check):
    name = "unused-layers"
    severity = Severity.WARNING
    summary = "The model makes a layer, and its call never uses what it gives."
    why = (
        "A slip of a name in call: a result that the next line does not read, or one tower called "
        "for both inputs. The network that is trained is another one than was meant."
    )
    instead = "Call each layer, and hand on what it returns; or remove it."
    false_alarms = (
        "Layers for another method of the model, or for later. They are a note, unless a layer of "
        "the same settings is called more than once, as where one stands in for the other."
    )
    sources = ("measured: Keras 3.15.1 builds and trains such a model and says nothing",)
    firing = (
        Case("left out", lambda: _with((_named("b", 7),))),
        Case("another stands in for it", lambda: _with((_named("b"),), (_named("a"),))),
    )
    silent = (
        Case("all lead to the output", regression),
        Case("one is called twice", lambda: _with((), (_named("a"),))),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        loose = recipe.model.loose
        if not loose.unused:
            return
        pairs = ((layer, _stands_in(layer, recipe)) for layer in loose.unused)
        layer, other = next((p for p in pairs if p[1]), (loose.unused[0], ""))
        more = f" (and {len(loose.unused) - 1} more)" if len(loose.unused) > 1 else ""
        twice = f"; {other}, of the same settings, is called more than once" if other else ""
        yield self.found(
            f"no output depends on {layer.name}{more}, which the model makes{twice}",
            {"unused": len(loose.unused), "stands_in": other},
            layer.place,
            layer=layer,
            severity=None if other else Severity.NOTE,
        )


def _stands_in(unused: Layer, recipe: Recipe) -> str:
    """The layer that is called in place of an unused one, by its name; "" if none is."""
    called = [x for x in recipe.model.loose.repeated if x.parameters]
    return next((x.name for x in called if _settings(x) == _settings(unused)), "")


def _settings(layer: Layer) -> object:
    return layer.kind, {k: v for k, v in layer.config.items() if k != "name"}
