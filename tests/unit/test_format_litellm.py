"""What becomes of LiteLLM's spend logs, from the first versions of the table to the latest."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from routefit.errors import BadInputError
from routefit.ledger.converted_rows import ConvertedRows
from routefit.ledger.formats.litellm import LiteLlm
from routefit.ledger.import_summary import ImportSummary
from routefit.ledger.importing import import_file
from routefit.ledger.manifest import Manifest

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
PROMPT = "CANARY the patient said that her left knee"
KEY = "sk-canary0123456789abcdef"
LONG_TEXT = PROMPT + " hurts" * 40
TOKEN_HASH = "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"

ROW: dict[str, Any] = {
    "request_id": "chatcmpl-1",
    "call_type": "acompletion",
    "api_key": TOKEN_HASH,
    "spend": 0.00123,
    "total_tokens": 1200,
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "startTime": "2026-05-01T10:00:00.123",
    "endTime": "2026-05-01T10:00:02.623",
    "completionStartTime": "2026-05-01T10:00:00.523",
    "model": "gpt-4o-mini",
    "model_id": "b68d56d7",
    "model_group": "mini",
    "custom_llm_provider": "openai",
    "api_base": "https://api.example.com",
    "user": "default_user_id",
    "metadata": {
        "user_api_key_alias": "support-bot",
        "user_api_key_team_alias": "Support",
        "user_api_key_user_id": "jane@example.com",
        "spend_logs_metadata": None,
        "status": "success",
        "usage_object": {
            "prompt_tokens_details": {"cached_tokens": 400, "audio_tokens": None},
            "completion_tokens_details": {"reasoning_tokens": 50},
        },
        "attempted_retries": 0,
    },
    "cache_hit": "False",
    "cache_key": "Cache OFF",
    "request_tags": [],
    "team_id": "team-1",
    "organization_id": "org-1",
    "end_user": "customer-7",
    "requester_ip_address": "10.0.0.1",
    "messages": {},
    "response": {},
    "session_id": "6f1c0d9e-0000-4000-8000-000000000001",
    "status": "success",
    "mcp_namespaced_tool_name": None,
    "agent_id": None,
    "proxy_server_request": {},
}


def record(_metadata: dict[str, Any] | None = None, **columns: Any) -> dict[str, Any]:
    """A record like ROW with other columns; `_metadata` is merged into its metadata."""
    row = ROW | columns
    return row | {"metadata": ROW["metadata"] | _metadata} if _metadata is not None else row


def put(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def put_csv(path: Path, *rows: dict[str, Any]) -> Path:
    """As psql writes it: times with a blank, JSON columns as texts, null as nothing."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow(
                json.dumps(value)
                if isinstance(value, (dict, list))
                else str(value).replace("T", " ")
                if name.endswith("Time")
                else value
                for name, value in row.items()
            )
    return path


def bring(tmp_path: Path, file: Path, *, keep: bool = True) -> ImportSummary:
    (summary,) = import_file(tmp_path / "ledger", None, file, form=LiteLlm(), keep_identifiers=keep, now=NOW)
    return summary


def stored(tmp_path: Path) -> list[dict[str, Any]]:
    with Manifest(tmp_path / "ledger") as manifest:
        paths = [segment.path for segment in manifest.visible("calls")]
    rows = [row for path in paths for row in pq.read_table(path, partitioning=None).to_pylist()]
    return sorted(rows, key=lambda row: int(row["source_row"]))


def call(tmp_path: Path, row: dict[str, Any]) -> dict[str, Any]:
    """The one stored call of a record, without the columns that are null."""
    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", row))
    assert (summary.imported, summary.rejected) == (1, 0), summary.rejects
    (found,) = stored(tmp_path)
    return {name: value for name, value in found.items() if value is not None}


