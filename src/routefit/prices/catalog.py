"""The public price list that ships with genai-prices, as flat rows; nothing is fetched.

Importing this module loads the list (about 0.2 s), so the book imports it only when a name is in no list of the
project's own. How the package's prices become rows:

* A price with start dates becomes one row for each period in which the same price is in force (UTC days).
* A tiered price applies to ALL tokens of a call with more input tokens than the tier's start: one row a band.
* A price for a service tier holds only where the package has a variant for it; before its start there is none.
* A price that depends on the time of day has no rows: a row holds for whole days.
* Where only input has a price (embeddings, rerankers) output has no charge.

The package ignores keys that it does not know, silently; so every key is held against its registry of units, and
a test over the whole catalog fails when a new version brings keys or request contexts that are not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from importlib.metadata import version

from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)
from genai_prices.units import UnitRegistry

from routefit.evidence import Label
from routefit.lcpr.price import PriceRow
from routefit.prices.references import Reference
from routefit.prices.rows import in_order, optional_pico_usd_per_token
from routefit.units import (
    day_start_at,
    pico_usd_from_usd,
    pico_usd_per_token_from_usd_per_mtok,
)

INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, REQUEST = (
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "requests_kcount",
)
REPRESENTED_KEYS = frozenset({INPUT, OUTPUT, CACHE_READ, CACHE_WRITE, REQUEST})
"""Price keys of the package that a row has a field for."""

BLOCKING_TOKEN_TYPES = frozenset({"reasoning", "citation"})
"""Token types that nearly every call of such a model has: another rate for them would make each row wrong."""

TIER_CONTEXTS = {"standard": {}, "batch": {"processing": "batch"}}
"""The package's request context of a service tier; any other tier T is `{"service_tier": T}`."""

_REQUESTS_PER_PRICE = 1000
_ONE_DAY = timedelta(days=1)
_ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class CatalogMatch:
    """A model as one provider serves it; `is_own` is False when another provider's list was fallen back to."""

    provider_id: str
    model: ModelInfo
    is_own: bool

    @property
    def name(self) -> str:
        """provider/model in the catalog's spelling."""
        return f"{self.provider_id}/{self.model.id}"


@dataclass(frozen=True, slots=True)
class CatalogPrices:
    """The rows of a model for one service tier, or the reason why there are none.

    `not_covered` are usage kinds that the catalog charges at a rate of their own, which no row carries.
    """

    rows: tuple[PriceRow, ...] = ()
    reason: str | None = None
    not_covered: tuple[str, ...] = ()


