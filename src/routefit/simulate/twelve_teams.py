"""A company of twelve teams behind one LiteLLM proxy, as data: who sends what, and what is wrong with its logs.

Prices are the public list prices of the models and, for the batch tier, half of them. The names are made up.
"""

from __future__ import annotations

from routefit.simulate.spec import usd_per_mtok
from routefit.simulate.team import GatewayModel, Judge, Work

ANTHROPIC, OPENAI = "https://api.anthropic.com", "https://api.openai.com"

SONNET = GatewayModel(
    provider="anthropic",
    name="claude-sonnet-4-5",
    api_base=ANTHROPIC,
    price=usd_per_mtok(3.00, 15.00, 0.30, 3.75),
    is_cache_overcharged=True,
)
HAIKU = GatewayModel(
    provider="anthropic",
    name="claude-haiku-4-5",
    api_base=ANTHROPIC,
    price=usd_per_mtok(1.00, 5.00, 0.10, 1.25),
)
PROD_CHAT = GatewayModel(
    provider="anthropic", name="prod-chat", api_base=ANTHROPIC, price=usd_per_mtok(1.00, 5.00, 0.10, 1.25)
)
GPT_41 = GatewayModel(provider="openai", name="gpt-4.1", api_base=OPENAI, price=usd_per_mtok(2.00, 8.00, 0.50))
GPT_41_MINI = GatewayModel(
    provider="openai", name="gpt-4.1-mini", api_base=OPENAI, price=usd_per_mtok(0.40, 1.60, 0.10)
)
GPT_4O_MINI = GatewayModel(
    provider="openai", name="gpt-4o-mini", api_base=OPENAI, price=usd_per_mtok(0.15, 0.60, 0.075)
)
GPT_4O_MINI_BATCH = GatewayModel(
    provider="openai", name="gpt-4o-mini", api_base=OPENAI, price=usd_per_mtok(0.075, 0.30, 0.0375)
)
EMBEDDING = GatewayModel(
    provider="openai", name="text-embedding-3-small", api_base=OPENAI, price=usd_per_mtok(0.02, 0.0)
)
MISTRAL_LARGE = GatewayModel(
    provider="mistral",
    name="mistral-large-2411",
    api_base="https://api.mistral.ai",
    price=usd_per_mtok(2.00, 6.00),
)
LLAMA_70B = GatewayModel(
    provider="groq",
    name="llama-3.3-70b-versatile",
    api_base="https://api.groq.com/openai",
    price=usd_per_mtok(0.59, 0.79),
)
BEDROCK_HAIKU = GatewayModel(
    provider="bedrock",
    name="anthropic.claude-haiku-4-5-20251001-v1:0",
    api_base="https://bedrock-runtime.us-east-1.amazonaws.com",
    price=usd_per_mtok(1.10, 5.50, 0.11, 1.375),
)
VLLM_70B = GatewayModel(
    provider="hosted_vllm", name="hosted_vllm/llama-3.3-70b-instruct", api_base="http://vllm.internal:8000/v1"
)

CLAIMS_JUDGE = Judge(
    team_id="team-quality", team_alias="quality", key_alias="judge-claims", model=HAIKU, rate=0.30
)