def test_a_record_becomes_a_call_column_by_column(tmp_path: Path) -> None:
    found = call(tmp_path, ROW)

    attributes = json.loads(found.pop("attributes"))
    for bookkeeping in ("source_row", "content_hash"):
        found.pop(bookkeeping)
    assert found == {
        "call_id": "chatcmpl-1",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "requested_model": "mini",
        "started_at": datetime(2026, 5, 1, 10, 0, 0, 123000),
        "attempt_no": 1,
        "operation": "chat",
        "input_tokens": 1000,
        "cached_input_tokens": 400,
        "output_tokens": 200,
        "reasoning_tokens": 50,
        "ttft_ms": 400.0,
        "e2e_ms": 2500.0,
        "status": "ok",
        "cost_pico_usd": 1_230_000_000,
        "session_id": "6f1c0d9e-0000-4000-8000-000000000001",
        "response_id": "chatcmpl-1",
        "customer": "customer-7",
    }
    assert attributes == {
        "team_alias": "Support",
        "team_id": "team-1",
        "key_alias": "support-bot",
        "organization": "org-1",
        "model_group": "mini",
    }


def test_the_first_version_of_the_table_is_enough(tmp_path: Path) -> None:
    """2023: no metadata of usage, no status, no session; what is not there is null."""
    row = {
        name: ROW[name]
        for name in (
            "request_id",
            "call_type",
            "spend",
            "prompt_tokens",
            "completion_tokens",
            "startTime",
            "model",
        )
    } | {"metadata": {"user_api_key": TOKEN_HASH}}

    found = call(tmp_path, row)

    assert found.keys() == {
        *("call_id", "started_at", "model", "operation", "input_tokens", "output_tokens", "cost_pico_usd"),
        *("response_id", "source_row", "content_hash"),
    }


USAGES = [
    pytest.param(
        {"usage_object": {"cache_read_input_tokens": 300, "cache_creation_input_tokens": 200}},
        (1000, 300, 200),
        id="a version that counts cached tokens inside",
    ),
    pytest.param(
        {"usage_object": {"cache_read_input_tokens": 5000, "cache_creation_input_tokens": 200}},
        (6200, 5000, 200),
        id="a version that counted Anthropic's cached tokens beside",
    ),
    pytest.param(
        {"usage_object": None, "additional_usage_values": {"cache_creation_input_tokens": 1253}},
        (2253, None, 1253),
        id="2025, before usage_object",
    ),
    pytest.param(
        {"usage_object": {"prompt_tokens_details": {"cached_tokens": 0}, "cache_read_input_tokens": 0}},
        (1000, 0, None),
        id="nothing was cached",
    ),
    pytest.param(
        {"usage_object": {"prompt_tokens_details": {"cached_tokens": 9, "cache_creation_tokens": 8}}},
        (1000, 9, 8),
        id="the details alone",
    ),
    pytest.param(
        {"usage_object": {"input_tokens_details": {"cached_tokens": 70}}}, (1000, 70, None), id="Responses API"
    ),
    pytest.param({"usage_object": {"prompt_tokens_details": [1]}}, (1000, None, None), id="another shape"),
    pytest.param({"usage_object": "none"}, (1000, None, None), id="no object at all"),
]


@pytest.mark.parametrize(("metadata", "expected"), USAGES)
def test_cached_tokens_are_inside_input(
    tmp_path: Path, metadata: dict[str, Any], expected: tuple[int | None, ...]
) -> None:
    found = call(tmp_path, record(metadata))

    assert (
        found["input_tokens"],
        found.get("cached_input_tokens"),
        found.get("cache_write_tokens"),
    ) == expected


def test_no_tokens_at_all_are_unknown_not_zero(tmp_path: Path) -> None:
    found = call(tmp_path, record(prompt_tokens=0, completion_tokens=0, total_tokens=0, spend=0.04))

    assert "input_tokens" not in found
    assert "output_tokens" not in found
    assert found["cost_pico_usd"] == 40_000_000_000


def test_a_hit_of_the_gateways_own_cache_is_a_known_zero_with_replayed_tokens(tmp_path: Path) -> None:
    found = call(tmp_path, record(cache_hit="True", spend=0.0, request_id="chatcmpl-1_cache_hit1714557600.1"))

    assert (found["served_from"], found["cost_pico_usd"], found["input_tokens"]) == ("gateway_cache", 0, 1000)
    assert "response_id" not in found


