"""What defines a trial, as a short digest: equal for equal work, in any process and on any day.

Left out is what changes nothing of a training: places in the source, notes, names of files. The
weights that the program drew at random belong to seed 0 alone; every other seed draws its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from importlib.metadata import version
from typing import Any

import numpy as np

from unstuck.recipe import Recipe
from unstuck.remedy import Remedy
from unstuck.trial import Arm

LEFT_OUT = frozenset({"place", "notes", "source", "script", "sample_output"})
VERSIONS = ("unstuck", "keras", "jax", "numpy")


def recipe_digests(recipe: Recipe) -> tuple[str, str]:
    """Two digests of a recipe: for seed 0, and for all others."""
    if recipe.model.warm:
        return (digest(recipe),) * 2
    drawn = frozenset(recipe.model.drawn)
    kept = tuple(w for place, w in enumerate(recipe.model.weights) if place not in drawn)
    return digest(recipe), digest(replace(recipe, model=replace(recipe.model, weights=kept)))


def trial_key(digests: tuple[str, str], arm: Arm, seed: int) -> str:
    """The key of one trial of an arm."""
    return digest((digests[seed != 0], _ordered(arm.remedies), seed, arm.steps, versions()))


def whole_key(digests: tuple[str, str], arm: Arm, what: str) -> str:
    """The key of something that was made of all trials of an arm."""
    keys = tuple(trial_key(digests, arm, seed) for seed in arm.seeds)
    return digest((what, keys))


def versions() -> tuple[str, ...]:
    """The versions that a result depends on."""
    return tuple(version(name) for name in VERSIONS)


def digest(value: Any) -> str:
    """A digest of dataclasses, mappings, sequences, arrays and plain values, by content."""
    found = hashlib.blake2b(digest_size=16)
    for piece in _pieces(value):
        found.update(len(piece).to_bytes(8, "little"))
        found.update(piece)
    return found.hexdigest()


def _ordered(remedies: Set[Remedy]) -> list[Remedy]:
    return sorted(remedies, key=repr)


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, Enum) or value is None:
        yield repr(value).encode()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for field in fields(value):
            if field.name not in LEFT_OUT:
                yield field.name.encode()
                yield from _pieces(getattr(value, field.name))
    elif isinstance(value, Mapping):
        yield b"{"
        for key in sorted(value, key=repr):
            yield repr(key).encode()
            yield from _pieces(value[key])
        yield b"}"
    elif isinstance(value, list | tuple):
        yield b"["
        for item in value:
            yield from _pieces(item)
        yield b"]"
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    else:
        yield repr(value).encode()