SUPPORT = Work(
    workload="support",
    units_rate=0.14,
    team_id="team-support",
    team_alias="support-platform",
    key_alias="support-prod",
    group="claude-sonnet-4-5",
    model=SONNET,
    fallback=GPT_41,
    fallback_rate=0.4,
    grouped_by="session",
    steps=(1, 4),
    think_ms=20_000,
    mean_input_tokens=3_600,
    mean_output_tokens=370,
    cached_rate=0.6,
    failure_rate=0.03,
    timeout_rate=0.01,
    evidence="tickets",
    is_streaming=True,
    has_end_users=True,
)
CLAIMS = Work(
    workload="claims",
    units_rate=0.07,
    team_id="team-claims",
    team_alias="claims",
    key_alias="claims-prod",
    group="gpt-4.1",
    model=GPT_41,
    grouped_by="ticket_id",
    steps=(1, 3),
    mean_input_tokens=5_200,
    mean_output_tokens=600,
    cached_rate=0.3,
    failure_rate=0.02,
    judge=CLAIMS_JUDGE,
    evidence="judge",
    good_rate=0.82,
)
SEARCH = Work(
    workload="search-answers",
    units_rate=0.12,
    team_id="team-search",
    team_alias="search",
    key_alias="search-rag",
    group="gpt-4.1-mini",
    model=GPT_41_MINI,
    embedding=EMBEDDING,
    grouped_by="session",
    mean_input_tokens=4_800,
    mean_output_tokens=260,
    gateway_hit_rate=0.12,
    failure_rate=0.01,
    evidence="toxicity",
    is_streaming=True,
    has_end_users=True,
)
AGENT = Work(
    workload="code-agent",
    units_rate=0.02,
    team_id="team-devex",
    team_alias="developer-experience",
    key_alias="code-agent",
    group="claude-sonnet-4-5",
    model=SONNET,
    grouped_by="session",
    steps=(5, 20),
    think_ms=6_000,
    mean_input_tokens=18_000,
    mean_output_tokens=700,
    cached_rate=0.8,
    failure_rate=0.02,
)
CATALOG = Work(
    workload="catalog-tags",
    units_rate=0.18,
    team_id="team-catalog",
    team_alias="catalog",
    key_alias="catalog-batch",
    group="gpt-4o-mini",
    model=GPT_4O_MINI_BATCH,
    tier="batch",
    mean_input_tokens=900,
    mean_output_tokens=60,
    failure_rate=0.004,
)
ADS = Work(
    workload="ad-copy",
    units_rate=0.06,
    team_id="team-growth",
    team_alias="growth",
    key_alias="growth-ads",
    group="gpt-4o-mini",
    model=GPT_4O_MINI,
    mean_input_tokens=700,
    mean_output_tokens=450,
)
MAILS = Work(
    workload="campaign-mails",
    units_rate=0.05,
    team_id="team-growth",
    team_alias="growth",
    key_alias="growth-mail",
    group="gpt-4.1-mini",
    model=GPT_41_MINI,
    mean_input_tokens=1_200,
    mean_output_tokens=700,
)
EXTRACT = Work(
    workload="extraction",
    units_rate=0.06,
    team_id="team-documents",
    team_alias="documents",
    key_alias="documents-prod",
    feature="extract",
    group="mistral-large",
    model=MISTRAL_LARGE,
    grouped_by="task_id",
    steps=(1, 2),
    mean_input_tokens=9_800,
    mean_output_tokens=1_250,
    failure_rate=0.02,
)
REDACT = Work(
    workload="redaction",
    units_rate=0.04,
    team_id="team-documents",
    team_alias="documents",
    key_alias="documents-prod",
    feature="redact",
    group="mistral-large",
    model=MISTRAL_LARGE,
    grouped_by="task_id",
    mean_input_tokens=6_400,
    mean_output_tokens=900,
    failure_rate=0.02,
)
TRANSLATION = Work(
    workload="translation",
    units_rate=0.08,
    team_id="team-5f0c7a1e",
    key_alias="i18n",
    group="llama-3.3-70b-versatile",
    model=LLAMA_70B,
    mean_input_tokens=800,
    mean_output_tokens=820,
    lost_usage_rate=0.02,
    is_streaming=True,
)
ASSISTANT = Work(
    workload="internal-assistant",
    units_rate=0.08,
    team_id="team-it",
    team_alias="it-workplace",
    key_alias="assistant",
    group="llama-70b-inhouse",
    model=VLLM_70B,
    grouped_by="session",
    steps=(1, 3),
    think_ms=15_000,
    mean_input_tokens=2_400,
    mean_output_tokens=350,
    is_streaming=True,
    is_by_day_only=True,
)
REVIEW = Work(
    workload="contract-review",
    units_rate=0.03,
    team_id="team-legal",
    team_alias="legal",
    key_alias="contracts",
    group="claude-haiku-bedrock",
    model=BEDROCK_HAIKU,
    grouped_by="ticket_id",
    steps=(1, 4),
    mean_input_tokens=12_000,
    mean_output_tokens=1_100,
    failure_rate=0.02,
)
NOTES = Work(
    workload="meeting-notes",
    units_rate=0.04,
    team_id="team-meetings",
    team_alias="meetings",
    key_alias="notes-prod",
    group="prod-chat",
    model=PROD_CHAT,
    grouped_by="session",
    mean_input_tokens=7_500,
    mean_output_tokens=640,
    failure_rate=0.03,
    evidence="thumbs",
    good_rate=0.8,
    has_end_users=True,
)
PLAYGROUND = Work(
    workload=None,
    units_rate=0.03,
    key_alias="playground",
    group="gpt-4o-mini",
    model=GPT_4O_MINI,
    mean_input_tokens=600,
    mean_output_tokens=300,
    failure_rate=0.0,
)

WORKS: tuple[Work, ...] = (
    SUPPORT,
    CLAIMS,
    SEARCH,
    AGENT,
    CATALOG,
    ADS,
    MAILS,
    EXTRACT,
    REDACT,
    TRANSLATION,
    ASSISTANT,
    REVIEW,
    NOTES,
    PLAYGROUND,
)
"""All of it; the twelfth team, `quality`, sends nothing but the gradings of `claims`."""
