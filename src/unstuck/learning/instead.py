"""Networks in place of one that nothing smaller makes learn, as remedies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unstuck.learning.choice import GENERIC, proposals
from unstuck.learning.networks import Network
from unstuck.learning.probes import probe
from unstuck.learning.program import training
from unstuck.recipe import Array, Data, Feed, Recipe
from unstuck.remedies import OtherNetwork
from unstuck.transform import Classes
from unstuck.trials.measure import measure_of
from unstuck.trials.split import split

WIDEST = 100  # features
FEWEST = 20  # rows


def networks_instead(recipe: Recipe, *, generic: bool) -> list[OtherNetwork]:
    """Networks that may compute what the rows show, the likeliest first; none where the rows are
    not one row of numbers and one answer each. ``generic`` ones are for any function."""
    rows = split(recipe).train
    if not _is_plain(recipe, rows):
        return []
    x, y = rows.inputs[0].astype(np.float64), _answers(recipe, rows)
    choices = proposals(x, y, probe(x, y))
    networks = [n for n, _ in choices if generic or n.name not in GENERIC]
    remedies = (_remedy(recipe, network, x, y) for network in networks)
    return [remedy for remedy in remedies if remedy is not None]


def _is_plain(recipe: Recipe, rows: Data) -> bool:
    measure = measure_of(recipe)
    if recipe.data.feed is not Feed.ARRAYS or len(rows.inputs) != 1 or len(rows.targets) != 1:
        return False
    x, y = rows.inputs[0], rows.targets[0]
    if x.ndim != 2 or x.shape[1] > WIDEST or len(x) < FEWEST or rows.weights is not None:
        return False
    values = measure.is_regression or measure.kinds[0] in ("accuracy", "signs", "rows")
    if values and (measure.from_logits or y[0].size > 1):
        return False
    if measure.kinds[0] in ("steps", "apart"):
        return False
    return all(v.dtype.kind in "biuf" and bool(np.isfinite(v).all()) for v in (x, y))


def _answers(recipe: Recipe, rows: Data) -> Array:
    """One number a row: the class, where targets are distributions over classes."""
    y = rows.targets[0]
    if measure_of(recipe).kinds[0] == "argmax":
        return y.reshape(len(y), -1).argmax(axis=1).astype(np.float64)
    return y.reshape(len(y)).astype(np.float64)


def _remedy(recipe: Recipe, network: Network, x: Array, y: Array) -> OtherNetwork | None:
    """The network as a remedy; None where it gives no classes and the program asks for them."""
    own = network.recipe(x, y, (x, y))
    text = training(network, own)
    kind = measure_of(recipe).kinds[0]
    if kind in ("sparse", "argmax"):
        width = recipe.data.targets[0][0].size if kind == "argmax" else 0
        if not _numbers_classes(network, width):
            return None
        name = f"{'sparse_' * (kind == 'sparse')}categorical_crossentropy"
        own = replace(own, loss=replace(own.loss, name=name, pickled=b""), after=())
    own = replace(own, data=Data((), ()), validation=None)
    return OtherNetwork(network.name, network.sentence, own, text)


def _numbers_classes(network: Network, width: int) -> bool:
    """Whether it tells classes 0, 1, 2 and so on apart, ``width`` of them where it is not 0."""
    tables = [t.table for t in network.after if isinstance(t, Classes)]
    if len(tables) != 1:
        return False
    return tables[0] == tuple((float(k),) for k in range(width or len(tables[0])))
