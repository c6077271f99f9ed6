"""The price book: whose price holds, under which name, and what is said when none does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from routefit.declared.model import Price, PriceListing, Project, ProjectConfig, Route
from routefit.errors import BadInputError
from routefit.evidence import Label
from routefit.prices import PriceBook, ResolvedPrices

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def book(
    *, prices: tuple[PriceListing, ...] = (), routes: tuple[Route, ...] = (), aliases: dict[str, str] | None = None
) -> PriceBook:
    config = ProjectConfig(name="test", model_aliases=aliases or {})
    return PriceBook(Project(config=config, prices=prices, routes={route.id: route for route in routes}))


def price(**fields: Any) -> Price:
    return Price(**{"valid_from": "2026-01-01", "input_usd_per_mtok": 1, "output_usd_per_mtok": 2, **fields})


def listing(provider: str = "openai", model: str = "gpt-4o", **fields: Any) -> PriceListing:
    return PriceListing(provider=provider, model=model, **price(**fields).model_dump(exclude_unset=True))


def resolve(the_book: PriceBook, provider: str | None, model: str | None, **more: Any) -> ResolvedPrices:
    return the_book.resolve(**{"route": None, "service_tier": None, **more}, provider=provider, model=model)


CONTRACT = Route(id="contract", provider="openai", model="gpt-4o", prices=(price(input_usd_per_mtok="0.7"),))


@pytest.mark.parametrize(
    ("provider", "model", "name"),
    [
        pytest.param("openai", "gpt-4o", "openai/gpt-4o", id="as it stands"),
        pytest.param("OpenAI", "GPT-4o", "openai/gpt-4o", id="case does not matter"),
        pytest.param(None, "gpt-4o", "openai/gpt-4o", id="without a provider the maker's list"),
        pytest.param("openai", "openai/gpt-4o", "openai/gpt-4o", id="the provider's own name as prefix"),
        pytest.param(None, "azure/gpt-4o", "azure/gpt-4o", id="a prefix that says who serves"),
        pytest.param(None, "azure/eu/gpt-4o", "azure/gpt-4o", id="a region between provider and model"),
        pytest.param("azure.ai.openai", "gpt-4o", "azure/gpt-4o", id="OpenTelemetry's spelling"),
        pytest.param(
            "litellm", "litellm_proxy/gpt-4o", "openai/gpt-4o", id="a gateway says nothing about who serves"
        ),
        pytest.param(
            None, "litellm_proxy/azure/gpt-4o", "azure/gpt-4o", id="the provider behind a gateway's prefix"
        ),
        pytest.param(
            None,
            "openrouter/anthropic/claude-sonnet-4.5",
            "openrouter/anthropic/claude-sonnet-4.5",
            id="a gateway with its own list is asked first",
        ),
        pytest.param(
            None,
            "openrouter/anthropic/claude-3-opus-20240229",
            "anthropic/claude-3-opus-latest",
            id="what that gateway does not list is priced as the maker's",
        ),
        pytest.param(
            None,
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
            id="a region that the catalog prices itself is kept",
        ),
        pytest.param(
            None,
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
            id="a Bedrock id without a provider is AWS, not the maker",
        ),
        pytest.param(
            "vertex_ai-anthropic_models", "claude-haiku-4-5", "google/claude-haiku-4-5", id="LiteLLM's Vertex"
        ),
        pytest.param(None, "gemini/gemini-2.5-pro", "google/gemini-2.5-pro", id="LiteLLM's Gemini"),
        pytest.param(
            "fireworks_ai", "accounts/fireworks/models/gpt-oss-120b", "fireworks/gpt-oss-120b", id="a path"
        ),
        pytest.param("acme", "prod-chat", "openai/gpt-4o", id="an alias that names a provider decides who serves"),
        pytest.param("azure", "prod-bare", "azure/gpt-4o", id="a bare alias keeps the provider"),
        pytest.param(
            "openrouter", "prod-claude", "openrouter/anthropic/claude-sonnet-4.5", id="alias in a gateway"
        ),
        pytest.param("azure", "gpt-4.1", "azure/gpt-4o", id="an alias goes before a model of that very name"),
        pytest.param("lab", "tuned", "Lab/tuned", id="a provider that only prices/ knows"),
        pytest.param(None, "lab/tuned", "Lab/tuned", id="a prefix that only prices/ knows"),
        pytest.param(None, "tuned", "Lab/tuned", id="a model that one provider of prices/ lists"),
    ],
)
def test_names(provider: str | None, model: str, name: str) -> None:
    aliases = {
        "prod-chat": "openai/gpt-4o",
        "prod-bare": "gpt-4o",
        "prod-claude": "anthropic/claude-sonnet-4.5",
        "gpt-4.1": "gpt-4o",
    }
    found = resolve(book(prices=(listing("Lab", "tuned"),), aliases=aliases), provider, model)
    assert (found.name, found.reason) == (name, None)
    assert found.rows


@pytest.mark.parametrize(
    ("provider", "model", "tier", "usd_per_mtok"),
    [
        pytest.param("openai", "gpt-4o", None, "2.5", id="no tier is standard"),
        pytest.param("openai", "gpt-4o", "default", "2.5", id="OpenAI calls standard default"),
        pytest.param("openai", "gpt-4o", "standard", "2.5", id="standard"),
        pytest.param("openai", "gpt-4o", "batch", "1.25", id="batch is half"),
        pytest.param("openai", "gpt-5", "flex", "0.625", id="flex where there is a variant"),
        pytest.param("openai", "gpt-5", "priority", "2.5", id="priority where there is a variant"),
        pytest.param("anthropic", "claude-haiku-4-5", "batch", "0.5", id="batch of another maker"),
    ],
)
def test_service_tiers_of_the_catalog(provider: str, model: str, tier: str | None, usd_per_mtok: str) -> None:
    row = resolve(book(), provider, model, service_tier=tier).rows[-1]
    assert row.input_pico_usd_per_token == Decimal(usd_per_mtok) * 10**6
    assert row.label is Label.PUBLIC
    assert (row.source or "").startswith("genai-prices ")


@pytest.mark.parametrize(
    ("provider", "model", "tier", "reason"),
    [
        pytest.param("openai", "gpt-4o", "scale", "no scale price", id="a tier without variant is not standard"),
        pytest.param("mistral", "open-mistral-7b", "flex", "no flex price", id="flex without variant"),
        pytest.param(
            "azure", "gpt-4o-mini-tts", "batch", "no batch price", id="another provider's variant is not ours"
        ),
        pytest.param("deepseek", "deepseek-chat", None, "time of day", id="time of day"),
        pytest.param("openai", "whisper-1", None, "audio_seconds, not by input", id="charged by the second"),
        pytest.param("perplexity", "sonar-deep-research", None, "output_reasoning_tokens", id="reasoning apart"),
        pytest.param("openai", "omni-moderation-latest", None, "has no price", id="listed without a price"),
        pytest.param("acme", "gpt-4o", None, "provider called 'acme'", id="a provider in no list"),
        pytest.param(None, "gpt-44o", None, "no price list has a model called 'gpt-44o'", id="a model in no list"),
        pytest.param("openai", "gpt-44o", None, "no price list of openai", id="a model that its provider lacks"),
        pytest.param("openai", "dangling", None, "'dangling' as 'nowhere'", id="an alias that leads nowhere"),
        pytest.param(None, None, None, "neither the call nor its route", id="no model at all"),
        pytest.param("lab", "tuned", "batch", "no batch price for lab/tuned", id="a tier that prices/ lacks"),
    ],
)
def test_no_rows_say_why(provider: str | None, model: str | None, tier: str | None, reason: str) -> None:
    the_book = book(prices=(listing("lab", "tuned"),), aliases={"dangling": "nowhere"})
    found = resolve(the_book, provider, model, service_tier=tier)
    assert found.rows == ()
    assert found.origin is None
    assert reason in (found.reason or "")


def test_batch_is_unpriced_before_its_price_is_known() -> None:
    rows = resolve(book(), "openai", "gpt-4o", service_tier="batch").rows
    start = rows[0].valid_from
    assert start is not None
    assert not any(row.holds(at=start - timedelta(days=1), input_tokens=1000) for row in rows)


@pytest.mark.parametrize(
    ("provider", "model", "origin"),
    [
        pytest.param(None, None, "route", id="the call says nothing"),
        pytest.param("openai", "gpt-4o", "route", id="the route itself"),
        pytest.param("openai", "gpt-4o-2024-08-06", "route", id="its dated version"),
        pytest.param(None, "openai/gpt-4o", "route", id="its name with a prefix"),
        pytest.param("litellm", "gpt-4o", "route", id="through a gateway"),
        pytest.param("azure", "gpt-4o", "catalog", id="a fallback at another provider"),
        pytest.param("openai", "gpt-5", "catalog", id="a fallback to another model"),
        pytest.param(None, "claude-haiku-4-5", "catalog", id="a fallback that named its model only"),
    ],
)
def test_own_prices_hold_for_what_the_route_served(provider: str | None, model: str | None, origin: str) -> None:
    found = resolve(book(routes=(CONTRACT,)), provider, model, route=CONTRACT)
    assert found.origin == origin
    assert (found.rows[0].input_pico_usd_per_token == 700_000) is (origin == "route")


@pytest.mark.parametrize(
    ("asked", "served", "is_it"),
    [
        pytest.param("gpt-4o", "gpt-4o", True, id="the same name"),
        pytest.param("gpt-4o", "gpt-4o-2024-08-06", True, id="a dated version at the same price"),
        pytest.param("gpt-4o", "gpt-4o-2024-05-13", True, id="a dated version that has a price of its own"),
        pytest.param(
            "openai/gpt-3.5-turbo", "gpt-3.5-turbo-0613", True, id="a numbered version of a prefixed name"
        ),
        pytest.param("prod", "gpt-4o-2024-05-13", True, id="a dated version of what an alias stands for"),
        pytest.param("own-model", "own-model-20250101", True, id="a version of a model in no list"),
        pytest.param("gpt-4o", "gpt-4o-mini", False, id="a smaller model"),
        pytest.param("gpt-4o-2024-05-13", "gpt-4o-2024-08-06", False, id="another dated version"),
        pytest.param("gpt-4o-2024-05-13", "gpt-4o", False, id="the newest instead of a dated version"),
    ],
)
def test_what_was_asked_for_served_by_a_dated_version(asked: str, served: str, is_it: bool) -> None:
    assert book(aliases={"prod": "gpt-4o"}).is_what_was_asked("openai", asked, served) is is_it


def test_precedence_is_route_then_files_then_catalog() -> None:
    bare = CONTRACT.model_copy(update={"prices": ()})
    listed = book(prices=(listing(input_usd_per_mtok="0.9"),))
    assert resolve(listed, None, None, route=CONTRACT).origin == "route"
    assert resolve(listed, None, None, route=bare).origin == "snapshot"
    assert resolve(book(), None, None, route=bare).origin == "catalog"
    assert resolve(listed, "openai", "gpt-4o", service_tier="batch").origin == "catalog"


def test_capacity_is_never_priced_by_the_token() -> None:
    route = Route.model_validate(
        {"id": "own-gpu", "provider": "openai", "model": "gpt-4o", "capacity": {"gpu_usd_per_hour": 2}}
    )
    own = resolve(book(), None, None, route=route)
    assert (own.rows, own.reason) == ((), "route own-gpu is paid by capacity, not by the token")
    assert resolve(book(), "azure", "gpt-4o", route=route).origin == "catalog"


def test_a_dated_price_change_is_honoured() -> None:
    prices = (
        listing(valid_to="2026-07-01", input_usd_per_mtok=3),
        listing(valid_from="2026-07-01", input_usd_per_mtok=2),
    )
    the_book = book(prices=prices)
    change = datetime(2026, 7, 1, tzinfo=UTC)
    before = the_book.list_price(
        route=None, provider="openai", model="gpt-4o", at=change - timedelta(microseconds=1)
    )
    after = the_book.list_price(route=None, provider="openai", model="gpt-4o", at=change)
    assert before is not None
    assert after is not None
    assert (before.input_pico_usd_per_token, after.input_pico_usd_per_token) == (3_000_000, 2_000_000)


def test_a_gap_in_a_declared_list_is_not_filled() -> None:
    the_book = book(prices=(listing(valid_to="2026-02-01"), listing(valid_from="2026-08-01")))
    assert the_book.list_price(route=None, provider="openai", model="gpt-4o", at=NOON) is None


def test_a_band_starts_above_its_tokens() -> None:
    rows = resolve(book(prices=(listing(), listing(above_input_tokens=200_000))), "openai", "gpt-4o").rows
    assert [(row.tokens_from, row.tokens_to) for row in rows] == [(0, 200_001), (200_001, None)]


def test_a_band_cuts_the_lower_one_only_while_it_is_in_force() -> None:
    long = listing(above_input_tokens=1000, valid_from="2026-03-01", valid_to="2026-04-01", input_usd_per_mtok=9)
    rows = resolve(book(prices=(listing(), long)), "openai", "gpt-4o").rows
    march, may = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC)
    found = {at: [row for row in rows if row.holds(at=at, input_tokens=5000)] for at in (march, may)}
    assert [row.input_pico_usd_per_token for row in found[march]] == [9_000_000]
    assert [row.input_pico_usd_per_token for row in found[may]] == [1_000_000]


def test_the_list_price_is_the_standard_one_of_short_inputs() -> None:
    prices = (listing(), listing(above_input_tokens=1000, input_usd_per_mtok=8), listing(service_tier="batch"))
    row = book(prices=prices).list_price(route=None, provider="openai", model="gpt-4o", at=NOON)
    assert row is not None
    assert (row.tokens_from, row.input_pico_usd_per_token) == (0, 1_000_000)


def test_a_declared_row_keeps_its_evidence_and_its_fee() -> None:
    fields = {"label": "CONTRACTED", "source": "order form", "as_of": "2026-05-01", "usd_per_request": "0.005"}
    row = resolve(book(prices=(listing(**fields, cache_read_usd_per_mtok="0.1"),)), "openai", "gpt-4o").rows[0]
    assert (row.label, row.source, row.as_of) == (Label.CONTRACTED, "order form", date(2026, 5, 1))
    assert (row.pico_usd_per_request, row.cache_read_pico_usd_per_token) == (5_000_000_000, 100_000)
    assert row.cache_write_pico_usd_per_token is None


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({}, id="the same row twice"),
        pytest.param({"valid_from": "2026-06-01"}, id="the earlier one has no end"),
        pytest.param({"valid_from": "2025-06-01", "valid_to": "2026-01-02"}, id="one common day"),
    ],
)
def test_overlaps_are_refused_naming_both_rows(second: dict[str, str]) -> None:
    first, other = {"input_usd_per_mtok": "1.11"}, {**second, "input_usd_per_mtok": "2.22"}
    route = Route(id="r1", prices=(price(**first), price(**other)))
    with pytest.raises(BadInputError, match=r"openai/gpt-4o overlap.*1\.11.*2\.22"):
        book(prices=(listing(**first), listing("OpenAI", "GPT-4o", **other)))
    with pytest.raises(BadInputError, match=r"route r1 overlap.*1\.11.*2\.22"):
        book(routes=(route,))


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"model": "gpt-5"}, id="another model"),
        pytest.param({"service_tier": "batch"}, id="another tier"),
        pytest.param({"above_input_tokens": 1000}, id="another band"),
        pytest.param({"valid_from": "2025-06-01", "valid_to": "2026-01-01"}, id="the day before"),
    ],
)
def test_what_excludes_itself_is_no_overlap(second: dict[str, Any]) -> None:
    assert book(prices=(listing(), listing(**second)))


def test_a_price_that_would_vanish_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"usd_per_request.*0 or at least one pico-USD"):
        book(prices=(listing(usd_per_request="0.0000000000001"),))


def test_an_unknown_model_offers_names_to_paste() -> None:
    unknown = resolve(book(), "acme", "gpt-4o-prod")
    assert unknown.nearest[0] == "openai/gpt-4o"
    line = book().alias_suggestion("gpt-4o-prod")
    assert line == "model_aliases: {gpt-4o-prod: openai/gpt-4o}"


@pytest.mark.parametrize(
    "model", ["gpt-44o", "claude-sonet-4-5", "my: gpt-4o", "openrouter/anthropic/claude-opus-44"]
)
def test_a_pasted_line_makes_the_model_known(model: str) -> None:
    line = book().alias_suggestion(model)
    assert line is not None
    aliases = YAML(typ="safe").load(StringIO(line))["model_aliases"]
    assert list(aliases) == [model]
    assert resolve(book(aliases=aliases), "acme", model).rows


def test_nothing_near_offers_nothing() -> None:
    assert book().alias_suggestion("zzzzqqqq") is None
