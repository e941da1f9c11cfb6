"""Keras imported in half its time: without matplotlib and scikit-learn, which it loads in case a
program draws pictures by it or wraps a model.

The parts of Keras that need them are imported when they are first asked for, whole as ever.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

HEAVY = ("matplotlib", "sklearn")
PARTS = ("visualization", "wrappers")


def keras_on_jax() -> None:
    """Import Keras to run on JAX, unless this process has it already."""
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "jax"
        import_keras()


def import_keras() -> None:
    """Import Keras, unless that is done."""
    if "keras" in sys.modules:
        return
    with _hidden(name for name in HEAVY if name not in sys.modules):
        importlib.import_module("keras")
    for name in [n for n, module in sys.modules.items() if module and _is_part(n)]:
        del sys.modules[name]
    for name in [n for n in sys.modules if n.partition(".")[0] == "keras"]:
        _leave_to_later(sys.modules[name])


@contextmanager
def _hidden(names: Iterator[str]) -> Iterator[None]:
    """Meanwhile, nobody finds these packages."""
    hidden = list(names)
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _is_part(name: str) -> bool:
    return name.startswith("keras.") and not set(PARTS).isdisjoint(name.split("."))


def _leave_to_later(package: ModuleType) -> None:
    """Let a package import its parts when it is asked for them."""
    held = [p for p in PARTS if _is_part(getattr(vars(package).get(p), "__name__", ""))]
    for part in held:
        delattr(package, part)
    if held:
        vars(package)["__getattr__"] = _importer(package.__name__, held)


def _importer(package: str, parts: list[str]) -> Callable[[str], Any]:
    def get(name: str) -> Any:
        if name in parts:
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get
