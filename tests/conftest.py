"""Keras needs its backend chosen before it is imported; the tests run on JAX. And a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from unstuck.trials.executors.worker import WORKER_ENVIRONMENT

os.environ["KERAS_BACKEND"] = "jax"
if "PYTEST_XDIST_WORKER" not in os.environ:  # workers have that of the process that started them
    CACHE = tempfile.TemporaryDirectory(prefix="unstuck-tests-")
    os.environ["UNSTUCK_CACHE"] = CACHE.name  # not the user's own
os.environ.setdefault("XLA_FLAGS", WORKER_ENVIRONMENT["XLA_FLAGS"])

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
    "microsoft-edge",
)  # fmt: skip


def _executable(playwright: Playwright) -> str:
    """The system's browser, or else the one that Playwright has fetched."""
    system = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    own = playwright.chromium.executable_path
    if system is None and not Path(own).exists():
        pytest.skip(f"there is no Chromium: none of {', '.join(BROWSERS)}, and none at {own}")
    return system or own


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        sandbox = os.geteuid() != 0  # Chromium refuses to have one for root
        found = playwright.chromium.launch(
            executable_path=_executable(playwright), chromium_sandbox=sandbox
        )
        yield found
        found.close()