FAILURES = [
    pytest.param("RateLimitError", "429", "rate_limited", "RateLimitError", id="rate limit"),
    pytest.param("HTTPException", 429, "rate_limited", "HTTPException", id="the gateway's own limit"),
    pytest.param("Timeout", "408", "timeout", "Timeout", id="timeout"),
    pytest.param("APIConnectionError", "504", "timeout", "APIConnectionError", id="gateway timeout"),
    pytest.param("CancelledError", "", "cancelled", "CancelledError", id="cancelled"),
    pytest.param("ProxyException", "499", "cancelled", "ProxyException", id="the client left"),
    pytest.param("BudgetExceededError", "429", "error", "BudgetExceededError", id="no limit of a provider"),
    pytest.param("InternalServerError", "500", "error", "InternalServerError", id="server error"),
    pytest.param(None, "404", "error", "http_404", id="no class"),
    pytest.param(f"Error: {PROMPT}", None, "error", None, id="a sentence is no class"),
]


@pytest.mark.parametrize(("error_class", "code", "status", "failure_class"), FAILURES)
def test_a_failure_says_how_it_ended(
    tmp_path: Path, error_class: str | None, code: str | int | None, status: str, failure_class: str | None
) -> None:
    error = {"error_class": error_class, "error_code": code, "error_message": PROMPT, "llm_provider": "openai"}
    row = record(
        {"status": "failure", "error_information": error, "usage_object": None},
        status="failure",
        request_id="0a1b2c3d-0000-4000-8000-000000000001",
        call_type="",
        custom_llm_provider="",
        model_group="",
        model="mini",
        spend=0.0,
        prompt_tokens=0,
        completion_tokens=0,
        endTime=ROW["startTime"],
    )

    found = call(tmp_path, row)

    assert (found["status"], found.get("failure_class")) == (status, failure_class)
    assert (found["provider"], found["requested_model"]) == ("openai", "mini")
    assert not {"e2e_ms", "ttft_ms", "response_id", "operation"} & found.keys()
    # No provider bills an error; what a timeout used nobody has told.
    assert found.get("input_tokens") == found.get("output_tokens") == (0 if status == "error" else None)


def test_only_the_metadata_may_say_that_a_request_failed(tmp_path: Path) -> None:
    assert call(tmp_path, record({"status": "failure"}, status=None))["status"] == "error"


def test_a_client_that_left_in_the_middle_is_cancelled_and_keeps_its_usage(tmp_path: Path) -> None:
    found = call(tmp_path, record({"error_information": {"error_code": "499", "error_class": "ClientDisconnect"}}))

    assert (found["status"], found["output_tokens"]) == ("cancelled", 200)


SERVED = [
    pytest.param("openai", "openai/gpt-4o", None, ("openai", "gpt-4o"), id="prefix of the provider"),
    pytest.param("anthropic", "anthropic/claude-x", None, ("anthropic", "claude-x"), id="Anthropic"),
    pytest.param("azure", "azure/prod-chat", "azure/gpt-4o", ("azure", "gpt-4o"), id="base model of Azure"),
    pytest.param("azure", "azure/prod-chat", None, ("azure", "prod-chat"), id="deployment without base model"),
    pytest.param("azure", "azure/eu/gpt-4o", "azure/eu/gpt-4o", ("azure", "gpt-4o"), id="region of Azure"),
    pytest.param(
        "bedrock",
        "bedrock/converse/eu-west-1/anthropic.claude-x",
        None,
        ("aws", "anthropic.claude-x"),
        id="Bedrock's path",
    ),
    pytest.param("vertex_ai", "vertex_ai/gemini-x", None, ("google", "gemini-x"), id="Vertex"),
    pytest.param(
        "together_ai", "together_ai/meta-llama/Llama-x", None, ("together", "meta-llama/Llama-x"), id="Together"
    ),
    pytest.param(
        "openrouter", "openrouter/anthropic/claude-x", None, ("openrouter", "anthropic/claude-x"), id="OpenRouter"
    ),
    pytest.param("hosted_vllm", "meta-llama/Llama-x", None, ("hosted_vllm", "meta-llama/Llama-x"), id="vLLM"),
    pytest.param("", "xai/grok-x", None, ("x-ai", "grok-x"), id="only the model says who"),
    pytest.param("", "meta-llama/Llama-x", None, (None, "meta-llama/Llama-x"), id="a maker is no provider"),
]


