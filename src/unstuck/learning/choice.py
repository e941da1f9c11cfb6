"""Which networks to try, the likeliest first, from what the probes say of the samples."""

from __future__ import annotations

from collections.abc import Iterator

from unstuck.errors import UsageError
from unstuck.learning import networks
from unstuck.learning.networks import Network
from unstuck.learning.probes import EXACT, Facts
from unstuck.recipe import Array

FEW_CLASSES = 20
GENERIC = frozenset({"dense", "classifier"})  # for any function, as far as they go

Choice = tuple[Network, str]
"""A network, and why it is tried."""


def proposals(x: Array, y: Array, facts: Facts) -> list[Choice]:
    """What may compute rows ``(n, inputs)`` with answers ``(n,)``, with the reasons."""
    return list(_proposals(x, y, facts))


def _proposals(x: Array, y: Array, facts: Facts) -> Iterator[Choice]:
    if facts.table and facts.classes and set(y.tolist()) <= {0.0, 1.0}:
        yield networks.gate(x, y), f"there are only {len(x)} different rows"
    if facts.linear < EXACT:
        yield networks.linear(x, y), "a linear fit leaves nothing"
    elif facts.degree is not None:
        if facts.power < EXACT:
            why = "a linear fit between logarithms leaves nothing, nor does a polynomial"
            yield networks.product(x, y, facts.copies), why
        why = f"a polynomial of degree {facts.degree} leaves nothing"
        yield networks.products(x, y, facts.copies, facts.terms), why
    if facts.power < EXACT and (x > 0).all() and (y > 0).all():
        yield networks.powers(x, y), "a linear fit between logarithms leaves nothing"
    yield from _of_a_number(x, y, facts)
    if 0 < facts.classes <= FEW_CLASSES:
        yield networks.classifier(x, y), f"there are {facts.classes} different answers"
    else:
        yield networks.dense(x, y), "nothing simpler is known to fit"


def _of_a_number(x: Array, y: Array, facts: Facts) -> Iterator[Choice]:
    if facts.period is not None:
        why = f"the remainder of the number by {facts.period} decides the answer"
        yield networks.sines(x, y), why
        yield networks.recurrent(x, y), why
    elif facts.parity:
        yield networks.sines(x, y), "the parity of some bits decides the answer"


BY_NAME = {
    "linear": lambda x, y, facts: networks.linear(x, y),
    "product": lambda x, y, facts: networks.product(x, y, facts.copies),
    "products": lambda x, y, facts: networks.products(x, y, facts.copies, facts.terms),
    "powers": lambda x, y, facts: networks.powers(x, y),
    "gate": lambda x, y, facts: networks.gate(x, y),
    "sines": lambda x, y, facts: networks.sines(x, y),
    "recurrent": lambda x, y, facts: networks.recurrent(x, y),
    "dense": lambda x, y, facts: networks.dense(x, y),
    "classifier": lambda x, y, facts: networks.classifier(x, y),
}


def of_name(name: str, x: Array, y: Array, facts: Facts) -> Choice:
    """The network of that name, asked for.

    Raises:
        UsageError: there is none.
    """
    if name not in BY_NAME:
        raise UsageError(f"{name!r} is no network: {', '.join(BY_NAME)}")
    return BY_NAME[name](x, y, facts), "it was asked for"
