"""The page in a real browser: nothing is fetched, nothing overflows, light and dark are readable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from routefit.answers.report import report
from routefit.answers.workspace import Workspace
from routefit.report.page import page_html
from small_project import NOW, call, load, outcome, write_project

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


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    directory = write_project(folder / "project", config="name: made up\nis_synthetic: true\n")
    load(directory, "calls", [call(route, f"t-{n}") for route in ("dear", "cheap") for n in range(60)])
    load(
        directory, "outcomes", [outcome(r, f"t-{n}", accepted=n > 9) for r in ("dear", "cheap") for n in range(60)]
    )
    file = folder / "page.html"
    with Workspace(directory, as_of=NOW) as workspace:
        file.write_text(page_html(report(workspace), version="1"))
    return file


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
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