@pytest.mark.parametrize(("provider", "model", "base_model", "expected"), SERVED)
def test_who_served_is_spelled_as_in_the_price_list(
    tmp_path: Path, provider: str, model: str, base_model: str | None, expected: tuple[str | None, str]
) -> None:
    information = {"model_map_information": {"model_map_key": base_model, "model_map_value": {"mode": "chat"}}}
    found = call(tmp_path, record(information, custom_llm_provider=provider, model=model))

    assert (found.get("provider"), found["model"]) == expected


OPERATIONS = [
    pytest.param("completion", "chat", id="completion"),
    pytest.param("atext_completion", "chat", id="text completion"),
    pytest.param("aresponses", "chat", id="responses"),
    pytest.param("anthropic_messages", "chat", id="messages"),
    pytest.param("agenerate_content_stream", "chat", id="Gemini's own"),
    pytest.param("pass_through_endpoint", "chat", id="passed through, with an answer"),
    pytest.param("aembedding", "embedding", id="embedding"),
    pytest.param("arerank", "rerank", id="rerank"),
    pytest.param("aimage_generation", "image", id="image"),
    pytest.param("atranscription", "audio", id="audio"),
    pytest.param("_arealtime", "audio", id="realtime"),
    pytest.param("amoderation", "other", id="moderation"),
    pytest.param("aretrieve_batch", "other", id="a batch that cost money"),
    pytest.param("", None, id="not said"),
]


@pytest.mark.parametrize(("call_type", "operation"), OPERATIONS)
def test_the_call_type_says_the_operation(tmp_path: Path, call_type: str, operation: str | None) -> None:
    assert call(tmp_path, record(call_type=call_type)).get("operation") == operation


TTFT = [
    pytest.param("2026-05-01T10:00:00.523", 400.0, id="streamed"),
    pytest.param("2026-05-01T10:00:02.623", None, id="not streamed: the end once more"),
    pytest.param("2026-05-01T09:59:59.000", None, id="before the start"),
    pytest.param(None, None, id="not logged"),
]


@pytest.mark.parametrize(("first", "expected"), TTFT)
def test_the_first_token_is_known_only_where_it_was_stamped(
    tmp_path: Path, first: str | None, expected: float | None
) -> None:
    assert call(tmp_path, record(completionStartTime=first)).get("ttft_ms") == expected


TIMES = [
    pytest.param("2026-05-01 10:00:00", (10, 0), id="no zone is UTC"),
    pytest.param("2026-05-01T10:00:00.5", (10, 500_000), id="one digit of a second"),
    pytest.param("2026-05-01T10:00:00.123456", (10, 123_456), id="microseconds"),
    pytest.param("2026-05-01T10:00:00.123Z", (10, 123_000), id="the API"),
    pytest.param("2026-05-01T10:00:00+00:00", (10, 0), id="zero offset"),
    pytest.param("2026-05-01 12:00:00+02", (10, 0), id="a server in Berlin"),
    pytest.param("2026-05-01T05:30:00.25-04:30", (10, 250_000), id="half hours"),
]


@pytest.mark.parametrize(("text", "expected"), TIMES)
def test_times_are_utc_whatever_zone_they_name(tmp_path: Path, text: str, expected: tuple[int, int]) -> None:
    started_at = call(tmp_path, record(startTime=text))["started_at"]

    assert (started_at.hour, started_at.microsecond) == expected


