"""The page's bill and coverage: what is printed adds up and equals the answers, and what is not known says why."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from paged_project import asked, bare_project, full_project
from routefit.answers.report import ReportAnswer
from routefit.answers.spend import spend
from routefit.answers.workspace import Workspace
from routefit.report.money import share
from routefit.report.page import page_html
from small_project import NOW

Rows = list[list[str]]


class Reading(HTMLParser):
    """What a reader without style sheets gets: headings with their levels, tables by caption, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.tables: dict[str, Rows] = {}
        self.words = ""
        self.tags: list[str] = []
        self._inside: list[str] = []
        self._rows: Rows = []
        self._caption = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")
        elif re.fullmatch(r"h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass
        if tag == "table":
            self.tables[self._caption.strip()] = self._rows

    def handle_data(self, data: str) -> None:
        if {"style", "title"} & set(self._inside):
            return
        self.words += data
        if "caption" in self._inside:
            self._caption += data
        elif {"th", "td"} & set(self._inside):
            self._rows[-1][-1] += data
        elif self.headings and self._inside and self._inside[-1] == f"h{self.headings[-1][0]}":
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def table(self, beginning: str) -> Rows:
        """The rows below the header of the one table whose caption begins so."""
        (found,) = [rows for caption, rows in self.tables.items() if caption.startswith(beginning)]
        return found[1:]


@pytest.fixture(scope="module")
def full_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return full_project(tmp_path_factory.mktemp("full") / "project")


@pytest.fixture(scope="module")
def full(full_directory: Path) -> ReportAnswer:
    return asked(full_directory)


@pytest.fixture(scope="module")
def full_page(full: ReportAnswer) -> Reading:
    return Reading(page_html(full, version="1"))


@pytest.fixture(scope="module")
def bare_page(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    directory = bare_project(tmp_path_factory.mktemp("bare") / "project")
    return Reading(page_html(asked(directory), version="1"))


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def statement(page: Reading) -> dict[str, str]:
    return {name: figure for name, figure, _ in page.table("The bill as a statement")}


def test_the_statement_adds_up_as_it_is_printed(full_page: Reading) -> None:
    printed = {name: amount(figure) for name, figure in statement(full_page).items()}
    parts = ("accepted work", "wasted", "undecided", "idle")
    bridge = ("not invoiced", "not through the gateway", "price difference")
    assert sum(printed[name] for name in parts) == printed["traced"]
    assert printed["traced"] + sum(printed[name] for name in bridge) == printed["invoice"]
    assert list(printed)[-1] == "credits"


def test_the_statement_is_that_of_the_answer(full: ReportAnswer, full_page: Reading) -> None:
    assert full.by_workload is not None
    of_answer = full.by_workload.statement
    printed = {name: float(amount(figure)) for name, figure in statement(full_page).items()}
    assert of_answer.invoice_usd == 1.15
    for name, usd in {
        "accepted work": of_answer.accepted_usd,
        "wasted": of_answer.wasted_usd,
        "undecided": of_answer.undecided_usd,
        "idle": of_answer.idle_usd,
        "not invoiced": of_answer.not_invoiced_usd,
        "not through the gateway": of_answer.not_through_gateway_usd,
        "price difference": of_answer.price_difference_usd,
        "invoice": of_answer.invoice_usd,
    }.items():
        assert printed[name] == pytest.approx(usd, abs=0.01), name


@pytest.mark.parametrize("by", ["workload", "team"])
def test_the_tables_of_spend_add_up_and_are_those_of_spend(
    full_directory: Path, full: ReportAnswer, full_page: Reading, by: str
) -> None:
    with Workspace(full_directory, as_of=NOW) as workspace:
        answer = spend(workspace, by=by)
    assert (full.by_workload if by == "workload" else full.by_team) == answer
    *body, total = full_page.table(f"Spend by {by}")
    assert [row[0] for row in body] == [row.key or "(none)" for row in answer.rows]
    for column in (2, *range(4, len(total))):
        assert sum(amount(row[column]) for row in body) == amount(total[column])
    for row, spent in zip(body, answer.rows, strict=True):
        assert float(amount(row[2])) == pytest.approx(spent.usd, abs=0.03)
        assert sum(amount(text) for text in row[4:]) == amount(row[2])


def test_coverage_is_that_of_the_front_page(full: ReportAnswer, full_page: Reading) -> None:
    rates = full.status.coverage
    covered = {row[0]: row[1] for row in full_page.table("How much the figures")}
    assert covered == {
        "attributed": share(rates.attributed_rate),
        "priced": share(rates.priced_rate),
        "judged": share(rates.judged_rate),
        "bill explained": share(rates.bill_explained_rate),
    }
    gaps = full_page.table("What is missing")
    assert [row[1] for row in gaps] == [gap.what for gap in full.status.gaps[:15]]


def test_an_invoice_row_adds_up_and_a_disputed_line_stands_apart(full_page: Reading) -> None:
    ((biller, _, traced, untraced, difference, invoice, _, _, _),) = full_page.table("Whole invoice periods")
    assert biller == "acme"
    assert amount(traced) + amount(untraced) + amount(difference) == amount(invoice) == Decimal("1.15")
    assert amount(untraced) == Decimal("0.25")
    assert "0.11 USD of acme" in full_page.words
    assert "disputed" in full_page.words
    kinds = [row[0] for row in full_page.table("In US dollars of the window, largest first")]
    assert "billed, never traced" in kinds
    assert "credit" in kinds


def test_lost_calls_are_named_and_summed(full: ReportAnswer, full_page: Reading) -> None:
    assert full.by_workload is not None
    rows = full_page.table("Calls that gave no answer")
    assert [row[:2] for row in rows] == [[one.ended, f"{one.calls:,}"] for one in full.by_workload.lost]
    assert rows[0][0] == "timeout"


def test_units_judges_agreement_and_idle_hours_stand_with_their_workload(full_page: Reading) -> None:
    judges = full_page.table("Who judged the units of work")
    assert [(row[0], row[1]) for row in judges] == [
        ("cheap", "score judge (rule 1)"),
        ("dear", "score judge (rule 1)"),
        ("gpu", "outcome"),
    ]
    assert "Units of work: 180 units by unit_id" in full_page.words
    assert "agrees with people on 100% of 40 units" in full_page.words
    assert re.search(r"gpu: \$144 for 24.0 replica-hours.*stood idle", full_page.words)


def test_what_is_not_known_is_a_dash_with_its_reason(bare_page: Reading) -> None:
    assert statement(bare_page)["invoice"] == "–"
    reasons = {row[0]: row[2] for row in bare_page.table("The bill as a statement")}
    assert reasons["invoice"]
    covered = {row[0]: row for row in bare_page.table("How much the figures")}
    assert covered["bill explained"][1:3] == ["–", "not known"]
    assert "routefit import invoices FILE" in covered["bill explained"][4]
    assert covered["judged"][1] == "0%"
    assert "–: no call names its team" in bare_page.words
    assert "–: there is no invoice of this window" in bare_page.words
    assert "Verdicts: –, no unit of work was judged" in bare_page.words
    assert "Billed but lost" not in bare_page.words
    assert "Capacity paid by the hour" not in bare_page.words


@pytest.mark.parametrize("name", ["full_page", "bare_page"])
def test_headings_are_in_order_and_nothing_comes_from_elsewhere(name: str, request: pytest.FixtureRequest) -> None:
    page: Reading = request.getfixturevalue(name)
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(text.strip() for _, text in page.headings)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)


def test_sections_follow_the_argument(full_page: Reading) -> None:
    assert [text for level, text in full_page.headings if level == 2] == [
        "What is covered, and what is missing",
        "Where the money went",
        "Invoices against traces",
        "What one accepted result costs",
        "Every route on every workload",
        "Which route to use",
        *(["What token prices said, what the traces say"] if "What token prices" in full_page.words else []),
        "Whether to act",
        "Next",
    ]
