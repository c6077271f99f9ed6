"""A provider's usage report as the token columns of a call.

The rules of extraction come with genai-prices: which field of which provider's body counts what, and that input
includes the tokens read from and written to a cache.
"""

from __future__ import annotations

from typing import TypedDict

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import Usage

from routefit.errors import BadInputError

COLUMNS = {
    "input_tokens": "input_tokens",
    "cache_read_tokens": "cached_input_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "output_tokens": "output_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
}
"""The package's kinds of usage that a call has a column for."""


class UsageColumns(TypedDict, total=False):
    """Token columns of a call; a kind that the provider did not report is absent, which is not 0.

    `input_tokens` includes cached and written tokens, `output_tokens` includes reasoning. `other_usage` holds
    what has no column, under the package's names (`input_audio_tokens`, `cache_write_1h_tokens`, `web_searches`);
    most of it is a breakdown of tokens that the columns already count.
    """

    input_tokens: int
    cached_input_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    other_usage: dict[str, int | float]


def usage_columns(provider_id: str, body: object, api_flavor: str = "default") -> UsageColumns:
    """The usage in the decoded JSON `body` of a response of `provider_id`.

    `api_flavor` tells apart the response formats of one provider (`chat`, `responses`, `anthropic`).
    Raises BadInputError where the provider, the flavor or the body is not understood, or where cached and written
    tokens exceed the input.
    """
    try:
        provider = get_snapshot().find_provider(None, provider_id, None)
        _, usage = provider.extract_usage(body, api_flavor=api_flavor)
    except (LookupError, ValueError) as error:
        raise BadInputError(
            f"no usage in the response of {provider_id!r} ({api_flavor}): {error}",
            next_step="pass the decoded response body and the provider and API flavor that produced it",
        ) from error
    return _columns(usage, provider_id)


def _columns(usage: Usage, provider_id: str) -> UsageColumns:
    columns: UsageColumns = {}
    other: dict[str, int | float] = {}
    for kind, amount in vars(usage).items():
        if kind not in COLUMNS:
            other[kind] = amount if isinstance(amount, int) else float(amount)
            continue
        if amount != int(amount):
            raise BadInputError(
                f"{kind} in the response of {provider_id!r} is {amount}, expected a whole number of tokens",
                next_step="correct the response, or leave its usage out",
            )
        columns[COLUMNS[kind]] = int(amount)  # type: ignore[literal-required]  # COLUMNS maps to the typed names
    if other:
        columns["other_usage"] = other
    cached, written = columns.get("cached_input_tokens", 0), columns.get("cache_write_tokens", 0)
    if cached + written > columns.get("input_tokens", 0):
        raise BadInputError(
            f"the response of {provider_id!r} reports {cached} cached and {written} written tokens within "
            f"{columns.get('input_tokens', 0)} input tokens",
            next_step="cached and written tokens are part of the input: check which API flavor the body has",
        )
    return columns