class Catalog:
    """Look-ups in one snapshot of the package's data (the one that ships with it, unless given)."""

    def __init__(self, snapshot: DataSnapshot | None = None) -> None:
        self._snapshot = snapshot or get_snapshot()
        self._registry = UnitRegistry(unit_data)
        self._by_id = {provider.id: provider for provider in self._snapshot.providers}
        self.source = f"genai-prices {version('genai-prices')}"

    @property
    def provider_ids(self) -> frozenset[str]:
        """The providers with a list."""
        return frozenset(self._by_id)

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Every (provider, model) of the catalog."""
        return tuple((p.id, model.id) for p in self._snapshot.providers for model in p.models)

    def newest_start_on(self, today: date) -> date | None:
        """The newest day not after `today` on which a price of the catalog starts."""
        return max((start for start in self._starts if start <= today), default=None)

    @cached_property
    def _starts(self) -> frozenset[date]:
        models = [model for provider in self._snapshot.providers for model in provider.models]
        constraints = [c.constraint for m in models if not isinstance(m.prices, ModelPrice) for c in m.prices]
        return frozenset(c.start_date for c in constraints if isinstance(c, StartDateConstraint))

    def match(self, reference: Reference) -> CatalogMatch | None:
        """The model that a reference names; without a provider, the maker's own list is searched."""
        provider_id, ref = reference
        if provider_id is None:
            try:
                provider = self._snapshot.find_provider(ref, None, None)
            except LookupError:
                return None
        elif provider_id in self._by_id:
            provider = self._by_id[provider_id]
        else:
            return None
        model = provider.find_model(ref, all_providers=self._snapshot.providers)
        if model is None:
            return None
        return CatalogMatch(provider.id, model, any(model is own for own in provider.models))

    def prices(self, match: CatalogMatch, service_tier: str) -> CatalogPrices:
        """The rows of `match` for calls of `service_tier`, sorted by period and band."""
        model = match.model
        context = TIER_CONTEXTS.get(service_tier, {"service_tier": service_tier})
        # The variants of another provider's list are that provider's, as the package itself has it.
        variants = tuple(v for v in (model.price_variants or ()) if match.is_own and _is_met(v, context))
        if context and not variants:
            return CatalogPrices(reason=f"the catalog has no {service_tier} price for {match.name}")
        constraints = [v.constraint for v in variants]
        if not isinstance(model.prices, ModelPrice):
            constraints += [conditional.constraint for conditional in model.prices]
        if any(isinstance(constraint, TimeOfDateConstraint) for constraint in constraints):
            return CatalogPrices(reason=f"the price of {match.name} depends on the time of day")
        starts = sorted({c.start_date for c in constraints if isinstance(c, StartDateConstraint)})
        rows: list[PriceRow] = []
        not_covered: set[str] = set()
        reason: str | None = None
        for start, end in _periods(starts):
            at = day_start_at(start or (end - _ONE_DAY if end else _ANY_DAY))
            if context and not any(v.constraint is None or v.constraint.active(at) for v in variants):
                continue
            price = model.get_prices(at, context or None)
            reason = reason or self._why_not(price, match.name)
            if self._why_not(price, match.name) is None:
                rows += self._rows(price, start, end)
                not_covered.update(self._not_covered(price))
        if rows:
            return CatalogPrices(rows=_merged(rows), not_covered=tuple(sorted(not_covered)))
        return CatalogPrices(reason=reason)

    def _why_not(self, price: ModelPrice, name: str) -> str | None:
        """Why a price of the package has no rows; None when it has."""
        given = _given(price)
        strange = sorted(key for key in given if key not in self._registry._all_price_keys)
        if strange:
            return f"the catalog charges {name} by kinds that routefit does not know: {', '.join(strange)}"
        if not given:
            return f"the catalog knows {name} but has no price for it"
        if INPUT not in given:
            kinds = ", ".join(sorted(self._registry.unit_for_price_key(key).usage_key for key in given))
            return f"{name} is charged by {kinds}, not by input and output tokens"
        apart = sorted(kind for kind in self._not_covered(price) if _token_type(kind))
        if apart:
            return f"{name} charges {', '.join(apart)} at a rate of their own"
        if any(
            _is_below_pico(key, value) for key in given.keys() & REPRESENTED_KEYS for value in _values(given[key])
        ):
            return f"a price of {name} is below one pico-USD per token"
        return None

    def _not_covered(self, price: ModelPrice) -> Iterator[str]:
        given = _given(price)
        if OUTPUT not in given:
            yield "output_tokens"
        for key, value in given.items():
            if key not in REPRESENTED_KEYS and value != given.get(self._general_key(key, given)):
                yield self._registry.unit_for_price_key(key).usage_key

    def _general_key(self, key: str, given: Mapping[str, Decimal | TieredPrices]) -> str:
        """The represented key under which units of `key` are charged by a row; none for what is no token."""
        dimensions = self._registry.unit_for_price_key(key).dimensions
        if dimensions["family"] != "tokens":
            return ""
        if dimensions["direction"] == "output":
            return OUTPUT
        cached = {"cache_read": CACHE_READ, "cache_write": CACHE_WRITE}.get(
            dimensions.get("token_type", ""), INPUT
        )
        return cached if cached in given else INPUT

    def _rows(self, price: ModelPrice, start: date | None, end: date | None) -> Iterator[PriceRow]:
        given = _given(price)
        tiered = [
            value for key, value in given.items() if key in REPRESENTED_KEYS and isinstance(value, TieredPrices)
        ]
        # The package charges a tier to calls with MORE input tokens than its start.
        bands = [0, *sorted({tier.start + 1 for value in tiered for tier in value.tiers})]
        for tokens_from, tokens_to in zip(bands, [*bands[1:], None], strict=True):
            rate = {key: _rate_at(given[key], tokens_from) for key in given.keys() & REPRESENTED_KEYS}
            yield PriceRow(
                valid_from=day_start_at(start) if start else None,
                valid_to=day_start_at(end) if end else None,
                tokens_from=tokens_from,
                tokens_to=tokens_to,
                input_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(rate[INPUT]),
                output_pico_usd_per_token=pico_usd_per_token_from_usd_per_mtok(rate.get(OUTPUT, Decimal(0))),
                cache_read_pico_usd_per_token=optional_pico_usd_per_token(rate.get(CACHE_READ)),
                cache_write_pico_usd_per_token=optional_pico_usd_per_token(rate.get(CACHE_WRITE)),
                pico_usd_per_request=pico_usd_from_usd(rate.get(REQUEST, Decimal(0)) / _REQUESTS_PER_PRICE),
                label=Label.PUBLIC,
                source=self.source,
            )


def _is_met(variant: PriceVariant, context: Mapping[str, str]) -> bool:
    return all(context.get(key) == value for key, value in variant.when.items())


def _periods(starts: list[date]) -> Iterator[tuple[date | None, date | None]]:
    edges: list[date | None] = [None, *starts]
    return zip(edges, [*edges[1:], None], strict=True)


def _given(price: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    return {key: value for key, value in vars(price).items() if value is not None}


def _values(value: Decimal | TieredPrices) -> tuple[Decimal, ...]:
    return (value.base, *(tier.price for tier in value.tiers)) if isinstance(value, TieredPrices) else (value,)


def _rate_at(value: Decimal | TieredPrices, input_tokens: int) -> Decimal:
    if not isinstance(value, TieredPrices):
        return value
    return next((tier.price for tier in reversed(value.tiers) if input_tokens > tier.start), value.base)


def _is_below_pico(key: str, value: Decimal) -> bool:
    if value == 0:
        return False
    if key == REQUEST:
        return pico_usd_from_usd(value / _REQUESTS_PER_PRICE) == 0
    return pico_usd_per_token_from_usd_per_mtok(value) == 0


def _token_type(usage_key: str) -> str:
    return next((kind for kind in BLOCKING_TOKEN_TYPES if kind in usage_key), "")


def _merged(rows: list[PriceRow]) -> tuple[PriceRow, ...]:
    """The rows with those of adjoining periods joined where every price is the same."""
    merged: dict[tuple[object, ...], PriceRow] = {}
    for row in rows:
        same = row.model_dump(exclude={"valid_from", "valid_to"})
        key = (*same.values(), row.valid_from)
        earlier = merged.pop(key, None)
        joined = row if earlier is None else row.model_copy(update={"valid_from": earlier.valid_from})
        merged[(*same.values(), joined.valid_to)] = joined
    return in_order(merged.values())