def test_answers_without_an_id_of_their_own_have_no_response_id(tmp_path: Path) -> None:
    """LiteLLM then writes a UUID of its own; DeepSeek's ids are UUIDs too."""
    uuid = "0a1b2c3d-0000-4000-8000-000000000001"
    put(
        tmp_path / "spend.jsonl",
        record(request_id=uuid),
        record(request_id="1" + uuid[1:], custom_llm_provider="deepseek"),
        record(request_id="msg_01"),
    )
    bring(tmp_path, tmp_path / "spend.jsonl")

    assert [row["response_id"] for row in stored(tmp_path)] == [None, "1" + uuid[1:], "msg_01"]


def test_tags_and_custom_metadata_become_attributes_and_nothing_else_does(tmp_path: Path) -> None:
    row = record(
        {
            "spend_logs_metadata": {
                "ticket.id": 4711,
                "vip": True,
                "note": LONG_TEXT,
                "nested": {"text": PROMPT},
                "prompt": PROMPT,
                "user_id": "jane",
                "reviewer": "jane@example.com",
                "upstream": KEY,
            },
            "user_agent": "curl/8",
        },
        request_tags=[
            "User-Agent: openai",
            "User-Agent: openai/1.2",
            "env:prod",
            "env:second",
            "feature=search",
            "nightly",
            f"auth: Bearer {KEY}",
            f"message: {PROMPT}",
            "",
        ],
    )

    attributes = json.loads(call(tmp_path, row)["attributes"])

    assert {name: value for name, value in attributes.items() if name.startswith("tag.")} == {
        "tag.env": "prod",
        "tag.feature": "search",
        "tag.nightly": "true",
        "tag.ticket.id": 4711,
        "tag.vip": True,
    }
    assert attributes["user_agent"] == "curl/8"


def test_the_client_is_taken_from_litellms_own_tag(tmp_path: Path) -> None:
    found = call(tmp_path, record(request_tags=["User-Agent: openai", "User-Agent: openai/1.2", "Credential: x"]))

    attributes = json.loads(found["attributes"])
    assert attributes["user_agent"] == "openai"
    assert not any(name.startswith("tag.") for name in attributes)


@pytest.mark.parametrize(
    ("metadata", "columns", "expected"),
    [
        pytest.param({"attempted_retries": 2}, {}, (3, "mini"), id="two attempts that the log hides"),
        pytest.param({"attempted_retries": None}, {}, (None, "mini"), id="before 2026"),
        pytest.param(
            {"attempted_retries": 1, "attempted_fallbacks": 1, "original_model_group": "large"},
            {},
            (None, "large"),
            id="a fallback: what was asked first, and how often is not known",
        ),
    ],
)
def test_attempts_and_what_was_asked_first(
    tmp_path: Path, metadata: dict[str, Any], columns: dict[str, Any], expected: tuple[int | None, str]
) -> None:
    found = call(tmp_path, record(metadata, **columns))

    assert (found.get("attempt_no"), found["requested_model"]) == expected


@pytest.mark.parametrize(
    ("tier", "expected"),
    [("default", "standard"), ("priority", "priority"), ("batch", "batch"), ("auto", None), ("new", None)],
)
def test_the_tier_is_taken_where_it_says_what_was_billed(tmp_path: Path, tier: str, expected: str | None) -> None:
    assert call(tmp_path, record({"usage_object": {"service_tier": tier}})).get("service_tier") == expected


LEFT_OUT = [
    pytest.param({"call_type": "call_mcp_tool"}, {}, "MCP tools, not models", id="MCP by type"),
    pytest.param({"mcp_namespaced_tool_name": "github/search"}, {}, "MCP tools, not models", id="MCP by tool"),
    pytest.param(
        {},
        {"user_api_key_alias": "litellm-internal-health-check"},
        "health checks of the gateway",
        id="health check by its key",
    ),
    pytest.param({"call_type": "ahealth_check"}, {}, "health checks of the gateway", id="health check by type"),
    pytest.param(
        {"call_type": "pass_through_endpoint", "model": ""},
        {},
        "passed through without a model",
        id="pass-through without a model",
    ),
    pytest.param(
        {"status": "failure", "model": "", "call_type": ""},
        {},
        "failed before a model was chosen",
        id="a wrong key",
    ),
    pytest.param(
        {"call_type": "afile_list", "spend": 0, "prompt_tokens": 0, "completion_tokens": 0},
        {},
        "no call of a model (afile_list)",
        id="management",
    ),
    pytest.param(
        {"call_type": PROMPT, "spend": 0, "prompt_tokens": 0, "completion_tokens": 0},
        {},
        "no call of a model (unknown call type)",
        id="a sentence is no call type",
    ),
]


