"""excessive-dropout: dropout that removes the signal."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.checks._base import Case, Check
from unstuck.checks._cases import dense, layer, normal, recipe, regression
from unstuck.finding import Finding, Severity
from unstuck.recipe import Layer, Recipe
from unstuck.remedies import DropoutRate
from unstuck.remedies.layers import DROPOUT, dropout_rates
from unstuck.trace import Trace

# Srivastava et al. 2014 use 0.2 for inputs and 0.5 for hidden layers, and see the error rise
# beyond 0.6 to 0.7 where the width is fixed (figure 9a).
USUAL = 0.7
ALL = 0.999
NOTHING_LEFT = 0.05  # of the updates in which every unit of the layer is dropped


def _dropping(rate: float, width: int = 64, kind: str = "Dropout") -> Recipe:
    layers = [dense(width, "relu"), layer(kind, (width,), rate=rate), dense(1)]
    return recipe(normal(99, 4), normal(99), layers)


def _recurrent(**rates: float) -> Recipe:
    lstm = layer("LSTM", (16,), units=16, activation="tanh", **rates)
    return recipe(normal(99, 6, 2), normal(99), [lstm, dense(1)])


class ExcessiveDropout(Check):
    name = "excessive-dropout"
    summary = "Dropout that removes most of a layer, or often all of a narrow one."
    why = (
        "What is dropped carries no signal and gets no gradient. With most units gone each update "
        "trains a small part of the network on noise, and a narrow layer is often gone as a whole."
    )
    instead = "A rate of 0.1 to 0.5 after wide layers, and none after narrow ones."
    false_alarms = (
        "Layers several times as wide as the task needs, or a masked input that is to be "
        "restored, can bear more."
    )
    sources = ("Srivastava et al. 2014, Dropout, section 7.3", "theorangeduck.com: dropout")
    firing = (
        Case("nine tenths", lambda: _dropping(0.9)),
        Case("everything", lambda: _dropping(1.0)),
        Case("half of two units", lambda: _dropping(0.5, 2)),
        Case("steps of a recurrent layer", lambda: _recurrent(recurrent_dropout=0.9)),
    )
    silent = (
        Case("none", regression),
        Case("half of a wide layer", lambda: _dropping(0.5)),
        Case("a fifth of eight units", lambda: _dropping(0.2, 8)),
        Case("half of whole maps", lambda: _dropping(0.5, 16, "SpatialDropout1D")),
        Case("a usual recurrent rate", lambda: _recurrent(dropout=0.2, recurrent_dropout=0.2)),
    )

    def look(self, recipe: Recipe, trace: Trace | None) -> Iterator[Finding]:
        harm = [(x, r, g) for x in recipe.model.layers for r, g in _rates(x) if _is_much(r, g)]
        if not harm:
            return
        layer, rate, gone = max(harm, key=lambda found: found[1:])
        often = f", and all of them in {gone:.0%} of the updates" if gone > NOTHING_LEFT else ""
        names = ", ".join(dict.fromkeys(x.name for x, _, _ in harm))
        yield self.found(
            f"{names}: dropout takes {rate:.0%} of the units away{often}",
            {"rate": rate, "all_dropped": gone, "layers": len(harm)},
            layer.place,
            (DropoutRate(), DropoutRate(0.0)),
            layer=layer,
            severity=Severity.ERROR if rate >= ALL else Severity.WARNING,
        )


def _rates(layer: Layer) -> Iterator[tuple[float, float]]:
    """Each rate with the chance that one row loses every unit, where the width is known."""
    width = layer.output_shape[0] if len(layer.output_shape) == 1 else None
    whole = layer.kind in DROPOUT and layer.kind != "GaussianDropout"
    for rate in dropout_rates(layer).values():
        if 0 < rate <= 1:
            yield rate, rate**width if whole and width else 0.0


def _is_much(rate: float, gone: float) -> bool:
    return rate > USUAL or gone > NOTHING_LEFT
