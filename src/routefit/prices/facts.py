"""What the public catalog says of a model besides its prices, with where it says so and since when.

It holds the context window, and says nothing of modalities, output limits, regions, terms or serving modes.
"""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict


class CatalogFacts(BaseModel):
    """Facts of one model as one provider serves it; None is what the catalog does not say.

    `name` is provider/model in its spelling. `as_of` is the newest start date of any of its prices that is not
    ahead: the data carry no date of their own, and they are not older than that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    context_tokens: int | None
    source: str
    as_of: date | None