@pytest.mark.parametrize(("columns", "metadata", "reason"), LEFT_OUT)
def test_records_that_are_no_calls_are_left_out_with_the_reason(
    tmp_path: Path, columns: dict[str, Any], metadata: dict[str, Any], reason: str
) -> None:
    row = record(metadata, request_id="other", **columns)
    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", ROW, row))

    assert (summary.read, summary.imported) == (1, 1)
    assert summary.notes == (f"1 record left out: {reason}",)
    cost = ("the records left out cost 0.001230 USD, which no call will explain",)
    assert summary.warnings == (cost if row["spend"] else ())


def many() -> list[dict[str, Any]]:
    """Records of all kinds, each with its own id."""
    usages: list[Any] = [param.values[0] for param in USAGES]
    rows = [record(usage, request_id=f"usage-{number}") for number, usage in enumerate(usages)]
    rows += [
        record(
            {"status": "failure", "error_information": {"error_class": param.values[0], "error_code": "500"}},
            status="failure",
            request_id=f"failure-{number}",
            spend=0.0,
        )
        for number, param in enumerate(FAILURES)
    ]
    rows += [record(call_type=param.values[0], request_id=f"type-{n}") for n, param in enumerate(OPERATIONS)]
    rows.append(record({"spend_logs_metadata": {"b": 1.5, "a": "x y"}}, request_id="tags", request_tags=["b:2"]))
    rows += [
        record(request_id=f"hit-{flag}", cache_hit=flag, spend=0.0) for flag in ("True", "False", "None", True)
    ]
    rows[-1]["request_id"] = "hit-boolean"
    rows.append(record(request_id="small", spend=1.35e-05, end_user="", organization_id=None))
    return rows


def test_csv_json_lines_and_a_list_store_the_same_calls(tmp_path: Path) -> None:
    rows = many()
    files = {
        "csv": put_csv(tmp_path / "spend.csv", *rows),
        "jsonl": put(tmp_path / "spend.jsonl", *rows),
        "json": tmp_path / "spend.json",
        "page": tmp_path / "page.json",
        "pretty": tmp_path / "pretty.json",
        "texts": tmp_path / "texts.jsonl",
    }
    files["json"].write_text(json.dumps(rows))
    files["page"].write_text(json.dumps({"data": rows, "total": len(rows)}))
    files["pretty"].write_text(json.dumps({"data": rows, "total": len(rows)}, indent=1))
    texts = [
        row | {"metadata": json.dumps(row["metadata"]), "request_tags": json.dumps(row["request_tags"])}
        for row in rows
    ]
    put(files["texts"], *texts)
    found = {}
    for name, file in files.items():
        (tmp_path / name).mkdir()
        assert bring(tmp_path / name, file).imported == len(rows)
        found[name] = [
            {column: value for column, value in row.items() if column != "source_row"}
            for row in stored(tmp_path / name)
        ]

    for name, calls in found.items():
        assert calls == found["jsonl"], name


def test_the_same_record_from_overlapping_exports_is_a_duplicate(tmp_path: Path) -> None:
    rows = many()
    half = len(rows) // 2
    bring(tmp_path, put(tmp_path / "first.jsonl", *rows[: half + 3]))

    second = bring(tmp_path, put_csv(tmp_path / "second.csv", *rows[half:]))
    third = bring(tmp_path, put(tmp_path / "third.jsonl", record(request_id="small", spend=0.5), ROW))

    assert (second.duplicate, second.imported) == (3, len(rows) - half - 3)
    assert (third.imported, third.conflicts) == (1, 1)


