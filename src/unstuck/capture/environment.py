"""The environment variables of the process in which a program runs."""

from __future__ import annotations

import importlib.util
import json
import os
from contextlib import suppress
from pathlib import Path

from unstuck.cache import OPERATIONS, cache_folder
from unstuck.capture.surroundings import KEPT_OPERATIONS

OPERATION_BYTES = 16 * 2**20  # of compiled operations are kept


def environment() -> dict[str, str]:
    """The user's environment, with a backend that is installed."""
    quiet = {"PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    found = {**quiet, **_kept(), **os.environ}
    found["KERAS_BACKEND"] = _backend()
    return found


def _kept() -> dict[str, str]:
    """Where JAX keeps what it compiles: every layer that a program makes takes dozens of single
    operations, the same ones in most programs, and compiling is nearly all of their time."""
    folder = (cache_folder() / OPERATIONS).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return {}
    return {
        KEPT_OPERATIONS: str(folder),
        "JAX_COMPILATION_CACHE_MAX_SIZE": str(OPERATION_BYTES),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _backend() -> str:
    """The backend that Keras would take; JAX where it would take one that is not installed.

    Keras writes TensorFlow into ``~/.keras/keras.json`` on its first import, installed or not.
    """
    file = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "keras.json"
    chosen = os.environ.get("KERAS_BACKEND")
    if not chosen and file.is_file():
        with suppress(ValueError):
            chosen = json.loads(file.read_text()).get("backend")
    chosen = chosen or "tensorflow"
    return chosen if importlib.util.find_spec(chosen) else "jax"
