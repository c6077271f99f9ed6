"""The inputs of `caching`: what a prefix costs plain, written, read and kept, and how often it is used again."""

from __future__ import annotations

from routefit.decisions.given import Given, Input, Quantity
from routefit.evidence import Label

_PRICE = "USD per million tokens"

PRICES: tuple[Input, ...] = (
    Input(
        name="input_usd_per_mtok",
        option="--input-usd-per-mtok",
        quantity=Quantity.USD,
        unit=_PRICE,
        meaning="price of plain input tokens",
        is_required=True,
    ),
    Input(
        name="write_usd_per_mtok",
        option="--write-usd-per-mtok",
        quantity=Quantity.USD,
        unit=_PRICE,
        meaning="price of input tokens that are written to the cache; without it, that of plain input",
    ),
    Input(
        name="read_usd_per_mtok",
        option="--read-usd-per-mtok",
        quantity=Quantity.USD,
        unit=_PRICE,
        meaning="price of input tokens that are read from the cache",
        is_required=True,
    ),
    Input(
        name="storage_usd_per_mtok_hour",
        option="--storage-usd-per-mtok-hour",
        quantity=Quantity.USD,
        unit="USD per million tokens and hour",
        meaning="what keeping tokens in the cache costs, where a provider bills it",
        default=Given(value=0.0, label=Label.ASSUMED, source="no storage is billed"),
    ),
    Input(
        name="hours",
        option="--hours",
        quantity=Quantity.NUMBER,
        unit="hours",
        meaning="how long the prefix is kept; needed where storage is billed",
    ),
)

HITS: tuple[Input, ...] = (
    Input(
        name="hit_rate",
        quantity=Quantity.RATE,
        unit="share of all input tokens",
        meaning="input tokens that are read from the cache, as a usage report counts them",
    ),
    Input(
        name="eligible_share_rate",
        quantity=Quantity.RATE,
        unit="share of all input tokens",
        meaning="input tokens that belong to a shared prefix, whether they hit or not",
        default=Given(value=1.0, label=Label.ASSUMED, source="all of the input"),
        is_positive=True,
    ),
    Input(
        name="ttl_s",
        quantity=Quantity.NUMBER,
        unit="seconds",
        meaning="how long a prefix is kept after its last use, in a replay; without it, for ever",
    ),
    Input(
        name="cache_tokens",
        quantity=Quantity.NUMBER,
        unit="tokens",
        meaning="how many tokens the cache holds, in a replay; without it, all",
    ),
)


def use_inputs(*, is_replayed: bool) -> tuple[Input, ...]:
    """How much is cached and how often; where requests are replayed, they say it themselves."""
    return (
        Input(
            name="prefix_tokens",
            option="--prefix-tokens",
            quantity=Quantity.NUMBER,
            unit="tokens",
            meaning="tokens of the shared prefix in each request",
            default=None if is_replayed else _assumed(1_000_000.0, "for each million tokens of prefix"),
            is_positive=True,
        ),
        Input(
            name="requests",
            option="--requests",
            quantity=Quantity.NUMBER,
            unit="requests",
            meaning="requests that share the prefix, the one that writes it included",
            default=None if is_replayed else _assumed(2.0, "the fewest that share a prefix"),
            is_positive=True,
        ),
    )


def _assumed(value: float, source: str) -> Given:
    return Given(value=value, label=Label.ASSUMED, source=source)