def test_a_clean_export_is_taken_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a row was looked at by itself")

    monkeypatch.setattr(ConvertedRows, "_take_one_by_one", refuse)
    rows = [
        row | {"startTime": f"2026-05-01T10:00:{n % 60:02d}.123Z"} if n % 2 else row
        for n, row in enumerate(many())
    ]

    assert bring(tmp_path, put(tmp_path / "spend.jsonl", *rows)).imported == len(rows)


def test_a_line_cut_in_the_middle_is_rejected_and_the_rest_goes_in(tmp_path: Path) -> None:
    cut = json.dumps(record(request_id="cut"))[:300]
    file = put(tmp_path / "spend.jsonl", ROW, "", record(request_id="second"))
    file.write_text(file.read_text() + cut)

    summary = bring(tmp_path, file)

    assert (summary.imported, summary.rejected) == (2, 1)
    assert (summary.rejects[0].line, "is not valid JSON" in summary.rejects[0].reason) == (4, True)
    assert [row["source_row"] for row in stored(tmp_path)] == [1, 3]


def test_numbers_of_rows_stay_right_over_many_blocks(tmp_path: Path) -> None:
    filler = {"text": "x" * 5_000}
    rows: list[dict[str, Any] | str] = [record(request_id=f"r{n}", messages=filler) for n in range(1, 101)]
    rows[69] = "{"

    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", *rows))

    assert [reject.line for reject in summary.rejects] == [70]
    assert all(row["call_id"] == f"r{row['source_row']}" for row in stored(tmp_path))


def test_a_line_without_end_is_rejected(tmp_path: Path) -> None:
    endless = json.dumps(record(request_id="endless", messages={"text": "x" * 25_000_000}))

    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", ROW, endless, record(request_id="last")))

    assert (summary.imported, [reject.line for reject in summary.rejects]) == (2, [2])
    assert summary.rejects[0].reason == "is longer than 10 MB"


def test_a_list_cut_short_says_where_and_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "spend.json"
    file.write_text(json.dumps([ROW, ROW], indent=1)[:-200])

    with pytest.raises(BadInputError, match=r"spend.json:\d+:\d+ is not valid JSON.*\n.*JSON Lines"):
        bring(tmp_path, file)


def test_a_csv_cut_in_the_middle_loses_only_its_last_row(tmp_path: Path) -> None:
    file = put_csv(tmp_path / "spend.csv", ROW, record(request_id="second"))
    file.write_text(file.read_text()[:-150])

    summary = bring(tmp_path, file)

    assert (summary.imported, summary.rejected) == (1, 1)
    assert "unexpected end of data" in summary.rejects[0].reason


def test_backslashes_that_copy_doubled_are_undone(tmp_path: Path) -> None:
    quoted = record(request_id="quoted", messages={"text": 'she said "no"'})
    line = json.dumps(quoted).replace("\\", "\\\\")

    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", ROW, line))

    assert summary.imported == 2
    assert "COPY in text format" in summary.warnings[0]


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        pytest.param({"prompt_tokens": "many"}, "prompt_tokens", id="tokens in words"),
        pytest.param({"spend": [1]}, "spend", id="a list of costs"),
        pytest.param({"startTime": "yesterday"}, "started_at", id="no time"),
        pytest.param({"startTime": None}, "started_at", id="no start"),
        pytest.param({"request_id": ""}, "call_id", id="no id"),
        pytest.param({"spend": -1.0}, "cost_usd", id="negative cost"),
    ],
)
def test_a_bad_value_rejects_its_row_only(tmp_path: Path, columns: dict[str, Any], field: str) -> None:
    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", ROW, record(**({"request_id": "bad"} | columns))))

    assert (summary.imported, [reject.field for reject in summary.rejects]) == (1, [field])


def test_odd_types_elsewhere_are_as_if_not_logged(tmp_path: Path) -> None:
    row = record(
        {"attempted_retries": "two", "usage_object": {"cache_read_input_tokens": "few"}},
        session_id=["a"],
        request_tags=["env:prod", 7],
        end_user=5,
        unheard_of={"a": 1},
    )

    found = call(tmp_path, row)

    assert not {"session_id", "attempt_no", "customer", "cached_input_tokens"} & found.keys()
    assert json.loads(found["attributes"])["tag.env"] == "prod"


