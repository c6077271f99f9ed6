"""The published month through ledger and invoice files: every term of the cost, the bill down to the invoice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from billed_project import MAY, NOW, bill, published_month
from routefit.answers.lcpr import LcprAnswer, lcpr
from routefit.answers.spend import SpendAnswer, spend
from routefit.answers.workspace import Workspace
from routefit.evidence import Label

ACME: dict[str, Any] = MAY | {"provider": "Acme", "amount": "14850.00", "invoice_id": "A-1"}
FIRST, END = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The traces of the month, without any invoice."""
    return published_month(tmp_path_factory.mktemp("month") / "p")


@contextmanager
def _opened(directory: Path) -> Iterator[Workspace]:
    with Workspace(directory, as_of=NOW) as workspace:
        yield workspace


def with_bill(month: Path, tmp_path: Path, *lines: Mapping[str, Any], config: str = "") -> Path:
    """A copy of the month with these invoice lines and these lines in routefit.yaml."""
    directory = tmp_path / "copy"
    directory.mkdir()
    for part in month.iterdir():
        if part.name not in ("ledger", "calls.jsonl", "outcomes.jsonl"):
            (directory / part.name).symlink_to(part) if part.is_dir() else (directory / part.name).write_text(
                part.read_text() + config
            )
    _copy_ledger(month / "ledger", directory / "ledger")
    bill(directory, lines)
    return directory


def _copy_ledger(source: Path, target: Path) -> None:
    """Its own manifest, the same Parquet files."""
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())


def answers(
    directory: Path, *, start: date = FIRST, end: date = END, by: str = "workload"
) -> tuple[LcprAnswer, SpendAnswer]:
    with _opened(directory) as workspace:
        return lcpr(workspace, start=start, end=end), spend(workspace, by=by, start=start, end=end)


def adds_up(answer: SpendAnswer) -> None:
    """The lines of the statement are its invoice, the rows the traced cost, to a thousandth of a cent."""
    lines = answer.statement.model_dump(exclude={"invoice_usd", "credits_usd", "reason"})
    assert sum(lines.values()) == pytest.approx(answer.statement.invoice_usd, abs=1e-5)
    assert sum(row.usd for row in answer.rows) == pytest.approx(answer.total_usd, abs=1e-5)


def test_the_published_month(month: Path, tmp_path: Path) -> None:
    costs, spent = answers(with_bill(month, tmp_path, ACME))
    (cell,) = costs.cells
    assert cell.cost_usd.model_dump() == pytest.approx(
        {"inference": 14_200, "eval": 800, "human": 1_000, "ops": 2_500, "delta": 650, "total": 19_150}
    )
    assert (cell.attempts, cell.accepted_units) == (100_000, 82_000)
    assert cell.lcpr_usd_per_accepted_unit == pytest.approx(0.23354, abs=5e-6)
    assert cell.naive_usd_per_attempt == pytest.approx(0.142)
    assert cell.loaded_to_naive_ratio == pytest.approx(1.645, abs=5e-4)
    assert "not invoiced: graders" in cell.evidence.reasons
    assert not any(reason.startswith("bill of") for reason in cell.evidence.reasons), "4.38% is within 5%"
    (period,) = spent.periods
    assert period.delta_to_invoice_rate == pytest.approx(0.0438, abs=5e-5)
    assert period.delta_to_traced_rate == pytest.approx(650 / 14_200)
    assert period.is_reconciled
    assert costs.coverage.bill_explained_rate == pytest.approx(1 - 650 / 14_850)
    adds_up(spent)


def test_its_statement(month: Path, tmp_path: Path) -> None:
    _, spent = answers(with_bill(month, tmp_path, ACME), by="provider")
    lines = spent.statement
    assert (lines.accepted_usd, lines.wasted_usd, lines.grading_usd) == pytest.approx((11_644, 2_556, 800))
    assert (lines.not_invoiced_usd, lines.price_difference_usd, lines.invoice_usd) == pytest.approx(
        (-800, 650, 14_850)
    )
    assert [(row.key, row.calls, row.usd) for row in spent.rows] == [
        ("acme", 100_000, 14_200.0),
        ("graders", 1_000, 800.0),
    ]
    assert spent.not_invoiced == ("graders",)


def test_without_an_invoice_the_difference_is_unknown_and_not_nothing(month: Path) -> None:
    costs, spent = answers(month)
    (cell,) = costs.cells
    assert cell.cost_usd.delta is None
    assert cell.cost_usd.total == pytest.approx(18_500)
    assert "not invoiced: the difference to the bill is not known" in cell.evidence.reasons
    assert costs.coverage.bill_explained_rate is None
    assert spent.statement.invoice_usd is None
    assert spent.statement.reason == "no invoice was imported"
    assert spent.statement.price_difference_usd is None
    assert spent.total_usd == pytest.approx(15_000)


