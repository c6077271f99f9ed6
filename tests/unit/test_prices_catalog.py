"""The whole public catalog as rows, held against the package's own arithmetic."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
    Usage,
)
from genai_prices.units import UnitRegistry

from routefit.lcpr.cost import token_cost_pico_usd
from routefit.prices.catalog import REPRESENTED_KEYS, Catalog, CatalogMatch, CatalogPrices
from routefit.units import PICO_USD_PER_USD

CATALOG = Catalog()

REQUEST_CONTEXTS = {
    ("processing", "batch"),
    ("service_tier", "default"),
    ("service_tier", "fast"),
    ("service_tier", "flex"),
    ("service_tier", "priority"),
    ("route", "mistral/eu"),
    ("search_type", "fast"),
    ("search_type", "web"),
    ("speed", "fast"),
}
"""What the package tells prices apart by; the last four are no service tier of a call and are not asked for."""

CHARGED_OTHERWISE = {
    "charged by": 26,  # audio seconds, characters, pages or messages: no token price at all
    "depends on the time of day": 5,  # DeepSeek
    "at a rate of their own": 2,  # reasoning tokens of sonar-deep-research
}
"""How many priced models have no rows, by reason; models that the catalog lists without a price come on top."""

LARGEST_ROUNDING_RATE = Decimal("0.00002")
"""Some prices of resellers are no whole pico-USD (0.0833333333333333 USD per million tokens)."""

INEXACT_PROVIDERS = {"huggingface_together", "openrouter"}
"""Whose lists carry binary fractions of a price."""


def models() -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def conditionals(model: ModelInfo) -> list[ConditionalPrice]:
    if isinstance(model.prices, ModelPrice):
        return [ConditionalPrice(prices=model.prices)]
    return model.prices


def token_prices(model: ModelInfo) -> Iterator[tuple[str, Decimal]]:
    variants = [variant.prices for variant in model.price_variants or ()]
    for price in [*(conditional.prices for conditional in conditionals(model)), *variants]:
        for key, value in vars(price).items():
            is_tiered = isinstance(value, TieredPrices)
            for amount in (value.base, *(tier.price for tier in value.tiers)) if is_tiered else (value,):
                if key in REPRESENTED_KEYS and amount is not None:
                    yield key, amount


def prices_of(provider: Provider, model: ModelInfo, tier: str = "standard") -> CatalogPrices:
    return CATALOG.prices(CatalogMatch(provider.id, model, is_own=True), tier)


def test_price_keys_are_those_that_the_package_registers() -> None:
    registered = {unit.price_key for unit in UnitRegistry(unit_data).units.values()}
    assert registered >= REPRESENTED_KEYS
    used = {
        key
        for _, model in models()
        for price in (
            *(conditional.prices for conditional in conditionals(model)),
            *(variant.prices for variant in model.price_variants or ()),
        )
        for key in vars(price)
    }
    assert used <= registered


def test_request_contexts_are_those_decided_here() -> None:
    used = {
        pair for _, model in models() for variant in model.price_variants or () for pair in variant.when.items()
    }
    assert used == REQUEST_CONTEXTS


def test_conditions_are_dates_and_times_of_day() -> None:
    kinds = {
        type(condition.constraint)
        for _, model in models()
        for condition in (*conditionals(model), *(model.price_variants or ()))
    }
    assert kinds == {type(None), StartDateConstraint, TimeOfDateConstraint}


def test_every_token_price_of_the_catalog_becomes_rows() -> None:
    reasons: dict[str, int] = dict.fromkeys(CHARGED_OTHERWISE, 0)
    with_rows = 0
    for provider, model in models():
        found = prices_of(provider, model)
        if found.rows:
            with_rows += 1
            continue
        is_listed_without = all(not vars(conditional.prices) for conditional in conditionals(model))
        assert ("has no price" in (found.reason or "")) is is_listed_without
        for reason in reasons:
            reasons[reason] += reason in (found.reason or "")
    assert reasons == CHARGED_OTHERWISE
    assert with_rows > 2000


def test_no_price_vanishes_in_rounding() -> None:
    inexact = set()
    for provider, model in models():
        for key, usd in token_prices(model):
            pico = usd * (10**9 if key == "requests_kcount" else 10**6)
            whole = pico.to_integral_value()
            assert (whole == 0) is (usd == 0), (provider.id, model.id, key, usd)
            if pico != whole:
                inexact.add(provider.id)
                assert abs(pico - whole) / pico < LARGEST_ROUNDING_RATE, (provider.id, model.id, key, usd)
    assert inexact <= INEXACT_PROVIDERS


@pytest.mark.parametrize("tier", ["standard", "batch", "flex", "priority"])
def test_rows_agree_with_the_package(tier: str) -> None:
    """On both sides of every date and every tier of every model, in the kinds that a row carries."""
    contexts = {"standard": None, "batch": {"processing": "batch"}}
    context = contexts.get(tier, {"service_tier": tier})
    compared = 0
    for provider, model in models():
        rows = prices_of(provider, model, tier).rows
        for at in _instants(model) if rows else ():
            for input_tokens in _lengths(model):
                row = [row for row in rows if row.holds(at=at, input_tokens=input_tokens)]
                if not row and tier != "standard":
                    continue
                assert len(row) == 1, (provider.id, model.id, at, input_tokens)
                cached, written, output_tokens = input_tokens // 3, input_tokens // 5, 777
                has_output = "output_tokens" not in prices_of(provider, model, tier).not_covered
                usage = Usage(
                    input_tokens=input_tokens,
                    cache_read_tokens=cached,
                    cache_write_tokens=written,
                    output_tokens=output_tokens if has_output else 0,
                )
                theirs = model.calc_price(usage, provider, genai_request_timestamp=at, price_context=context)
                ours = token_cost_pico_usd(
                    row[0],
                    input_tokens=input_tokens,
                    cached_input_tokens=cached,
                    cache_write_tokens=written,
                    output_tokens=output_tokens if has_output else 0,
                )
                expected = theirs.total_price * PICO_USD_PER_USD
                tolerance = LARGEST_ROUNDING_RATE * expected if provider.id in INEXACT_PROVIDERS else Decimal(0)
                assert abs(ours - expected) <= tolerance, (provider.id, model.id, at, input_tokens)
                compared += 1
    assert compared > 20


def _instants(model: ModelInfo) -> list[datetime]:
    starts: set[date] = {
        condition.constraint.start_date
        for condition in (*conditionals(model), *(model.price_variants or ()))
        if isinstance(condition.constraint, StartDateConstraint)
    }
    midnights = [datetime(start.year, start.month, start.day, tzinfo=UTC) for start in sorted(starts)]
    return [
        datetime(2020, 1, 1, tzinfo=UTC),
        *(at for midnight in midnights for at in (midnight - timedelta(microseconds=1), midnight)),
        datetime(2030, 1, 1, tzinfo=UTC),
    ]


def _lengths(model: ModelInfo) -> list[int]:
    starts = {
        tier.start
        for price in (
            *(conditional.prices for conditional in conditionals(model)),
            *(variant.prices for variant in model.price_variants or ()),
        )
        for value in vars(price).values()
        if isinstance(value, TieredPrices)
        for tier in value.tiers
    }
    return [10, *(length for start in sorted(starts) for length in (start, start + 1))]


def test_rows_of_the_whole_catalog_never_overlap() -> None:
    far = datetime(9999, 1, 1, tzinfo=UTC)
    for provider, model in models():
        for tier in ("standard", "batch", "flex", "priority"):
            rows = prices_of(provider, model, tier).rows
            for index, row in enumerate(rows):
                for other in rows[index + 1 :]:
                    is_apart_in_time = (row.valid_to or far) <= (other.valid_from or far)
                    is_apart_in_length = row.tokens_to is not None and row.tokens_to <= other.tokens_from
                    is_apart_in_length |= other.tokens_to is not None and other.tokens_to <= row.tokens_from
                    assert is_apart_in_time or is_apart_in_length, (provider.id, model.id, tier)


def test_the_book_loads_no_catalog_before_it_is_asked() -> None:
    """Importing and building a book, and pricing from a route, leaves genai-prices alone."""
    code = (
        "import sys; from routefit.prices import PriceBook; from routefit.declared.model import *\n"
        "price = Price(valid_from='2026-01-01', input_usd_per_mtok=1, output_usd_per_mtok=2)\n"
        "route = Route(id='r', provider='p', model='m', prices=(price,))\n"
        "book = PriceBook(Project(config=ProjectConfig(name='x'), routes={'r': route}))\n"
        "assert book.resolve(route=route, provider='p', model='m', service_tier=None).rows\n"
        "assert 'genai_prices' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