def test_metadata_that_is_no_json_is_passed_over_with_a_warning(tmp_path: Path) -> None:
    summary = bring(tmp_path, put(tmp_path / "spend.jsonl", record(metadata="{cut")))

    assert (summary.imported, summary.warnings) == (
        1,
        ("metadata of some records is no JSON object and was passed over",),
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param(
            "a.csv", "request_id,spend\nr1,1\n", r"a.csv:1 has no column startTime; found", id="one missing"
        ),
        pytest.param("a.csv", "id,cost\nr1,1\n", "no column request_id and no column startTime", id="another CSV"),
        pytest.param("a.csv", "request_id;startTime\nr1;x\n", "separated by ';'", id="semicolons"),
        pytest.param("a.jsonl", '{"id": 1}\n', "is no export of LiteLLM_SpendLogs", id="another JSON Lines"),
        pytest.param(
            "a.json",
            '[{"startTime": "2026-05-01", "spend": 3, "models": {}}]',
            r"has request_id[\s\S]*summarize=false",
            id="the API's summary by day",
        ),
    ],
)
def test_another_file_is_refused_with_what_is_missing(tmp_path: Path, name: str, text: str, message: str) -> None:
    file = tmp_path / name
    file.write_text(text)

    with pytest.raises(BadInputError, match=message):
        bring(tmp_path, file)


def test_parquet_is_refused_with_what_to_give(tmp_path: Path) -> None:
    bring(tmp_path, put(tmp_path / "spend.jsonl", ROW))
    (file,) = (tmp_path / "ledger").rglob("*.parquet")

    with pytest.raises(BadInputError, match="not as Parquet"):
        bring(tmp_path, file)


def test_missing_columns_are_named_with_what_stays_unknown(tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text("REQUEST_ID,starttime,model,spend\nr1,2026-05-01 10:00:00,gpt-4o,0.01\n")

    summary = bring(tmp_path, file)

    assert summary.imported == 1
    assert any(warning.startswith("the export has no column metadata: ") for warning in summary.warnings)


def test_neither_prompt_nor_key_is_found_anywhere(tmp_path: Path) -> None:
    chat = [{"role": "user", "content": PROMPT}]
    planted = record(
        {
            "spend_logs_metadata": {
                "comment": LONG_TEXT,
                "prompt": PROMPT,
                "credentials": KEY,
                "x": f"Bearer {KEY}",
            },
            "error_information": {"error_class": PROMPT, "error_message": PROMPT, "traceback": LONG_TEXT},
            "user_api_key_alias": KEY,
            "user_api_key": KEY,
            "proxy_server_request": LONG_TEXT,
            "user_api_key_user_id": "jane@example.com",
        },
        api_key=KEY,
        messages=chat,
        response={"choices": [{"message": {"content": PROMPT}}]},
        proxy_server_request={"messages": chat, "headers": {"authorization": f"Bearer {KEY}"}},
        request_tags=[KEY, f"key={KEY}", f"input: {PROMPT}", LONG_TEXT],
        status="failure",
        user="jane@example.com",
        end_user="jane@example.com",
    )
    broken = json.dumps(planted | {"request_id": "cut"})[:-40]
    wrong = planted | {"request_id": "wrong", "prompt_tokens": PROMPT, "spend": KEY}
    files = [
        put(tmp_path / "spend.jsonl", planted, wrong, broken),
        put_csv(tmp_path / "spend.csv", planted | {"request_id": "csv"}, wrong | {"request_id": "wrong-csv"}),
    ]

    summaries = [bring(tmp_path, file, keep=False) for file in files]

    assert [summary.imported for summary in summaries] == [1, 1]
    said = str(summaries) + str(stored(tmp_path))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "ledger").rglob("*") if path.is_file())
    for canary in ("CANARY", "canary0123", "jane@"):
        assert canary not in said
        assert canary.encode() not in kept
