"""The folder in which work is kept from one check to the next."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

PROGRAMS = "programs"  # the folder in it of what JAX has compiled for trials
OPERATIONS = "operations"  # and for single operations, while a program is captured


def cache_folder() -> Path:
    """Where work is kept: ``UNSTUCK_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("UNSTUCK_CACHE")
    return Path(chosen) if chosen else user_cache_path("unstuck")


def compiled() -> list[Path]:
    """The folders of what is compiled, which may be there or not."""
    return [cache_folder() / name for name in (PROGRAMS, OPERATIONS)]