def test_a_window_inside_the_invoice_takes_its_share_of_the_traced_cost(month: Path, tmp_path: Path) -> None:
    """The difference is 650 / 14,200 of what was traced, in every window; two windows make the month."""
    directory = with_bill(month, tmp_path, ACME)
    parts = []
    for start, end in ((FIRST, date(2026, 5, 11)), (date(2026, 5, 11), END)):
        costs, spent = answers(directory, start=start, end=end)
        (cell,) = costs.cells
        assert cell.cost_usd.inference is not None
        assert cell.cost_usd.delta == pytest.approx(cell.cost_usd.inference * 650 / 14_200)
        adds_up(spent)
        parts.append(spent.statement.invoice_usd or 0.0)
    assert sum(parts) == pytest.approx(14_850)


def test_a_window_beyond_the_invoice_says_what_is_not_covered(month: Path, tmp_path: Path) -> None:
    half = ACME | {"period_end": "2026-05-16", "amount": "7000"}
    costs, spent = answers(with_bill(month, tmp_path, half))
    assert "not invoiced: acme in part, graders" in costs.cells[0].evidence.reasons
    assert spent.not_invoiced == ("acme", "graders")
    adds_up(spent)


def test_another_currency_with_a_declared_rate(month: Path, tmp_path: Path) -> None:
    """13,500 EUR at 1.10 is the same invoice, and no better known than the rate."""
    config = "fx: {EUR: {value: 1.10, label: PUBLIC, source: central bank, as_of: 2026-05-29}}\n"
    line = ACME | {"amount": "13500", "currency": "EUR"}
    costs, spent = answers(with_bill(month, tmp_path, line, config=config))
    assert spent.statement.invoice_usd == pytest.approx(14_850)
    assert costs.cells[0].cost_usd.delta == pytest.approx(650)
    share = next(one for one in costs.cells[0].evidence.dollars if one.source == "difference to the invoice")
    assert share.label is Label.PUBLIC


def test_a_biller_that_is_not_the_provider(month: Path, tmp_path: Path) -> None:
    """A cloud bills for both providers: grading is on this invoice too."""
    line = ACME | {"provider": "AWS", "amount": "15650"}
    config = "billers: {aws: [acme, graders]}\n"
    costs, spent = answers(with_bill(month, tmp_path, line, config=config))
    assert costs.cells[0].cost_usd.delta == pytest.approx(650)
    assert not any("not invoiced" in reason for reason in costs.cells[0].evidence.reasons)
    assert spent.statement.not_invoiced_usd == 0
    assert spent.periods[0].traced_usd == pytest.approx(15_000)
    adds_up(spent)


def test_a_biller_that_nobody_declared_explains_nothing(month: Path, tmp_path: Path) -> None:
    """Its invoice is use without a trace, and the traced calls are on no invoice."""
    costs, spent = answers(with_bill(month, tmp_path, ACME | {"provider": "Reseller"}))
    assert costs.cells[0].cost_usd.delta is None
    assert spent.statement.not_through_gateway_usd == pytest.approx(14_850)
    assert spent.statement.not_invoiced_usd == pytest.approx(-15_000)
    assert costs.coverage.bill_explained_rate == 0
    adds_up(spent)


def test_credits_stand_beside_the_bill_and_not_in_it(month: Path, tmp_path: Path) -> None:
    costs, spent = answers(with_bill(month, tmp_path, ACME | {"credits": "500"}))
    assert costs.cells[0].cost_usd.delta == pytest.approx(650)
    assert (spent.statement.credits_usd, spent.statement.invoice_usd) == pytest.approx((500, 14_850))
    assert any(bucket.kind == "credit_or_commitment" and bucket.usd == 500 for bucket in spent.buckets)


def test_a_disputed_line_is_left_out_and_named(month: Path, tmp_path: Path) -> None:
    disputed = ACME | {"amount": "900", "line_id": "d", "disputed": True}
    costs, spent = answers(with_bill(month, tmp_path, ACME, disputed))
    assert costs.cells[0].cost_usd.delta == pytest.approx(650)
    assert [(line.reason, line.usd, line.invoice_id) for line in spent.left_out] == [("disputed", 900.0, "A-1")]


def test_two_invoices_of_one_period_add_up(month: Path, tmp_path: Path) -> None:
    """The second one's period overlaps: no traced call is held against both."""
    later = ACME | {"period_start": "2026-05-20", "amount": "150", "invoice_id": "A-2"}
    _, spent = answers(with_bill(month, tmp_path, ACME | {"amount": "14700"}, later))
    assert [(one.invoice_usd, one.traced_usd) for one in spent.periods] == [(14_850.0, 14_200.0)]


def test_more_than_five_percent_is_not_good_enough_to_decide(month: Path, tmp_path: Path) -> None:
    costs, _ = answers(with_bill(month, tmp_path, ACME | {"amount": "15200"}))
    evidence = costs.cells[0].evidence
    assert not evidence.decision_grade
    assert "bill of Acme differs by 6.6% of the invoice > 5% (7.0% of the traced cost)" in evidence.reasons
