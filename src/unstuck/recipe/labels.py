"""What targets are, as labels of classes."""

from __future__ import annotations

import numpy as np

from unstuck.recipe.data import Array


def follow_on(values: Array) -> bool:
    """Whether they are labels of two classes, numbered by whole numbers that follow on each other
    from 1 or more: 1 and 2."""
    used = np.unique(values) if values.dtype.kind in "iuf" else np.zeros(0)
    return len(used) == 2 and used[0] >= 1 and used[0] % 1 == 0 and used[1] == used[0] + 1
