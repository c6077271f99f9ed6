"""Token prices as they are declared, in a route's file or in a file of `prices/`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from routefit.declared.fields import Count, Declared, Name, number
from routefit.evidence import Label

LEAST_USD_PER_MTOK = Decimal("0.000001")
"""One pico-USD per token, the smallest amount that is counted: a lower price would vanish."""

# The cost of the largest call (a billion tokens each way) at the highest price still fits 64 bits of pico-USD.
UsdPerMtok = Annotated[Decimal, number, Field(ge=0, le=4000, allow_inf_nan=False)]
UsdPerRequest = Annotated[Decimal, number, Field(ge=0, le=100_000, allow_inf_nan=False)]


class Price(Declared):
    """Token prices in force over [valid_from, valid_to), for calls of one service tier and input length.

    `above_input_tokens` starts a long-context band: it applies to calls with more input tokens than that,
    up to the next band of the same period. A price that is not given is unknown, except that cached and
    cache-write tokens without a price of their own are billed as plain input.
    """

    valid_from: date
    valid_to: date | None = None
    service_tier: Literal["standard", "batch", "flex", "priority"] = "standard"
    above_input_tokens: Count = 0
    input_usd_per_mtok: UsdPerMtok
    output_usd_per_mtok: UsdPerMtok
    cache_read_usd_per_mtok: UsdPerMtok | None = None
    cache_write_usd_per_mtok: UsdPerMtok | None = None
    usd_per_request: UsdPerRequest = Decimal(0)
    label: Label = Label.ASSUMED
    source: str | None = None
    as_of: date | None = None

    @field_validator("valid_to")
    @classmethod
    def _ends_after_it_starts(cls, valid_to: date | None, info: ValidationInfo) -> date | None:
        valid_from = info.data.get("valid_from")
        if valid_to is not None and valid_from is not None and valid_to <= valid_from:
            raise ValueError(f"expected a date after valid_from ({valid_from})")
        return valid_to

    @field_validator(
        "input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_usd_per_mtok"
    )
    @classmethod
    def _does_not_vanish(cls, usd_per_mtok: Decimal | None) -> Decimal | None:
        if usd_per_mtok and usd_per_mtok < LEAST_USD_PER_MTOK:
            raise ValueError(f"expected 0 or at least {LEAST_USD_PER_MTOK:f} (USD per million tokens)")
        return usd_per_mtok

    def overlaps(self, other: Price) -> bool:
        """Whether both rows would price one call: same tier and band, periods that share a day.

        The caller compares only prices of one provider and model.
        """
        return (
            self.service_tier == other.service_tier
            and self.above_input_tokens == other.above_input_tokens
            and (self.valid_to is None or other.valid_from < self.valid_to)
            and (other.valid_to is None or self.valid_from < other.valid_to)
        )


class PriceListing(Price):
    """A price of `prices/*.yaml`: a `Price` that also says whose and for which model."""

    provider: Name
    model: Name


class PriceSnapshot(Declared):
    """One file of `prices/`; what it says about the file's rows holds for those that do not say it themselves."""

    source: str | None = None
    as_of: date | None = None
    label: Label | None = None
    prices: tuple[PriceListing, ...]

    @model_validator(mode="after")
    def _rows_inherit(self) -> PriceSnapshot:
        shared: dict[str, Any] = {"source": self.source, "as_of": self.as_of, "label": self.label}
        rows = tuple(
            row.model_copy(
                update={k: v for k, v in shared.items() if v is not None and k not in row.model_fields_set}
            )
            for row in self.prices
        )
        object.__setattr__(self, "prices", rows)
        return self
