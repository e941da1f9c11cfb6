"""The report of each worked case, opened in a browser; its pictures stand in the docs.

``UNSTUCK_PICTURES=docs/images/cases pytest -m slow tests/report/test_case_reports.py`` takes them
anew. It stands here, and so runs some time after the verdicts on the examples, whose kept trials it
finds; beside them it would run them all once more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = ("xor", "multiply", "mean_lambda", "mod7", "extrapolate")


def photograph(browser: Browser, report: Path, picture: Path) -> tuple[str, list[str]]:
    """A picture of the top of a report, as people meet it.

    Returns:
        Its answer, and what the page has complained of.
    """
    context = browser.new_context(
        color_scheme="light", viewport={"width": 1100, "height": 1000}, reduced_motion="reduce"
    )
    page = context.new_page()
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto(report.as_uri())
    expect(page.locator(".chart[data-drawn]").first).to_be_visible()
    page.screenshot(path=picture)
    answer = page.locator("main").inner_text()
    context.close()
    return answer, logged


@pytest.mark.parametrize("name", CASES)
def test_the_report_of_a_case_opens(name: str, browser: Browser, tmp_path: Path) -> None:
    script = Path(shutil.copy(EXAMPLES / f"{name}.py", tmp_path))
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "unstuck", "check", script, "--budget", "5m"]
    done = subprocess.run(
        [*command, "--format", "html", "--output", report],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    folder = Path(os.environ.get("UNSTUCK_PICTURES", tmp_path))
    answer, logged = photograph(browser, report, folder / f"{name}.png")
    assert "seeds" in answer
    assert logged == []
