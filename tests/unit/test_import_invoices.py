"""Invoices on their way in: our own columns, FOCUS exports, currencies, equal lines and later exports."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from billed_project import MAY, NOW, bill, billed_project
from routefit.answers.importing import ImportAnswer, ImportedFile, import_files
from routefit.errors import BadInputError
from routefit.ledger.formats.invoices import Invoices, is_model_spend

LINE: dict[str, Any] = MAY | {"provider": "Acme", "amount": "12.50"}
FOCUS = {
    "ProviderName": "Acme Cloud",
    "ChargePeriodStart": "2026-05-01 00:00:00",
    "ChargePeriodEnd": "2026-05-02 00:00:00",
    "ChargeCategory": "Usage",
    "BilledCost": "1.25",
    "BillingCurrency": "USD",
    "ServiceCategory": "AI and Machine Learning",
    "ServiceName": "Models",
    "SkuId": "S1",
    "ConsumedQuantity": "2.5",
    "ConsumedUnit": "1M tokens",
    "InvoiceId": "F-1",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return billed_project(tmp_path / "p", "fx: {EUR: {value: 1.09, label: PUBLIC}}\n")


def stored(directory: Path) -> list[dict[str, Any]]:
    files = sorted((directory / "ledger" / "invoices").glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def imported(directory: Path, file: Path) -> ImportedFile:
    return import_files(directory, [str(file)], kind="invoices", as_of=NOW).files[0]


def written(directory: Path, name: str, *lines: dict[str, Any]) -> Path:
    """The lines as CSV or as a JSON list."""
    file = directory / name
    if name.endswith(".json"):
        file.write_text(json.dumps(lines))
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(list(lines)), file)
    else:
        columns = list(dict.fromkeys(column for line in lines for column in line))
        rows = [",".join(columns), *(",".join(str(line.get(column, "")) for column in columns) for line in lines)]
        file.write_text("\n".join(rows) + "\n")
    return file


def summary(answer: ImportAnswer) -> tuple[int, int, int, int]:
    (one,) = answer.files
    return one.read, one.imported, one.duplicate, one.rejected


@pytest.mark.parametrize("name", ["bill.csv", "bill.json", "bill.parquet"])
def test_our_own_columns_from_every_kind_of_file(directory: Path, name: str) -> None:
    found = imported(directory, written(directory, name, LINE | {"model": "big-1", "quantity": 3}))
    assert (found.imported, found.rejected, found.warnings) == (1, 0, ())
    (row,) = stored(directory)
    assert (row["provider"], row["amount"], row["model"], row["quantity"], row["line_id"]) == (
        "Acme",
        Decimal("12.5"),
        "big-1",
        3.0,
        "1",
    )
    assert str(row["period_start"]) == "2026-05-01 00:00:00"


def test_amounts_keep_every_digit(directory: Path) -> None:
    file = directory / "bill.json"
    file.write_text(json.dumps([LINE]).replace('"12.50"', "0.123456789012"))
    imported(directory, file)
    assert stored(directory)[0]["amount"] == Decimal("0.123456789012")


@pytest.mark.parametrize("name", ["bill.csv", "bill.json", "bill.parquet"])
def test_a_column_that_nobody_knows_is_left_out_with_a_word(directory: Path, name: str) -> None:
    line = LINE | {"modell": "big-1", "contact": "somebody@billing.example"}
    found = imported(directory, written(directory, name, line))
    assert (found.imported, found.rejected) == (1, 0)
    assert found.warnings == (
        "column 'modell' is not known and was left out; did you mean 'model'?",
        "column 'contact' is not known and was left out",
    )


def test_two_equal_lines_both_count_and_the_same_bill_again_adds_nothing(directory: Path) -> None:
    assert summary(bill(directory, [LINE, LINE])) == (2, 2, 0, 0)
    assert summary(bill(directory, [LINE, LINE], name="copy"))[1:3] == (0, 2)
    assert sorted(row["line_id"] for row in stored(directory)) == ["1", "2"]


def test_an_overlapping_second_export_adds_what_is_new(directory: Path) -> None:
    june = LINE | {"period_start": "2026-06-01", "period_end": "2026-07-01"}
    bill(directory, [LINE])
    assert summary(bill(directory, [LINE, june], name="later")) == (2, 1, 1, 0)


def test_a_line_with_another_amount_is_a_conflict_and_not_a_second_line(directory: Path) -> None:
    bill(directory, [LINE])
    with pytest.raises(BadInputError, match="known with other content"):
        bill(directory, [LINE | {"amount": "99"}], name="later")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"currency": "CHF"}, "routefit.yaml: `fx: {CHF: {value: USD FOR ONE CHF", id="no rate"),
        pytest.param({"currency": "euros"}, "three letters such as EUR", id="no currency"),
        pytest.param({"period_start": "2026-07-01"}, "is not after period_start", id="period backwards"),
        pytest.param({"amount": "about twelve"}, "is not a number", id="an amount in words"),
        pytest.param({"amount": None}, "amount .with currency., or amount_usd", id="no amount"),
        pytest.param({"provider": None}, "is absent, but required", id="nobody bills"),
        pytest.param({"period_end": "2026-06-01T00:00:00"}, "has no time zone", id="a time without a zone"),
    ],
)
def test_a_bad_line_is_refused_alone(directory: Path, change: dict[str, Any], words: str) -> None:
    answer = bill(directory, [LINE, LINE | change])
    assert summary(answer) == (2, 1, 0, 1)
    (reject,) = answer.files[0].rejects
    assert words.replace(".with currency.", "(with currency)") in reject.text
    assert reject.line == 2


def test_after_a_rate_is_declared_the_same_file_gives_the_lines_that_were_refused(directory: Path) -> None:
    lines = [LINE, LINE | {"currency": "chf", "line_id": "x"}]
    assert summary(bill(directory, lines)) == (2, 1, 0, 1)
    config = directory / "routefit.yaml"
    config.write_text(config.read_text().replace("fx: {", "fx: {CHF: 1.12, "))
    assert summary(bill(directory, lines)) == (2, 1, 1, 0)
    assert {row["currency"] for row in stored(directory)} == {None, "CHF"}


def test_an_amount_in_usd_needs_no_rate(directory: Path) -> None:
    line = MAY | {"provider": "Acme", "amount_usd": 3, "currency": "CHF"}
    assert summary(bill(directory, [line])) == (1, 1, 0, 0)


def test_a_focus_export(directory: Path) -> None:
    """Times are UTC without saying so, a credit is a credit, tax is left out, corrections have no quantity."""
    found = imported(
        directory,
        written(
            directory,
            "focus.csv",
            FOCUS,
            FOCUS | {"ChargeCategory": "Credit", "BilledCost": "-0.75", "ConsumedQuantity": "NULL"},
            FOCUS | {"ChargeCategory": "Tax", "BilledCost": "0.10"},
            FOCUS | {"ChargeCategory": "Adjustment", "BilledCost": "-0.25", "ConsumedQuantity": "-1"},
        ),
    )
    assert (found.read, found.imported, found.rejected) == (3, 3, 0)
    assert found.notes == ("1 record left out: tax, which is no part of the comparison",)
    rows = {row["source_row"]: row for row in stored(directory)}
    assert {number: (row["amount"], row["credits"], row["quantity"]) for number, row in rows.items()} == {
        2: (Decimal("1.25"), None, 2.5),
        3: (Decimal(0), Decimal("0.75"), None),
        5: (Decimal("-0.25"), None, None),
    }
    assert (rows[2]["provider"], rows[2]["sku"], rows[2]["invoice_id"]) == ("Acme Cloud", "S1", "F-1")
    assert (str(rows[2]["period_start"]), rows[2]["service"]) == (
        "2026-05-01 00:00:00",
        "AI and Machine Learning: Models",
    )


def test_focus_lines_of_two_resources_are_two_lines_in_any_order(directory: Path) -> None:
    lines = [FOCUS | {"ResourceId": name, "BilledCost": cost} for name, cost in (("a", "1"), ("b", "2"))]
    imported(directory, written(directory, "one.csv", *lines))
    again = imported(directory, written(directory, "other.csv", *reversed(lines)))
    assert (again.imported, again.duplicate, again.rejected) == (0, 2, 0)


@pytest.mark.parametrize(
    ("service", "is_model"),
    [
        pytest.param(None, True, id="nothing known"),
        pytest.param("AI and Machine Learning: Bedrock", True, id="the category of models"),
        pytest.param("Compute: EC2", False, id="another category"),
        pytest.param("storage", False, id="another category alone"),
        pytest.param("Claude API", True, id="a service without a category"),
    ],
)
def test_which_services_count_as_model_spend(service: str | None, is_model: bool) -> None:
    assert is_model_spend(service) is is_model


def test_a_line_of_another_service_is_a_fact_with_a_word_about_it(directory: Path) -> None:
    found = imported(directory, written(directory, "focus.csv", FOCUS, FOCUS | {"ServiceCategory": "Compute"}))
    assert found.imported == 2
    assert found.warnings == (
        "1 line of services other than AI and Machine Learning: kept as facts, they do not count as model spend",
    )


def test_a_file_separated_by_semicolons_is_refused_as_a_whole(directory: Path) -> None:
    file = directory / "bill.csv"
    file.write_text("provider;amount\nAcme;1\n")
    with pytest.raises(BadInputError, match="separated by ';'"):
        imported(directory, file)


def test_the_name_says_which_currencies_were_known() -> None:
    assert Invoices().name == "invoices"
    assert Invoices(["eur", "CHF"]).name == "invoices CHF EUR"


@pytest.mark.shared_data
def test_the_focus_sample(directory: Path, shared_data: Path) -> None:
    """1,000 rows of real bills: all go in, nine are of a service for models."""
    found = imported(directory, shared_data / "focus_sample" / "focus_sample.csv")
    assert (found.read, found.imported, found.rejected) == (1000, 1000, 0)
    rows = stored(directory)
    assert sum(is_model_spend(row["service"]) for row in rows) == 9
    assert sum(row["amount"] for row in rows) == Decimal("23.133926728990")
    assert sum(row["credits"] or 0 for row in rows) == Decimal("2.6137")
