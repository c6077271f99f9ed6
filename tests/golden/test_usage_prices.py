"""Recorded usage bodies of providers become the expected usage and, through the price book, the expected price.

The recorded prices are those of the list at the commit that SOURCE.txt names. The installed package is newer, so
what it reads or charges otherwise stands, case by case, in `usage_price_exceptions.csv` with its reason.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from routefit.declared.model import Project, ProjectConfig
from routefit.lcpr.cost import token_cost_pico_usd
from routefit.lcpr.price import PriceRow
from routefit.prices import PriceBook, ResolvedPrices
from routefit.prices.usage import COLUMNS, UsageColumns, usage_columns
from routefit.units import PICO_USD_PER_USD

EXCEPTIONS = Path(__file__).with_name("usage_price_exceptions.csv")
MOST_EXCEPTIONS_RATE = 0.02

CALLED_AT = datetime(2025, 11, 24, tzinfo=UTC)
"""Before the price changes that the newer list dates after the recording."""

CASES = 19_321
PRICED_CASES = 3_474

Key = tuple[int, str, str]


@dataclass(frozen=True)
class Case:
    """One body as one extractor reads it; the prices are None where the recording has none."""

    key: Key
    body: dict[str, Any]
    model: str | None
    usage: dict[str, int]
    input_usd: Decimal | None
    output_usd: Decimal | None


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[Case]:
    recorded = json.loads((shared_data / "genai_prices" / "usages.json").read_text())
    return list(_cases(recorded))


def _cases(recorded: list[dict[str, Any]]) -> Iterator[Case]:
    for index, entry in enumerate(recorded):
        for extracted in entry["extracted"]:
            for extractor in extracted["extractors"]:
                yield Case(
                    key=(index, extractor["provider_id"], extractor["api_flavor"]),
                    body=entry["body"],
                    model=entry.get("model"),
                    usage=extracted["usage"],
                    input_usd=Decimal(extractor["input_price"]) if "input_price" in extractor else None,
                    output_usd=Decimal(extractor["output_price"]) if "output_price" in extractor else None,
                )


def _exceptions() -> dict[Key, str]:
    with EXCEPTIONS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {(int(row["body"]), row["provider"], row["flavor"]): row["reason"] for row in rows}


@cache
def _resolved(provider: str, model: str | None) -> ResolvedPrices:
    book = PriceBook(Project(config=ProjectConfig(name="golden")))
    return book.resolve(route=None, provider=provider, model=model, service_tier=None)


def _usage_difference(case: Case, columns: UsageColumns) -> str | None:
    """What the columns say otherwise than the recording, in the recording's names; zeros are not recorded."""
    got = {kind: columns.get(column) for kind, column in COLUMNS.items()} | columns.get("other_usage", {})
    read = {kind: amount for kind, amount in got.items() if amount}
    return None if read == case.usage else f"usage {read} instead of {case.usage}"


def _price_difference(case: Case, columns: UsageColumns) -> str | None:
    if case.input_usd is None:
        return None
    resolved = _resolved(case.key[1], case.model)
    input_tokens = columns.get("input_tokens", 0)
    row = next((row for row in resolved.rows if row.holds(at=CALLED_AT, input_tokens=input_tokens)), None)
    if row is None:
        return f"no row: {resolved.reason}"
    got = (_input_usd(row, columns), _output_usd(row, columns))
    return None if got == (case.input_usd, case.output_usd) else f"price {got}"


def _input_usd(row: PriceRow, columns: UsageColumns) -> Decimal:
    pico_usd = token_cost_pico_usd(
        row,
        input_tokens=columns.get("input_tokens", 0),
        cached_input_tokens=columns.get("cached_input_tokens", 0),
        cache_write_tokens=columns.get("cache_write_tokens", 0),
        output_tokens=0,
    )
    return Decimal(pico_usd - row.pico_usd_per_request) / PICO_USD_PER_USD


def _output_usd(row: PriceRow, columns: UsageColumns) -> Decimal:
    pico_usd = token_cost_pico_usd(
        row,
        input_tokens=0,
        cached_input_tokens=0,
        cache_write_tokens=0,
        output_tokens=columns.get("output_tokens", 0),
    )
    return Decimal(pico_usd - row.pico_usd_per_request) / PICO_USD_PER_USD


def _differences(cases: list[Case]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for case in cases:
        columns = usage_columns(case.key[1], case.body, case.key[2])
        difference = _usage_difference(case, columns) or _price_difference(case, columns)
        if difference is not None:
            found[case.key] = difference
    return found


@pytest.mark.shared_data
def test_all_recorded_cases_are_read(cases: list[Case]) -> None:
    """A changed file is noticed before its figures are trusted."""
    assert len(cases) == len({case.key for case in cases}) == CASES
    assert sum(case.input_usd is not None for case in cases) == PRICED_CASES


@pytest.mark.shared_data
def test_exactly_the_listed_cases_differ(cases: list[Case]) -> None:
    """A case that starts to differ is a fault; one that stops to differ must leave the list."""
    differences, listed = _differences(cases), _exceptions()
    assert {key: what for key, what in differences.items() if key not in listed} == {}
    assert {key: why for key, why in listed.items() if key not in differences} == {}


@pytest.mark.shared_data
def test_few_cases_are_listed(cases: list[Case]) -> None:
    """At most 2%, both of all cases and of those that differ in price among those with a price."""
    listed = _exceptions()
    assert len(listed) <= MOST_EXCEPTIONS_RATE * len(cases)
    off = {key for key, what in _differences(cases).items() if not what.startswith("usage")}
    assert len(off) <= MOST_EXCEPTIONS_RATE * PRICED_CASES


@pytest.mark.shared_data
def test_a_wrong_price_is_announced(cases: list[Case]) -> None:
    """Where rows give another price than recorded, the book had named the kind of usage that it cannot price."""
    unannounced = set()
    for case in cases:
        columns = usage_columns(case.key[1], case.body, case.key[2])
        difference = _price_difference(case, columns) or ""
        kinds = {kind for kind, amount in columns.get("other_usage", {}).items() if amount}
        if difference.startswith("price") and not kinds & set(_resolved(case.key[1], case.model).not_covered):
            unannounced.add(case.key)
    listed = _exceptions()
    assert {listed[key] for key in unannounced} == {
        "the list changed the price of this model",
        "the installed version also reads cache writes of this provider",
    }


def test_each_exception_has_a_reason() -> None:
    reasons = set(_exceptions().values())
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)
