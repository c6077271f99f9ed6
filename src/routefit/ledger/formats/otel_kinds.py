"""What a span is: a model call, or work around model calls whose usage repeats theirs, or other work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routefit.ledger.formats.otel_attributes import first_of, first_text, word_set
from routefit.ledger.formats.otel_nesting import CallSign
from routefit.ledger.formats.otel_usage import TokenCounts, counts_in

_OPERATIONS = {
    "chat": "chat",
    "completion": "chat",
    "text_completion": "chat",
    "generate_content": "chat",
    "generate": "chat",
    "responses": "chat",
    "message": "chat",
    "embedding": "embedding",
    "embeddings": "embedding",
    "rerank": "rerank",
    "image_generation": "image",
    "generate_image": "image",
    "transcription": "audio",
    "speech": "audio",
}
_OPENINFERENCE = {"LLM": "chat", "EMBEDDING": "embedding", "RERANKER": "rerank"}
_AROUND = word_set(
    """invoke_agent create_agent execute_tool invoke_workflow workflow chain agent tool task plan retrieval
    retriever evaluator guardrail search_memory update_memory create_memory upsert_memory delete_memory"""
)
_CALL_EVENT = re.compile(r"backend\.[\w-]+\.\w+\.(?:success|finish|error|new_?token)(?:-\d+)?", re.IGNORECASE)
_BORDERS = word_set("invoke_agent create_agent execute_tool agent tool")
REQUESTED_MODEL = ("gen_ai.request.model", "llm.request.model", "ai.model.id", "ls_model_name")
SERVED_MODEL = ("gen_ai.response.model", "llm.response.model", "llm.model_name", "ai.response.model")
_OTHER_MODEL = ("embedding.model_name", "reranker.model_name")
RESPONSE_ID = ("gen_ai.response.id", "llm.response.id", "ai.response.id")

_INPUT = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
    "ai.usage.inputTokens",
    "ai.usage.promptTokens",
)
_CACHED = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.cache_read_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "llm.token_count.prompt_details.cache_read",
    "llm.usage.cache_read_input_tokens",
    "ai.usage.cachedInputTokens",
)
_WRITTEN = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "llm.token_count.prompt_details.cache_write",
    "llm.usage.cache_creation_input_tokens",
)
_OUTPUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
    "ai.usage.outputTokens",
    "ai.usage.completionTokens",
)
_REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.details.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
    "llm.usage.reasoning_tokens",
    "ai.usage.reasoningTokens",
)
_TOTAL = (
    "gen_ai.usage.total_tokens",
    "llm.usage.total_tokens",
    "llm.token_count.total",
    "ai.usage.totalTokens",
)

_COUNTS = {
    name: (part, rank)
    for part, names in (
        ("input", _INPUT),
        ("cached", _CACHED),
        ("written", _WRITTEN),
        ("output", _OUTPUT),
        ("reasoning", _REASONING),
        ("total", _TOTAL),
    )
    for rank, name in enumerate(names)
}
"""Which count a name stands for, and how early it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanKind:
    """`operation` of a model call; else whether its usage repeats that of calls, and whether it ends a nesting."""

    operation: str | None = None
    is_around_calls: bool = False
    is_border: bool = False
    is_event: bool = False


def span_kind(name: Any, attributes: Mapping[str, Any]) -> SpanKind:
    """What the span is, by its attributes; by its name only where an instrumentation says it nowhere else."""
    if is_call_event(name) and token_counts(attributes).is_empty:
        return SpanKind(is_event=True)
    named = attributes.get("gen_ai.operation.name")
    if isinstance(named, str):
        known = _OPERATIONS.get(named.lower())
        if known or named.lower() in _AROUND:
            return SpanKind(operation=known) if known else _around(named.lower())
    kind = attributes.get("openinference.span.kind")
    if isinstance(kind, str):
        operation = _OPENINFERENCE.get(kind.upper())
        return SpanKind(operation=operation) if operation else _around(kind.lower())
    kind = first_of(attributes, ("traceloop.span.kind", "langfuse.observation.type"))
    if isinstance(kind, str) and kind.lower() in _AROUND:
        return _around(kind.lower())
    request = attributes.get("llm.request.type")
    if isinstance(request, str) and request.lower() in _OPERATIONS:
        return SpanKind(operation=_OPERATIONS[request.lower()])
    has_model = first_text(attributes, ("gen_ai.request.model", "gen_ai.response.model")) is not None
    has_maker = first_of(attributes, ("gen_ai.system", "gen_ai.provider.name")) is not None
    if has_model and (not token_counts(attributes).is_empty or (has_maker and named is None)):
        return SpanKind(operation="chat" if named is None else "other")
    return SpanKind(is_around_calls=isinstance(named, str))


def _around(name: str) -> SpanKind:
    return SpanKind(is_around_calls=True, is_border=name in _BORDERS)


def is_call_event(name: Any) -> bool:
    """Whether a span without usage only marks a moment of a call.

    BeeAI emits one each for the start of a call, which carries its usage, its success and its finish.
    """
    return isinstance(name, str) and _CALL_EVENT.fullmatch(name) is not None


def token_counts(attributes: Mapping[str, Any]) -> TokenCounts:
    """The token counts under whatever names the instrumentation uses; of two names for one count the first."""
    found: dict[str, tuple[int, int]] = {}
    for name, value in attributes.items():
        if (known := _COUNTS.get(name)) is None or (count := counts_in(value)) is None:
            continue
        part, rank = known
        if part not in found or rank < found[part][0]:
            found[part] = rank, count

    def count_of(part: str) -> int | None:
        return found[part][1] if part in found else None

    return TokenCounts(
        input=count_of("input"),
        cached=count_of("cached"),
        written=count_of("written"),
        output=count_of("output"),
        reasoning=count_of("reasoning"),
        total=count_of("total"),
    )


def requested_model(attributes: Mapping[str, Any]) -> str | None:
    """The model that was asked for."""
    return first_text(attributes, REQUESTED_MODEL)


def served_model(attributes: Mapping[str, Any]) -> str | None:
    """The model that served, else the one that was asked for."""
    return first_text(attributes, (*SERVED_MODEL, *REQUESTED_MODEL, *_OTHER_MODEL))


def call_sign(attributes: Mapping[str, Any]) -> CallSign:
    """What tells the call of the span from another one."""
    return CallSign(
        usage=token_counts(attributes).sign,
        response_id=first_text(attributes, RESPONSE_ID),
        model=served_model(attributes),
    )
