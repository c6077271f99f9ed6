"""The page: foreign names are escaped, tables can be read aloud, figures are those of the tables."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from routefit.answers.report import ReportAnswer, report
from routefit.answers.workspace import Workspace
from routefit.errors import CannotTellError
from routefit.report.page import page_html
from small_project import NOW, call, load, outcome, write_project

FOREIGN = "<b>bold</b>"


class Outline(HTMLParser):
    """Tags in order, and the header cells that lack a scope."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headers_without_scope = 0
        self.tables = 0
        self.captions = 0
        self.ids: list[str] = []
        self.labelled: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.headers_without_scope += tag == "th" and given.get("scope") not in ("col", "row")
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.ids += [given["id"] or ""] if "id" in given else []
        self.labelled += [given["aria-labelledby"] or ""] if "aria-labelledby" in given else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def asked(directory: Path) -> ReportAnswer:
    """The answers of the page about a project folder."""
    with Workspace(directory, as_of=NOW) as workspace:
        return report(workspace)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> ReportAnswer:
    directory = write_project(tmp_path_factory.mktemp("page") / "project")
    calls = [call(route, f"t-{number}") for route in ("dear", "cheap", FOREIGN) for number in range(40)]
    load(directory, "calls", calls)
    load(
        directory, "outcomes", [outcome(r, f"t-{n}", accepted=n > 4) for r in ("dear", "cheap") for n in range(40)]
    )
    return asked(directory)


def test_foreign_names_are_text(answer: ReportAnswer) -> None:
    html = page_html(answer, version="1")
    assert FOREIGN not in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_tables_have_captions_and_scopes(answer: ReportAnswer) -> None:
    outline = Outline()
    outline.feed(page_html(answer, version="1"))
    assert outline.open == []
    assert outline.tables == outline.captions >= 3
    assert outline.headers_without_scope == 0
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.labelled) <= set(outline.ids)


def test_page_shows_the_figures_of_the_matrix(answer: ReportAnswer) -> None:
    html = page_html(answer, version="1")
    assert answer.status.matrix is not None
    for row in answer.status.matrix.workloads:
        for cell in row.cells:
            assert cell.words.replace("<", "&lt;").replace(">", "&gt;") in html
    assert "$0.012 (now)" in html
    assert "SYNTHETIC" not in html


def test_synthetic_data_are_named_first(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "project", config="name: made up\nis_synthetic: true\n")
    load(directory, "calls", [call("dear", "t-1")])
    html = page_html(asked(directory), version="1")
    assert html.index("SYNTHETIC: made-up traffic") < html.index("<main>")


def test_no_data_no_page(tmp_path: Path) -> None:
    directory = write_project(tmp_path / "project")
    with pytest.raises(CannotTellError, match="nothing to report"):
        page_html(asked(directory), version="1")
