"""How many updates a training needs at least, as several checks ask it."""

from __future__ import annotations

from unstuck.remedies import TrainAtAll

HARDLY_ANY = 100
USUAL = 1000


def at_all(updates: int) -> TrainAtAll:
    """As many times the epochs as make a usual training of so few ``updates``."""
    return TrainAtAll(-(-USUAL // max(1, updates)))
