"""The bill of the twelve teams adds up to the cent, however it is cut, from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command_line import run_command
from routefit.simulate.spend_log import write_fleet
from routefit.simulate.spend_truth import SpendLogTruth
from twelve_teams_project import write_project

pytestmark = pytest.mark.slow

AS_OF = "2026-06-20"
ROWS = 6_000
TRACED = ("accepted_usd", "wasted_usd", "undecided_usd", "grading_usd", "idle_usd")
BEYOND = ("not_invoiced_usd", "not_through_gateway_usd", "price_difference_usd")
KEYS = (
    "team",
    "owner",
    "workload",
    "provider",
    "model",
    "route",
    "tag.feature",
    "tag.ticket_id",
    "day",
    "month",
)


class Company(NamedTuple):
    """The project with all that the company has, and the truth about it."""

    directory: Path
    truth: SpendLogTruth


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("company")
    raw = folder / "raw"
    truth = write_fleet(raw, rows=ROWS, formats=("jsonl", "csv"))
    directory = write_project(folder / "project")
    for kind, file in (
        ("litellm", raw / "traces"),
        ("scores", raw / "scores.jsonl"),
        ("capacity", raw / "capacity.csv"),
        ("invoices", raw / "invoices.csv"),
    ):
        ran = run_command("import", kind, file, "--project", directory, "--as-of", AS_OF, "--strict", "-q")
        assert ran.exit_code == 0, ran.err
    return Company(directory, truth)


def spent(company: Company, *arguments: str) -> Any:
    """The bill as JSON."""
    ran = run_command("spend", *arguments, "--project", company.directory, "--as-of", AS_OF, "--format", "json")
    assert ran.exit_code == 0, ran.err
    return ran.json


def sum_of(amounts: Iterable[float]) -> float:
    """The sum of amounts as they are written, without the error of adding floats."""
    return float(sum(Decimal(str(amount)) for amount in amounts))


def total_of(lines: dict[str, Any], names: Sequence[str] = TRACED) -> float:
    """The sum of these lines; by default what was traced."""
    return sum_of(lines[name] for name in names)


@pytest.mark.parametrize("by", KEYS)
def test_rows_sum_to_the_parts_and_the_parts_to_the_invoice(company: Company, by: str) -> None:
    """Each row is the sum of what its calls went for; all of it and what no call explains is the invoice."""
    bill = spent(company, "--by", by)
    lines, rows = bill["statement"], bill["rows"]
    for row in rows:
        assert total_of(row) == pytest.approx(row["usd"], abs=1e-9), row["key"]
    for name in TRACED:
        assert sum_of(row[name] for row in rows) == pytest.approx(lines[name], abs=1e-9)
    assert sum_of(row["usd"] for row in rows) == pytest.approx(bill["total_usd"], abs=1e-9)
    assert total_of(lines) == pytest.approx(bill["total_usd"], abs=1e-9)
    assert total_of(lines, TRACED + BEYOND) == pytest.approx(lines["invoice_usd"], abs=1e-9)
    assert sum(row["calls"] for row in rows) == company.truth.rows
    assert len({row["key"] for row in rows}) == len(rows)


def test_the_invoice_is_the_one_that_was_sent(company: Company) -> None:
    """Before credits, in USD at the declared rate, without the disputed line, which is named."""
    bill, told = spent(company), company.truth.invoices
    lines = bill["statement"]
    assert lines["invoice_usd"] == pytest.approx(float(sum(one.invoiced_usd for one in told)), abs=1e-9)
    assert lines["credits_usd"] == pytest.approx(float(sum(one.credits_usd for one in told)), abs=1e-9)
    off_gateway_usd = float(sum(one.off_gateway_usd for one in told))
    assert lines["not_through_gateway_usd"] == pytest.approx(off_gateway_usd, abs=1e-9)
    difference_usd = float(sum(one.price_difference_usd for one in told))
    assert lines["price_difference_usd"] == pytest.approx(difference_usd, abs=1e-9)
    (left_out,) = bill["left_out"]
    assert left_out["reason"] == "disputed"
    assert left_out["usd"] == pytest.approx(float(sum(one.disputed_usd for one in told)))


def test_two_halves_of_the_window_are_the_whole(company: Company) -> None:
    """An invoice whose period a window cuts gives it the share of what was traced in it."""
    start, end = str(company.truth.start_on), str(company.truth.end_on)
    middle = str(company.truth.start_on.replace(day=15))
    whole = spent(company, "--from", start, "--to", end)["statement"]
    halves = [
        spent(company, "--from", first, "--to", last)["statement"]
        for first, last in ((start, middle), (middle, end))
    ]
    for name in (*TRACED, "price_difference_usd", "not_through_gateway_usd", "invoice_usd", "credits_usd"):
        assert halves[0][name] + halves[1][name] == pytest.approx(whole[name], abs=1e-9), name


def test_lcpr_holds_what_the_bill_holds(company: Company) -> None:
    """What the cells carry of the difference to the bill is the price difference of the calls that were traced."""
    bill = spent(company)["statement"]
    answered = run_command("lcpr", "--project", company.directory, "--as-of", AS_OF, "--format", "json").json
    delta_usd = sum(cell["cost_usd"]["delta"] or 0 for cell in answered["cells"])
    assert delta_usd == pytest.approx(bill["price_difference_usd"], abs=1e-9)
    inference_usd = sum(cell["cost_usd"]["inference"] + cell["cost_usd"]["eval"] for cell in answered["cells"])
    assert inference_usd + answered["unattributed"]["cost_usd"] == pytest.approx(total_of(bill), abs=1e-9)
