"""The names by which logs and gateways call a provider and a model, and what they stand for.

A gateway puts its own name, the provider's or a region before the model (`openrouter/anthropic/claude-x`,
`azure/gpt-x`, `us.anthropic.claude-x`). A name is looked up as it stands first; a prefix is taken off only
when that finds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection

Reference = tuple[str | None, str]
"""A provider (None: not said) and a model, as a price list may spell them."""

PURE_GATEWAYS = frozenset(
    {"ai_gateway", "helicone", "langfuse", "litellm", "litellm_proxy", "portkey", "vercel", "vercel_ai_gateway"}
)
"""Gateways without a price list of their own: they say nothing about who serves."""

RESELLING_GATEWAYS = frozenset({"openrouter"})
"""Gateways with a price list of their own, which otherwise pass the provider's price through."""

PROVIDER_SPELLINGS = {
    "alibaba_moonshot": "moonshotai",
    "amazon": "aws",
    "amazon_bedrock": "aws",
    "aws.bedrock": "aws",
    "claude": "anthropic",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "github_copilot": "github-copilot",
    "google_ai_studio": "google",
    "google_genai": "google",
    "google_vertexai": "google",
    "google-gla": "google",
    "google-vertex": "google",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "perplexity_ai": "perplexity",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "together-ai": "together",
    "vertexai": "google",
    "voyage": "voyageai",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "z-ai": "zai",
    "z.ai": "zai",
}
"""How OpenTelemetry, LiteLLM and others spell the providers of the catalog."""

SPELLING_STARTS = {"azure": "azure", "bedrock": "aws", "vertex_ai": "google"}
"""Families of spellings (`bedrock_converse`, `azure.ai.openai`, `vertex_ai-anthropic_models`)."""

PATH_PARTS = frozenset({"models", "publishers", "converse", "invoke", "responses", "chat", "global", "eu", "us"})
"""Parts of a path before a model that name neither a provider nor a model."""

_REGION_PART = re.compile(r"^[a-z]{2}(-gov)?-[a-z]+-\d$")
_REGION_PREFIX = re.compile(r"^(us|eu|apac|global|jp|au|ca|sa|us-gov)\.")
_BEDROCK_ID = re.compile(
    r"^((us|eu|apac|global|jp|au|ca|sa|us-gov)\.)?(ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen)\."
)


def spelled_provider(provider: str) -> str:
    """The catalog's spelling of a provider's name, else the name in lower case."""
    name = provider.strip().casefold()
    if name in PROVIDER_SPELLINGS:
        return PROVIDER_SPELLINGS[name]
    for start, spelling in SPELLING_STARTS.items():
        if name.startswith(start):
            return spelling
    return name


def serving_provider(provider: str | None) -> str | None:
    """Who serves, as far as the name says; a gateway without prices says nothing."""
    if provider is None or not provider.strip():
        return None
    name = spelled_provider(provider)
    return None if name in PURE_GATEWAYS else name


def references(provider: str | None, model: str, known_providers: Collection[str]) -> tuple[Reference, ...]:
    """What a call's provider and model may be listed as, most literal first.

    `known_providers` are the names of providers with a price list. A prefix that names a known provider says
    who serves when the call itself does not.
    """
    holder, rest = serving_provider(provider), model.strip()
    found: list[Reference] = []
    if holder is None and _BEDROCK_ID.match(rest.casefold()):
        found.append(("aws", rest))
    if holder is not None or not _names_provider(rest, known_providers):
        found.append((holder, rest))
    while "/" in rest:
        head, tail = rest.split("/", 1)
        name = spelled_provider(head)
        if name in known_providers:
            if holder is None or holder in RESELLING_GATEWAYS:
                holder = name
                found.append((holder, rest))
        elif not _is_passed_over(name):
            break
        rest = tail
        found.append((holder, rest))
    found += [(who, _REGION_PREFIX.sub("", ref.casefold())) for who, ref in found]
    return tuple(dict.fromkeys(found))


def target_references(
    provider: str | None, target: str, known_providers: Collection[str]
) -> tuple[Reference, ...]:
    """What the target of a model alias may be listed as: a `provider/model` target decides who serves."""
    literal: Reference = (serving_provider(provider), target.strip())
    return tuple(
        dict.fromkeys(
            (literal, *references(None, target, known_providers), *references(provider, target, known_providers))
        )
    )


def _names_provider(ref: str, known_providers: Collection[str]) -> bool:
    return "/" in ref and spelled_provider(ref.split("/", 1)[0]) in known_providers


def _is_passed_over(name: str) -> bool:
    return name in PURE_GATEWAYS or name in PATH_PARTS or bool(_REGION_PART.match(name))
