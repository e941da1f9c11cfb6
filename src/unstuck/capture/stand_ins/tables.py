"""Generated houses: columns of the usual size, and a price that depends on them smoothly."""

from __future__ import annotations

import numpy as np

from unstuck.recipe import Array

# Mean and spread of each column, and whether it has a long tail.
BOSTON = (
    (3.6, 8.6, True),
    (11.4, 23.3, True),
    (11.1, 6.9, False),
    (0.07, 0.25, True),
    (0.55, 0.12, False),
    (6.28, 0.7, False),
    (68.6, 28.1, False),
    (3.8, 2.1, True),
    (9.5, 8.7, True),
    (408.0, 168.0, False),
    (18.5, 2.2, False),
    (357.0, 91.0, False),
    (12.7, 7.1, True),
)
CALIFORNIA = (
    (-119.6, 2.0, False),
    (35.6, 2.1, False),
    (28.6, 12.6, False),
    (2635.0, 2181.0, True),
    (538.0, 421.0, True),
    (1425.0, 1132.0, True),
    (500.0, 382.0, True),
    (3.87, 1.9, True),
)


def boston() -> dict[str, Array]:
    """The content of ``boston_housing.npz``: inputs ``(506, 13)``, and prices ``(506,)`` from 5 to
    50."""
    inputs, price = _houses(506, BOSTON, 23)
    return {"x": inputs, "y": np.clip(22.5 + 9.2 * price, 5.0, 50.0).round(1)}


def california() -> dict[str, Array]:
    """The content of ``california_housing.npz``: inputs ``(20640, 8)`` and prices ``(20640,)``,
    15,000 to 500,001."""
    inputs, price = _houses(20_640, CALIFORNIA, 24)
    prices = np.clip(206_856 + 115_396 * price, 14_999, 500_001)
    return {"x": inputs.astype(np.float32), "y": prices.astype(np.float32)}


def _houses(
    rows: int, columns: tuple[tuple[float, float, bool], ...], seed: int
) -> tuple[Array, Array]:
    """Inputs, and prices of mean 0 and spread 1, of which a tenth is noise."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(rows, len(columns)))
    hidden[:, 1:] = 0.8 * hidden[:, 1:] + 0.6 * hidden[:, :1]  # columns go together
    inputs = np.empty_like(hidden)
    for column, (mean, spread, tail) in enumerate(columns):
        own = hidden[:, column]
        if tail:  # a lognormal of this mean and spread
            width = np.sqrt(np.log1p((spread / mean) ** 2))
            inputs[:, column] = mean * np.exp(width * own - width**2 / 2)
        else:
            inputs[:, column] = mean + spread * own
    ways = random.normal(size=(len(columns), 6)) / np.sqrt(len(columns))
    price = hidden @ random.normal(size=len(columns)) * 0.5 + np.tanh(hidden @ ways).sum(axis=1)
    price = (price - price.mean()) / price.std()
    return inputs, 0.95 * price + 0.31 * random.normal(size=rows)
