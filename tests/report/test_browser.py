"""The page in a browser: it draws, it answers, it fetches nothing, everyone can read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from made import HOSTILE, VERDICTS
from playwright.sync_api import Browser, Page, expect

from unstuck.report.html.page import to_html

VISIBLE = "[...document.querySelectorAll('.chart')].filter(c => c.offsetParent)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, verdicts in VERDICTS.items():
        script = HOSTILE if name == "hostile" else "train.py"
        (made / f"{name}.html").write_text(to_html(verdicts, script), encoding="utf-8")
    return made


class Opened:
    """A page with everything drawn, what it logged and what it asked for."""

    def __init__(self, browser: Browser, path: Path, mode: str = "light", width: int = 1100):
        self.context = browser.new_context(
            color_scheme=mode,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.logged: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda m: self.logged.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda error: self.logged.append(str(error)))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.goto(path.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for chart in self.page.query_selector_all(".chart"):
            chart.scroll_into_view_if_needed()
        expect(self.page.locator(".chart:visible:not([data-drawn])")).to_have_count(0)
        self.page.evaluate("scrollTo(0, 0)")

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


@pytest.mark.parametrize("name", VERDICTS)
def test_it_draws_and_fetches_nothing(browser: Browser, folder: Path, name: str) -> None:
    path = folder / f"{name}.html"
    with Opened(browser, path) as opened:
        marks = opened.page.evaluate(
            f"{VISIBLE}.map(c => c.querySelectorAll('svg .mark-line path, svg .mark-rect path,"
            " svg .mark-symbol path, svg .mark-rule line').length)"
        )
        assert all(marks), marks
        assert bool(marks) == (name not in ("bare",))
        assert opened.logged == []
        assert opened.asked == [path.as_uri()]


def test_no_word_of_a_program_runs(browser: Browser, folder: Path) -> None:
    with Opened(browser, folder / "hostile.html") as opened:
        assert opened.page.evaluate("window.stolen") is None
        assert opened.page.locator("img").count() == 0
        assert Path(HOSTILE).name in opened.page.title()
        assert HOSTILE in opened.page.locator("h2").first.inner_text()
        opened.page.locator(".chart svg .mark-line path").first.hover(force=True)
        assert opened.page.evaluate("window.stolen") is None


def test_choices_change_the_drawings(browser: Browser, folder: Path) -> None:
    with Opened(browser, folder / "cured.html") as opened:
        page = opened.page
        lines = page.locator("[data-group] .chart").nth(1).locator(".mark-line path")
        expect(lines).to_have_count(64)
        show = page.get_by_label("Show")
        show.focus()
        page.keyboard.press("ArrowDown")  # by keyboard: both, as written
        expect(show).to_have_value("as written")
        expect(lines).to_have_count(32)
        page.get_by_label("Point out seed").select_option("3")
        chart = page.locator("[data-group] .chart").nth(1)
        expect(chart.locator(".mark-line path[stroke-width='3']")).to_have_count(1)


def test_a_line_tells_its_seed(browser: Browser, folder: Path) -> None:
    with Opened(browser, folder / "cured.html") as opened:
        chart = opened.page.locator("[data-group] .chart").nth(1)
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        tooltip = opened.page.locator("#vg-tooltip-element")
        expect(tooltip).to_contain_text("seed")
        expect(tooltip).to_contain_text("loss")


@pytest.mark.parametrize(
    ("name", "mode"),
    [("cured", "light"), ("cured", "dark"), ("failing", "light"), ("static", "dark")],
)
def test_everyone_can_read_it(browser: Browser, folder: Path, name: str, mode: str) -> None:
    """The rules of axe-core, on all of the page and with every part unfolded."""
    with Opened(browser, folder / f"{name}.html", mode) as opened:
        found = Axe().run(opened.page).response["violations"]
        assert not [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]


@pytest.mark.parametrize("name", ["cured", "hostile", "two"])
def test_it_fits_a_phone(browser: Browser, folder: Path, name: str) -> None:
    with Opened(browser, folder / f"{name}.html", "dark", width=360) as opened:
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360
        if name == "two":
            assert not Axe().run(opened.page).response["violations"]


def test_light_and_dark_differ(browser: Browser, folder: Path) -> None:
    colours = []
    for mode in ("light", "dark"):
        with Opened(browser, folder / "cured.html", mode) as opened:
            line = opened.page.locator(".chart .mark-line path").first
            ink = line.evaluate("path => getComputedStyle(path).stroke")
            paper = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
            colours.append((ink, paper))
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]


def test_it_works_by_keyboard(browser: Browser, folder: Path) -> None:
    with Opened(browser, folder / "cured.html") as opened:
        page = opened.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "To the answer"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        summary = page.locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert not page.locator("details").first.evaluate("part => part.open")
