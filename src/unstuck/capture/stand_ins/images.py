"""Generated images: each is a shape of its class, moved, with a fainter one of any class over it,
of its own contrast, and noisy."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.random import Generator

from unstuck.recipe import Array

SHAPES = 16  # of each class
MOVED = 3  # pixels, at most, in each direction
NOISES = 256  # pictures of noise, each laid over many images


def images(
    rows: int, size: int, colours: int, classes: int, labels_of: int
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Training and test rows, ``rows`` and ``labels_of`` of them: images ``(N, size, size)``, or
    ``(N, size, size, colours)`` in colour, as bytes, and classes ``(N,)``, as many of each."""
    random = np.random.default_rng(20)
    shapes = _strokes(random, classes, size) if colours == 1 else _patches(random, classes, size)
    noise = random.normal(0, 20 if colours == 1 else 30, (NOISES, *shapes.shape[2:]))
    train, test = (_rows(random, n, shapes, noise.astype(np.int16)) for n in (rows, labels_of))
    return train, test


def _rows(random: Generator, rows: int, shapes: Array, noise: Array) -> tuple[Array, Array]:
    classes, variants = shapes.shape[:2]
    labels = random.permutation(np.arange(rows) % classes).astype(np.uint8)
    pictures = np.empty((rows, *shapes.shape[2:]), np.uint8)
    steps = list(product(range(-MOVED, MOVED + 1), repeat=2))
    for place, own in enumerate(np.array_split(random.permutation(rows), len(steps))):
        main, other = random.integers(variants, size=(2, len(own)))
        contrast, share = random.uniform([[0.6], [0.0]], [[1.0], [0.5]], (2, len(own)))
        clean = _by_row(contrast * (1 - share), shapes[labels[own], main])
        clean += _by_row(contrast * share, shapes[random.integers(classes, size=len(own)), other])
        clean = np.roll(clean, steps[place], axis=(1, 2))
        seen = clean + noise[random.integers(NOISES, size=len(own))]
        if pictures.ndim == 3:  # what is not drawn on is black
            seen *= clean > 8
        pictures[own] = np.clip(seen, 0, 255)
    return pictures, labels


def _by_row(factors: Array, pictures: Array) -> Array:
    return factors.astype(np.float32).reshape(-1, *[1] * (pictures.ndim - 1)) * pictures


def _strokes(random: Generator, classes: int, size: int) -> Array:
    """Bright strokes on black, as of a pen: ``(classes, SHAPES, size, size)``."""
    first = random.uniform(0.2, 0.8, (classes, 1, 4, 2)) * size
    points = first + random.normal(0, 0.06 * size, (classes, SHAPES, 4, 2))
    along = np.linspace(0, 1, 12)[:, None]
    ways = [
        points[:, :, i, None] * (1 - along) + points[:, :, i + 1, None] * along for i in range(3)
    ]
    drawn = np.concatenate(ways, axis=2)  # (classes, SHAPES, dots, 2)
    rows, columns = np.mgrid[:size, :size]
    distance = [
        (rows - drawn[:, :, d, 0, None, None]) ** 2 + (columns - drawn[:, :, d, 1, None, None]) ** 2
        for d in range(drawn.shape[2])
    ]
    return 255 * np.exp(-np.min(distance, axis=0) / (0.003 * size * size)).astype(np.float32)


def _patches(random: Generator, classes: int, size: int) -> Array:
    """Soft patches of colour: ``(classes, SHAPES, size, size, 3)``."""
    coarse = random.normal(0, 1, (classes, 1, 5, 5, 3))
    coarse = coarse + random.normal(0, 1.0, (classes, SHAPES, 5, 5, 3))
    at = np.linspace(0, 4, size)
    weight = np.clip(1 - np.abs(at[:, None] - np.arange(5)), 0, 1)
    return (120 + 45 * np.einsum("ri,sj,cvijk->cvrsk", weight, weight, coarse)).astype(np.float32)
