"""The site of the documents: it is built without a warning, and everyone can read it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
PAGES = ("", "tutorial/", "cases/xor/", "reference/command-line/", "reference/python/")


class Silent(SimpleHTTPRequestHandler):
    """Files of a folder, without a line for each."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize(("mode", "width"), [("light", 1300), ("dark", 1300), ("dark", 360)])
@pytest.mark.parametrize("name", PAGES)
def test_everyone_can_read_it(
    browser: Browser, site: str, name: str, mode: str, width: int
) -> None:
    """The rules of axe-core; it fits the window, fetches nothing from elsewhere, and is quiet."""
    context = browser.new_context(
        color_scheme=mode,  # type: ignore[arg-type]
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    asked: list[str] = []
    logged: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: logged.append(message.text))
    page.goto(site + name, wait_until="networkidle")
    page.wait_for_selector(".md-search[aria-label]", state="attached")
    found = Axe().run(page).response["violations"]
    assert not [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith(site)] == []
    assert logged == []
    context.close()
