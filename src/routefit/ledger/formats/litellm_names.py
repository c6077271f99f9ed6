"""What LiteLLM's words mean: kinds of requests, who served, how a request ended.

Each function sees the same few words again and again, so their answers are kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from routefit.ledger.formats.litellm_log import HttpCode
from routefit.prices.references import serving_provider

HEALTH_ACCOUNT = "litellm-internal-health-check"
"""Key, alias and team that the gateway's health checks run under."""

_OPERATIONS = {
    "completion": "chat",
    "text_completion": "chat",
    "responses": "chat",
    "responses_websocket": "chat",
    "anthropic_messages": "chat",
    "generate_content": "chat",
    "generate_content_stream": "chat",
    "create_interaction": "chat",
    "run_thread": "chat",
    "run_thread_stream": "chat",
    "embedding": "embedding",
    "rerank": "rerank",
    "image_generation": "image",
    "image_edit": "image",
    "image_variation": "image",
    "transcription": "audio",
    "speech": "audio",
    "realtime": "audio",
    "moderation": "other",
    "ocr": "other",
    "create_video": "other",
    "video_remix": "other",
    "video_edit": "other",
    "video_extension": "other",
}
_PASS_THROUGHS = frozenset({"pass_through_endpoint", "llm_passthrough_route", "allm_passthrough_route"})
_MCP_CALLS = frozenset({"call_mcp_tool", "list_mcp_tools"})
_PREFIXES = frozenset(
    {
        "anthropic",
        "azure",
        "azure_ai",
        "bedrock",
        "cerebras",
        "cohere",
        "databricks",
        "deepseek",
        "fireworks_ai",
        "gemini",
        "groq",
        "hosted_vllm",
        "mistral",
        "moonshot",
        "ollama",
        "openai",
        "openrouter",
        "perplexity",
        "replicate",
        "sagemaker",
        "together_ai",
        "vertex_ai",
        "voyage",
        "watsonx",
        "xai",
    }
)
"""Prefixes of a model that say who serves it, where the log does not."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,79}")
_AZURE_PARTS = frozenset({"azure", "azure_ai", "azure_text", "eu", "us", "global", "global-standard", "responses"})
_PROVIDER_PATHS = frozenset({"converse", "converse_like", "invoke", "responses", "chat", "async_invoke"})
_REGION = re.compile(r"[a-z]{2}(-gov)?-[a-z]+-\d")
_TIERS = {
    "standard": "standard",
    "default": "standard",
    "on_demand": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
}
_UUID_GROUPS = (8, 4, 4, 4, 12)
_UUID_CHARACTERS = 36
_UUID_PROVIDERS = frozenset({"deepseek", "x-ai"})


@lru_cache(maxsize=256)
def operation(call_type: str) -> str | None:
    """The kind of request of a call type (`acompletion`, `aembedding`); None for what calls no model."""
    name = call_type.lstrip("_")
    return _OPERATIONS.get(name) or _OPERATIONS.get(name.removeprefix("a"))


@lru_cache(maxsize=256)
def is_pass_through(call_type: str) -> bool:
    """Whether the gateway only handed the request on."""
    return call_type in _PASS_THROUGHS


@lru_cache(maxsize=256)
def is_mcp(call_type: str) -> bool:
    """Whether a tool was called or listed, not a model."""
    return call_type in _MCP_CALLS


@lru_cache(maxsize=256)
def is_health_check(call_type: str) -> bool:
    """Whether the call type itself says so; most health checks say it by their key."""
    return "health" in call_type


def name_or_none(text: str | None) -> str | None:
    """A text that is one plain name, such as a class or a call type; sentences are nothing."""
    return text if text and _NAME.fullmatch(text) else None


@lru_cache(maxsize=4096)
def served(provider: str | None, model: str | None, base_model: str | None) -> tuple[str | None, str | None]:
    """Provider and model in the spelling of the price catalog.

    The gateway's prefixes are taken off (`anthropic/claude-x`, `bedrock/converse/eu-west-1/anthropic.claude-x`);
    of an Azure deployment the base model that LiteLLM priced it as, where it says so.
    """
    prefix, _, rest = (model or "").partition("/")
    if not provider and rest and prefix in _PREFIXES:
        provider = prefix
    who = serving_provider(provider)
    if not model:
        return who, None
    if who == "azure":
        return who, _without_parts(base_model or model, _AZURE_PARTS) or model
    name = rest if provider and rest and serving_provider(prefix) == who else model
    if who == "aws":
        parts = name.split("/")
        while len(parts) > 1 and (parts[0] in _PROVIDER_PATHS or _REGION.fullmatch(parts[0])):
            del parts[0]
        name = "/".join(parts)
    return who, name


def _without_parts(model: str, passed_over: frozenset[str]) -> str:
    parts = model.split("/")
    while len(parts) > 1 and parts[0] in passed_over:
        del parts[0]
    return "/".join(parts)


@lru_cache(maxsize=256)
def service_tier(logged: str) -> str | None:
    """The tier as it was billed; `auto` and unknown words say nothing."""
    return _TIERS.get(logged.lower())


@lru_cache(maxsize=1024)
def failed_status(error_class: str | None, error_code: HttpCode | None) -> str:
    """How a failed request ended, by the class of the exception first and the HTTP code second."""
    name, code = (error_class or "").casefold(), str(error_code or "").strip()
    if "budgetexceeded" in name:
        return "error"
    if is_cancelled(error_class, error_code):
        return "cancelled"
    if "timeout" in name or code in ("408", "504", "524"):
        return "timeout"
    if "ratelimit" in name or "rate_limit" in name or code == "429":
        return "rate_limited"
    return "error"


@lru_cache(maxsize=1024)
def is_cancelled(error_class: str | None, error_code: HttpCode | None) -> bool:
    """Whether the client went away."""
    name = (error_class or "").casefold()
    return "cancel" in name or "disconnect" in name or str(error_code or "").strip() == "499"


@lru_cache(maxsize=1024)
def failure_class(error_class: str | None, error_code: HttpCode | None) -> str | None:
    """The class of the exception, else the HTTP code; sentences are not taken over."""
    name = name_or_none(error_class)
    if name:
        return name
    code = str(error_code or "").strip()
    return f"http_{code}" if code.isdigit() and len(code) == len("404") else None


def response_id(request_id: str | None, provider: str | None) -> str | None:
    """The provider's name for its answer, where the request id is one.

    LiteLLM takes the answer's id where the answer has one, else a random UUID of its own. A few providers name
    their answers by UUIDs too.
    """
    if not request_id:
        return None
    may_be_uuid = len(request_id) == _UUID_CHARACTERS and provider not in _UUID_PROVIDERS
    is_uuid = may_be_uuid and tuple(map(len, request_id.split("-"))) == _UUID_GROUPS
    return None if is_uuid else request_id
