"""The providers of a split as FILE.yaml or the ledger names them, and the inputs that their figures are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator

from routefit.decisions.given import Given, Input, Quantity
from routefit.decisions.split import Source
from routefit.decisions.spread import Triangular
from routefit.declared.fields import Declared, Name, NonNegativeNumber
from routefit.declared.ranged import NumberOrRange, Ranged, RateOrRange
from routefit.evidence import Label

SHARES_OFF_BY_RATE = 0.005
"""Shares may miss a sum of 1 by half a point: they are rounded in reports."""

FROM_FILE = "FILE.yaml"


class Provider(Declared):
    """One provider; a figure that is absent is unknown.

    `usd_per_unit` is what the price list says of a unit at `cache_hit_before_rate`; `cache_hit_after_rate` is the
    hit rate at `share_rate`. `max_share_rate` is the most that it can take (rate limits). The last three only
    warn: they are not in the formula.
    """

    name: Name
    baseline: bool = False
    share_rate: RateOrRange | None = None
    usd_per_unit: NumberOrRange | None = None
    error_rate: RateOrRange | None = None
    acceptance_rate: RateOrRange | None = None
    cache_hit_before_rate: RateOrRange | None = None
    cache_hit_after_rate: RateOrRange | None = None
    cache_discount_rate: RateOrRange | None = None
    input_share_rate: RateOrRange | None = None
    ops_usd_per_month: NumberOrRange | None = None
    max_share_rate: RateOrRange | None = None
    incidents_per_month: NonNegativeNumber | None = None
    resolution_hours: NonNegativeNumber | None = None
    latency_p95_ms: NonNegativeNumber | None = None

    @field_validator("error_rate")
    @classmethod
    def _some_call_succeeds(cls, given: Ranged | None) -> Ranged | None:
        if given is not None and given.ends[2] >= 1:
            raise ValueError("expected less than 1: no call would ever succeed")
        return given


class Providers(Declared):
    """All providers of a split, one of them the baseline that it is held against."""

    providers: tuple[Provider, ...]

    @field_validator("providers")
    @classmethod
    def _is_a_split(cls, given: tuple[Provider, ...]) -> tuple[Provider, ...]:
        names = [one.name for one in given]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected each name once, {', '.join(twice)} comes more than once")
        marked = [one.name for one in given if one.baseline]
        if len(marked) != 1:
            got = f"on {', '.join(marked)}" if marked else "on none"
            raise ValueError(f"expected `baseline: true` on exactly one of the providers, it is {got}")
        total = total_share_ratio(given)
        if total is not None and abs(total - 1) > SHARES_OFF_BY_RATE + 1e-9:
            raise ValueError(f"expected share_rate to add up to 1, it adds up to {total:g}")
        beside = sum(_mode(one.share_rate) for one in given if not one.baseline)
        if beside > 1 + SHARES_OFF_BY_RATE + 1e-9:
            raise ValueError(f"expected share_rate to add up to at most 1 beside the baseline, it is {beside:g}")
        return given

    @property
    def baseline(self) -> Provider:
        """The provider that everything would otherwise be at."""
        return next(one for one in self.providers if one.baseline)

    @property
    def known_shares(self) -> dict[str, float]:
        """The shares at which the hit rates are known: as written, the baseline's is the rest."""
        others = {one.name: _mode(one.share_rate) for one in self.providers if not one.baseline}
        rest = max(0.0, 1 - sum(others.values()))
        return {one.name: rest if one.baseline else others[one.name] for one in self.providers}


def total_share_ratio(providers: tuple[Provider, ...]) -> float | None:
    """What the shares add up to; None where the baseline's is left to be the rest."""
    if any(one.share_rate is None for one in providers):
        return None
    return sum(_mode(one.share_rate) for one in providers)


def _mode(one: Ranged | None) -> float:
    return 0.0 if one is None else one.ends[1]


_FIELDS: Mapping[str, tuple[Quantity, str, str, bool]] = {
    "share_rate": (Quantity.RATE, "share", "share of the traffic", True),
    "usd_per_unit": (Quantity.USD, "USD per unit", "price of a unit", True),
    "error_rate": (Quantity.RATE, "share of calls", "share of calls that fail", True),
    "acceptance_rate": (Quantity.RATE, "share of units", "share of units that are accepted", True),
    "cache_hit_before_rate": (Quantity.RATE, "share of input tokens", "hit rate with all the traffic", False),
    "cache_hit_after_rate": (Quantity.RATE, "share of input tokens", "hit rate at its share", False),
    "cache_discount_rate": (Quantity.RATE, "share of the input price", "what a hit takes off", False),
    "input_share_rate": (Quantity.RATE, "share of the cost", "input's share of the cost of a unit", False),
    "ops_usd_per_month": (Quantity.USD, "USD per month", "running this provider beside others", False),
    "max_share_rate": (Quantity.RATE, "share", "the most that it can take", False),
}
"""Figure of a provider: what it is, its unit, in words, and whether nothing can be said without it."""


def input_name(provider: str, figure: str) -> str:
    """`providers.NAME.error_rate`."""
    return f"providers.{provider}.{figure}"


def given_of(one: Ranged | None, *, source: str = FROM_FILE) -> Given | None:
    """A number of a file as it enters a formula: ASSUMED, drawn where it is a range."""
    if one is None:
        return None
    low, mode, high = one.ends
    spread = Triangular(low=low, mode=mode, high=high) if low < high else None
    return Given(value=mode, spread=spread, label=Label.ASSUMED, source=source)


def provider_inputs(providers: Providers) -> tuple[Input, ...]:
    """An input for each figure of each provider; the baseline's share is what the others leave."""
    return tuple(
        Input(
            name=input_name(one.name, figure),
            quantity=quantity,
            unit=unit,
            meaning=f"{meaning}, {one.name}",
            default=given_of(getattr(one, figure)),
            is_required=is_required,
            is_varied=figure != "max_share_rate",
        )
        for one in providers.providers
        for figure, (quantity, unit, meaning, is_required) in _FIELDS.items()
        if not (one.baseline and figure == "share_rate")
    )


def sources_of(providers: Providers, values: Mapping[str, Any]) -> tuple[Source, ...]:
    """The providers as the formula takes them, in their order."""
    known = providers.known_shares

    def source(one: Provider) -> Source:
        def at(figure: str) -> Any:
            return values.get(input_name(one.name, figure))

        return Source(
            usd_per_unit=at("usd_per_unit"),
            error_rate=at("error_rate"),
            acceptance_rate=at("acceptance_rate"),
            hit_before=at("cache_hit_before_rate"),
            hit_after=at("cache_hit_after_rate"),
            known_at=known[one.name],
            cache_discount_rate=at("cache_discount_rate"),
            input_share_rate=at("input_share_rate"),
            ops_usd_per_month=at("ops_usd_per_month"),
        )

    return tuple(source(one) for one in providers.providers)
