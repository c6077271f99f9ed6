"""What one call costs by a price list; the row that a price book supplies.

    cost = (input - cached - written) x input price + cached x cache-read price + written x cache-write price
         + output x output price + fee per request

All token counts are of one call; `input` includes the cached and the written tokens, `output` includes reasoning.
Prices are whole pico-USD per token. Cached or written tokens without a price of their own are billed as input.
Source: chapter 16 of the field guide ("price in force at the time of the call"); section 3 of the domain.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from routefit.evidence import Label


class PriceRow(BaseModel):
    """A flat price: in force for calls in [valid_from, valid_to) whose input is in [tokens_from, tokens_to).

    `tokens_to` and `valid_to` None are unbounded. The four per-token prices are pico-USD per token.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: datetime | None = None
    valid_to: datetime | None = None
    tokens_from: int = Field(default=0, ge=0)
    tokens_to: int | None = None
    input_pico_usd_per_token: int = Field(ge=0)
    output_pico_usd_per_token: int = Field(ge=0)
    cache_read_pico_usd_per_token: int | None = Field(default=None, ge=0)
    cache_write_pico_usd_per_token: int | None = Field(default=None, ge=0)
    pico_usd_per_request: int = Field(default=0, ge=0)
    label: Label = Label.ASSUMED
    source: str | None = None
    as_of: date | None = None

    def holds(self, *, at: datetime, input_tokens: int) -> bool:
        """Whether the row prices a call that started then with that many input tokens."""
        return (
            (self.valid_from is None or at >= self.valid_from)
            and (self.valid_to is None or at < self.valid_to)
            and self.tokens_from <= input_tokens
            and (self.tokens_to is None or input_tokens < self.tokens_to)
        )
