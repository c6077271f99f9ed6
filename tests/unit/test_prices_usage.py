"""Usage bodies as token columns."""

from __future__ import annotations

from typing import Any

import pytest

from routefit.errors import BadInputError
from routefit.prices.usage import usage_columns


def test_anthropic_input_takes_in_what_the_cache_read_and_wrote() -> None:
    body = {
        "model": "claude-sonnet-4-5",
        "usage": {
            "input_tokens": 10,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 1000,
            "output_tokens": 7,
        },
    }
    columns = usage_columns("anthropic", body)
    assert columns["input_tokens"] == 1110
    assert (columns["cached_input_tokens"], columns["cache_write_tokens"], columns["output_tokens"]) == (
        100,
        1000,
        7,
    )


def test_openai_input_and_output_already_include_their_parts() -> None:
    body = {
        "model": "gpt-5",
        "usage": {
            "prompt_tokens": 50,
            "completion_tokens": 30,
            "prompt_tokens_details": {"cached_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 25},
        },
    }
    columns = usage_columns("openai", body, "chat")
    assert (columns["input_tokens"], columns["cached_input_tokens"]) == (50, 20)
    assert (columns["output_tokens"], columns["reasoning_tokens"]) == (30, 25)


def test_what_was_not_reported_is_absent_and_not_zero() -> None:
    body = {"model": "gpt-5", "usage": {"prompt_tokens": 50, "completion_tokens": 30}}
    assert usage_columns("openai", body, "chat") == {"input_tokens": 50, "output_tokens": 30}


def test_what_has_no_column_is_other_usage() -> None:
    usage = {"promptTokenCount": 300, "candidatesTokenCount": 5}
    details = {
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 290}, {"modality": "TEXT", "tokenCount": 10}]
    }
    columns = usage_columns("google", {"modelVersion": "gemini-2.5-flash", "usageMetadata": {**usage, **details}})
    assert columns["input_tokens"] == 300
    assert columns["other_usage"] == {"input_audio_tokens": 290, "input_text_tokens": 10}


@pytest.mark.parametrize(
    ("provider", "body", "flavor", "what"),
    [
        pytest.param("acme", {}, "default", "acme", id="unknown provider"),
        pytest.param("openai", {}, "telepathy", "telepathy", id="unknown flavor"),
        pytest.param("openai", {"model": "gpt-5"}, "chat", "usage", id="no usage in the body"),
        pytest.param("openai", "text", "chat", "dict", id="no object"),
        pytest.param(
            "openai",
            {"usage": {"prompt_tokens": 1.5, "completion_tokens": 3}},
            "chat",
            "whole number",
            id="a part of a token",
        ),
        pytest.param(
            "openai",
            {"usage": {"prompt_tokens": -1, "completion_tokens": 3}},
            "chat",
            "input_tokens",
            id="negative",
        ),
        pytest.param(
            "openai",
            {"usage": {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 6}}},
            "chat",
            "6 cached and 0 written tokens within 5",
            id="more cached than there was input",
        ),
    ],
)
def test_what_cannot_be_read_is_refused(provider: str, body: Any, flavor: str, what: str) -> None:
    with pytest.raises(BadInputError, match=what):
        usage_columns(provider, body, flavor)
