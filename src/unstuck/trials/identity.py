"""What defines a trial, as a short digest: equal for equal work, in any process and on any day.

Left out is what changes nothing of a training: places in the source, notes, names of files. The
weights that the program drew at random belong to seed 0 alone; every other seed draws its own.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from unstuck.recipe import HARMLESS, Array, Fit, Recipe
from unstuck.remedy import Remedy
from unstuck.trial import Arm
from unstuck.trials.code import Made, content, is_kind

LEFT_OUT = frozenset(
    {"place", "notes", "source", "script", "sample_output", "original", "lines", "stand_ins"}
    | {"unsteady", "untouched", "loose"}
)
PLACES = frozenset({"__file__", "__firstlineno__"})  # of code, among its names
VERSIONS = ("keras", "jax", "numpy")


def recipe_digests(recipe: Recipe) -> tuple[str, str]:
    """Two digests of a recipe: for seed 0, and for all others."""
    if recipe.model.warm:
        return (digest(recipe),) * 2
    drawn = frozenset(recipe.model.drawn)
    kept = tuple(w for place, w in enumerate(recipe.model.weights) if place not in drawn)
    return digest(recipe), digest(replace(recipe, model=replace(recipe.model, weights=kept)))


def trial_keys(digests: tuple[str, str], arm: Arm) -> dict[int, str]:
    """The key of each trial of an arm, by its seed."""
    shared = _ordered(arm.remedies), arm.steps, versions()
    bases = [digest((own, *shared)) for own in digests]
    return {seed: f"{bases[seed != 0]} {seed}" for seed in arm.seeds}


@cache
def versions() -> tuple[str, ...]:
    """The versions that a result depends on; of unstuck, its very source."""
    source = hashlib.blake2b(digest_size=16)
    for file in sorted(Path(__file__).parents[1].rglob("*.py")):
        source.update(file.read_bytes())
    python = ".".join(map(str, sys.version_info[:2]))
    return python, source.hexdigest(), *(version(name) for name in VERSIONS)


def digest(value: Any) -> str:
    """A digest of dataclasses, mappings, sequences, sets, arrays, pickles and plain values, by
    content."""
    return _digest(value, ())


def _digest(value: Any, above: tuple[int, ...]) -> str:
    """``above`` are the things that hold it, by identity: one of them again is told by how far
    above it stands."""
    found = hashlib.blake2b(digest_size=16)
    if id(value) in above and isinstance(value, Made | list | dict | type):
        return f"above {above[::-1].index(id(value))}"
    for piece in _pieces(value, (*above, id(value))):
        found.update(len(piece).to_bytes(8, "little"))
        found.update(piece)
    return found.hexdigest()


def _ordered(remedies: Set[Remedy]) -> list[Remedy]:
    return sorted(remedies, key=repr)


def _pieces(value: Any, above: tuple[int, ...]) -> Iterator[bytes]:
    def inner(values: Any) -> list[bytes]:
        return [_digest(one, above).encode() for one in values]

    if isinstance(value, Enum) or value is None:
        yield repr(value).encode()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        told = _without_harmless(value) if isinstance(value, Fit) else value
        names = [field.name for field in fields(value) if field.name not in LEFT_OUT]
        yield from inner((name, getattr(told, name)) for name in names)
    elif isinstance(value, Mapping):
        yield b"{"
        yield from sorted(inner(item for item in value.items() if item[0] not in PLACES))
    elif isinstance(value, list | tuple):
        yield b"["
        yield from inner(value)
    elif isinstance(value, Set):
        yield b"set"
        yield from sorted(inner(value))
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype} {value.shape}".encode()
        yield _numbers(value)
    elif isinstance(value, bytes):
        yield b"pickled"
        yield from inner([content(value)])
    elif isinstance(value, Made):
        yield b"made"
        yield from inner([type(value), *value.parts])
    elif is_kind(value):
        yield f"named {value.home}.{value.called}".encode()
        yield from inner(value.own)
    else:
        yield repr(value).encode()


def _numbers(values: Array) -> bytes:
    if values.dtype.hasobject:
        return repr(values.tolist()).encode()
    return np.ascontiguousarray(values).tobytes()


def _without_harmless(fit: Fit) -> Fit:
    """Without callbacks that change nothing, whose settings may hold a name or a time."""
    configs = {k: c for k, c in fit.callback_configs.items() if k.split()[0] not in HARMLESS}
    steering = tuple(name for name in fit.callbacks if name not in HARMLESS)
    return replace(fit, callbacks=steering, callback_configs=configs)
