"""The page in a real browser: nothing is fetched, nothing overflows, light and dark are readable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from paged_project import asked, full_project
from routefit.report.page import page_html

pytestmark = pytest.mark.browser

LEAST_CONTRAST_RATIO = 4.5
"""WCAG 2.2, success criterion 1.4.3 (AA)."""

CONTRASTS = """() => {
  const channel = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = node => {
    for (let n = node; n; n = n.parentElement) {
      const c = numbers(getComputedStyle(n).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('p, td, th, li, caption, h1, h2, h3, code')]
    .filter(node => node.textContent.trim())
    .map(node => {
      const [a, b] = [luminance(numbers(getComputedStyle(node).color)), luminance(behind(node))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.outerHTML.slice(0, 80)];
    });
}"""


LEAST_PART_CONTRAST_RATIO = 3.0
"""WCAG 2.2, success criterion 1.4.11: parts of a bar against what lies behind it."""

PART_COLOURS = """() => [...document.querySelectorAll('svg rect')]
  .map(node => [getComputedStyle(node).fill, getComputedStyle(node.closest('svg')).backgroundColor,
                getComputedStyle(document.body).backgroundColor])
  .filter(([fill]) => fill !== 'none')"""

BOXES = """() => [...document.querySelectorAll('.scroll')].map(box =>
  [box.tabIndex, box.getAttribute('role'), box.getAttribute('aria-label'), box.getBoundingClientRect().right])"""

PRINTED_PX = 680
"""The width of an A4 page within its margins."""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    file = folder / "page.html"
    file.write_text(page_html(asked(full_project(folder / "project")), version="1"))
    return file


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_page(browser: Browser, page_file: Path, scheme: str, width: int) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(page_file.as_uri())
    assert requested == [page_file.as_uri()]
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("table").count() >= 2
    weak = [(ratio, html) for ratio, html in page.evaluate(CONTRASTS) if ratio < LEAST_CONTRAST_RATIO]
    assert weak == []
    context.close()


def luminance(colour: str) -> float:
    """Relative luminance of `rgb(r, g, b)` (WCAG 2.2)."""
    channels = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_parts_of_bars_can_be_told_from_the_paper(browser: Browser, page_file: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(page_file.as_uri())
    colours = page.evaluate(PART_COLOURS)
    assert len({fill for fill, _, _ in colours}) >= 6
    for fill, track, paper in colours:
        behind = paper if track.startswith("rgba(0, 0, 0, 0") else track
        high, low = sorted((luminance(fill), luminance(behind)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= LEAST_PART_CONTRAST_RATIO, (fill, behind)
    context.close()


def test_wide_tables_scroll_in_a_box_that_keys_reach(browser: Browser, page_file: Path) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(page_file.as_uri())
    boxes = page.evaluate(BOXES)
    assert len(boxes) == page.get_by_role("table").count()
    for index, role, label, right_px in boxes:
        assert (index, role) == (0, "region")
        assert label
        assert right_px <= 390
    assert page.evaluate("[...document.querySelectorAll('.scroll')].some(b => b.scrollWidth > b.clientWidth)")
    page.close()


def test_on_paper_nothing_is_cut_off(browser: Browser, page_file: Path) -> None:
    page = browser.new_page(viewport={"width": PRINTED_PX, "height": 900})
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= PRINTED_PX
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_role("navigation", include_hidden=True).is_visible()
    page.close()
