"""`routefit spend`: the table, the statement, the JSON, and that what is printed adds up."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from billed_project import MAY, billed_project, priced, verdict
from command_line import CommandLine, write_json_lines

STATEMENT_KEYS = {
    *("accepted_usd", "wasted_usd", "undecided_usd", "grading_usd", "idle_usd", "not_invoiced_usd"),
    *("not_through_gateway_usd", "price_difference_usd", "invoice_usd", "credits_usd", "reason"),
}
DAYS = ("--from", "2026-05-01", "--to", "2026-06-01")


@pytest.fixture
def project(routefit: CommandLine) -> Path:
    """Thirty calls of a third of a dollar and more, of three teams; two of three units accepted."""
    directory = billed_project(routefit.folder / "project")
    calls = [
        priced(n, "33.333333333333", attributes={"team_alias": f"team-{n % 3}"} if n % 5 else None)
        for n in range(30)
    ]
    files = {
        "calls": write_json_lines(routefit.folder / "calls.jsonl", calls),
        "outcomes": write_json_lines(
            routefit.folder / "outcomes.jsonl", [verdict(n, n % 3 > 0) for n in range(30)]
        ),
        "invoices": write_json_lines(
            routefit.folder / "invoices.jsonl",
            [
                MAY | {"provider": "Acme", "amount": "1010.005", "credits": "2.50"},
                MAY | {"provider": "Acme", "amount": "7.77", "model": "never-seen"},
                MAY | {"provider": "Acme", "amount": "50", "invoice_id": "A-9", "disputed": True},
            ],
        ),
    }
    for kind, file in files.items():
        ran = routefit("import", kind, file, "--project", directory)
        assert ran.exit_code == 0, ran.err
    return directory


def figures_of(lines: list[str], name: str) -> list[Decimal]:
    """The amounts with cents in the line that begins with a name."""
    line = next(line for line in lines if line.strip().startswith(name))
    return [Decimal(text.replace(",", "")) for text in re.findall(r"-?[\d,]+\.\d\d", line)]


@pytest.mark.parametrize("columns", ["80", "100"])
def test_what_is_printed_adds_up(
    routefit: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """1,000 USD in thirds: rows make the columns, the lines of the statement make the invoice, to the cent."""
    monkeypatch.setenv("COLUMNS", columns)
    ran = routefit("spend", "--by", "team", *DAYS, "--project", project)
    assert (ran.exit_code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert "Window: 2026-05-01 to 2026-05-31 (31 days, UTC)" in ran.out
    rows = [figures_of(lines, name) for name in ("team-0", "team-1", "team-2", "(none)")]
    spent = sum(row[0] for row in rows)
    assert spent == figures_of(lines, "all")[0] == Decimal("1000.00")
    statement = lines[lines.index("The bill") :]
    names = ("accepted", "wasted", "not through", "price difference")
    parts = [amount for name in names for amount in figures_of(statement, name)]
    assert sum(parts) == figures_of(statement, "invoice")[0] == Decimal("1017.78")
    assert figures_of(statement, "credits") == [Decimal("-2.50")]
    assert "50.00 USD of Acme, invoice A-9, 2026-05-01 to 2026-05-31: disputed" in ran.out
    assert "$7.77: Acme bills never-seen that no trace shows" in " ".join(ran.out.split())


def test_json(routefit: CommandLine, project: Path) -> None:
    ran = routefit("spend", "--by", "tag.nothing", "--project", project, "--format", "json")
    assert ran.exit_code == 2
    assert ran.json["error"]["code"] == "unknown_name"
    answer = routefit("spend", *DAYS, "--project", project, "--format", "json").json
    assert {"window", "by", "rows", "statement", "total_usd"} <= answer.keys()
    assert answer["by"] == "workload"
    assert answer["statement"].keys() == STATEMENT_KEYS
    assert answer["rows"][0].keys() == {
        *("key", "calls", "unpriced_calls", "usd"),
        *("accepted_usd", "wasted_usd", "undecided_usd", "grading_usd", "idle_usd"),
    }
    lines = answer["statement"]
    terms = [lines[name] for name in STATEMENT_KEYS - {"invoice_usd", "credits_usd", "reason"}]
    assert sum(terms) == pytest.approx(lines["invoice_usd"], abs=1e-9)
    assert sum(row["usd"] for row in answer["rows"]) == pytest.approx(answer["total_usd"], abs=1e-9)


def test_a_key_that_is_misspelled(routefit: CommandLine, project: Path) -> None:
    ran = routefit("spend", "--by", "providers", "--project", project)
    assert ran.exit_code == 2
    assert "next: routefit spend --by provider" in ran.err


def test_without_an_invoice_it_says_how_to_get_one(routefit: CommandLine, project: Path) -> None:
    ran = routefit("spend", *DAYS, "--project", project, "--as-of", "2026-06-30")
    assert ran.exit_code == 3, "nothing had been imported by then"
    bare = billed_project(routefit.folder / "bare")
    file = write_json_lines(routefit.folder / "one.jsonl", [priced(1, "0.004")])
    routefit("import", "calls", file, "--project", bare)
    ran = routefit("spend", *DAYS, "--project", bare)
    assert "no invoice was imported: routefit import invoices FILE" in ran.out
    assert "0.004000" in ran.out, "small change is shown with more digits than cents"


def test_lcpr_has_a_column_for_the_bill(routefit: CommandLine, project: Path) -> None:
    ran = routefit("lcpr", *DAYS, "--project", project)
    assert "running + bill" in ran.out
    assert "not invoiced" not in ran.out


def test_explain_has_the_bill_above_its_amount(routefit: CommandLine, project: Path) -> None:
    """1,010.005 billed for 1,000 traced."""
    lines = routefit("explain", "work", "r", *DAYS, "--project", project).out.splitlines()
    header = next(line for line in lines if "bill" in line and "total" in line)
    amounts = next(line for line in lines if "USD in the window" in line)
    end = header.index("bill") + len("bill")
    assert amounts[:end].split()[-1] in ("10.00", "10.01")
