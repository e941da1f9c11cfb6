"""frozen-layers: nothing, or not the part that must, is trainable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, initializer, integers, layer, recipe, regression
from unstuck.checks._source import mentions, trainings
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import Unfreeze
from unstuck.remedies.layers import ADAPTED
from unstuck.trace import Trace

# What brings weights that were learned elsewhere, or trains twice in one program.
LEARNED = frozenset(
    {"load_model", "load_weights", "set_weights", "from_preset", "applications", "weights"}
    | {"assign", "TFSMLayer", "hub", "KerasLayer", "clone_model", "from_pretrained"}
    | {"train_on_batch", "apply_gradients"}
)
DRAWING = frozenset(
    {"GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"}
    | {"RandomUniform", "RandomNormal", "TruncatedNormal", "VarianceScaling", "Orthogonal"}
    | {"OrthogonalInitializer"}
)
DRAWN = {"kernel_initializer": initializer("GlorotUniform")}


def _frozen(made: Recipe, *places: int) -> Recipe:
    """With layers whose weights are drawn unless they are said to be otherwise."""
    layers = tuple(
        replace(one, trainable=one.trainable and i not in places, config=DRAWN | dict(one.config))
        for i, one in enumerate(made.model.layers)
    )
    return replace(made, model=replace(made.model, layers=layers))


def _pretrained() -> Recipe:
    made = _frozen(regression(), 0)
    return replace(made, model=replace(made.model, given=(0, 1)))


def _watched(*untouched: int) -> Recipe:
    """The first layer is frozen, weights are loaded, and capture has seen which."""
    made = _frozen(regression(), 0)
    layers = tuple(replace(x, owns=(2 * i, 2 * i + 1)) for i, x in enumerate(made.model.layers))
    model = replace(made.model, layers=layers, untouched=untouched)
    return replace(made, model=model, source="encoder.load_weights('encoder.weights.h5')\n")


def _foreign() -> Recipe:
    """Of a layer that says nothing of how its weights came about."""
    made = _frozen(regression(), 0)
    first, *others = made.model.layers
    layers = (replace(first, config={}), *others)
    return replace(made, model=replace(made.model, layers=layers))


def _vectors() -> Recipe:
    table = {"class_name": "Constant", "config": {"value": 0}}
    embedding = layer("Embedding", (9, 8), units=8, embeddings_initializer=table)
    made = recipe(integers(0, 50, 99, 9), integers(0, 2, 99), [embedding, dense(1, "sigmoid")])
    return _frozen(made, 0)


class FrozenLayers(Check):
    name = "frozen-layers"
    severity = Severity.ERROR
    summary = "No layer is trainable, or one with random weights is frozen."
    why = (
        "Training changes trainable weights only. Where there are none, the loss stays where it "
        "began; a frozen layer with random weights stays a random map, and a frozen output layer "
        "lets nothing be fitted."
    )
    instead = "layer.trainable = True, before compile; freeze only what has learned elsewhere."
    false_alarms = (
        "A pretrained part is frozen on purpose, with a new head that learns: it is not reported. "
        "Random features are frozen on purpose too (extreme learning machines, reservoirs)."
    )
    sources = ("keras-team/keras#4674", "measured: Keras 3.15.1 on JAX fits nothing and is silent")
    firing = (
        Case("everything is frozen", lambda: _frozen(regression(), 0, 1)),
        Case("the output layer is frozen", lambda: _frozen(regression(), 1)),
        Case("random weights are frozen", lambda: _frozen(regression(), 0)),
        Case("loaded weights were for another model", lambda: _watched(0, 1, 2, 3)),
    )
    silent = (
        Case("all is trained", regression),
        Case("a pretrained part", _pretrained),
        Case("word vectors", _vectors),
        Case("a part that came from elsewhere", _foreign),
        Case("weights that were seen to change", lambda: _watched(2, 3)),
        Case(
            "loaded in the program",
            lambda: replace(_frozen(regression(), 0), source="base = load_model('base.keras')\n"),
        ),
        Case(
            "trained before in the program",
            lambda: replace(
                _frozen(regression(), 0), source="a.fit(x, x, epochs=9)\nb.fit(x, y, epochs=9)\n"
            ),
        ),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        owners = [x for x in recipe.model.learned_layers if x.kind not in ADAPTED]
        frozen = [x for x in owners if not x.trainable]
        if not frozen:
            return
        if len(frozen) == len(owners):
            yield self._found(frozen, len(owners), "no layer is trainable", Severity.ERROR)
            return
        drawn = [x for x in frozen if _is_drawn(x) and not _has_learned(recipe, x)]
        if drawn:
            named = ", ".join(x.name for x in drawn[:3]) + (" and more" if len(drawn) > 3 else "")
            said = f"{named} has random weights and is not trainable"
            yield self._found(drawn, len(owners), said, Severity.WARNING)

    def _found(self, frozen: list[Layer], all_: int, said: str, severity: Severity) -> Finding:
        return self.found(
            f"{said}: {len(frozen)} of {all_} layers with weights are frozen",
            {"frozen": len(frozen), "layers": all_},
            frozen[0].place,
            (Unfreeze(),),
            layer=frozen[0],
            severity=severity,
        )


def _is_drawn(layer: Layer) -> bool:
    """Whether a layer's initializers are known and all draw at random."""
    given = [v for k, v in layer.config.items() if k.endswith("_initializer") and "bias" not in k]
    names = [str(v.get("class_name")) for v in given if isinstance(v, Mapping)]
    return bool(names) and all(name in DRAWING for name in names)


def _has_learned(recipe: Recipe, frozen: Layer) -> bool:
    """Whether weights may have been learned: loaded, given, or trained before. Where capture has
    seen what becomes of each, it knows; else the text of the program tells that they may."""
    if recipe.model.untouched is not None:
        return not set(frozen.owns) <= set(recipe.model.untouched)
    learned = recipe.model.warm or recipe.model.given or mentions(recipe.source, LEARNED)
    return bool(learned) or len(trainings(recipe.source)) > 1
