"""The declared files of the synthetic fleet, as a real team would keep them: facts with label, source and date.

`$recent`, `$older` and `$since` become dates before the end of the fleet's window, so that nothing is stale and
prices cover the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from string import Template

_ROUTEFIT = """\
# A made-up fleet: every figure that rests on it is SYNTHETIC, whatever label it carries.
name: demo
is_synthetic: true
keep_identifiers: true                 # made-up customers: the same fleet gives the same intervals
sampling: {unit_rate: $unit_rate}          # the logs hold this share of the units
model_aliases: {prod-chat: claude-sonnet-4-5}
"""

_WORKLOADS = {
    "support": """\
id: support
class: human_waiting_streaming
owner: support-platform
unit: {name: resolved ticket, quality_floor_rate: 0.85}
slo: {ttft_ms: 2500, e2e_ms: 20000, percentile: 95, scope: attempt}
demand:
  units_per_month: {value: 500000, label: MEASURED, source: ticket system export, as_of: $recent}
  p95_requests_per_minute: {value: 70, label: MEASURED, source: gateway metrics, as_of: $recent}
  p95_tokens_per_minute: {value: 420000, label: MEASURED, source: gateway metrics, as_of: $recent}
needs: {modalities_in: [text], modalities_out: [text], structured_output: true}
data: {regions: [us], certifications: [soc2], licence_uses: [commercial]}
human:
  usd_per_escalation: {value: 0.40, label: MEASURED, source: payroll over escalated tickets, as_of: $recent}
ops:
  usd_per_month: {value: 978, label: DERIVED, source: "on-call and prompt upkeep, time sheets", as_of: $recent}
  allocation: by_units
eval: {suite: support-v3, sample_rate: 1.0}
planning:
  current_route: closed
  horizon_months: 12
  migration_usd: {value: 11000, label: OPINION, source: "platform team: prompt rewrite and canary", as_of: $recent}
""",
    "extraction": """\
id: extraction
class: machine_waiting
owner: document-platform
unit: {name: document extracted, quality_floor_rate: 0.95}
slo: {e2e_ms: 60000, percentile: 95, scope: attempt}
demand:
  units_per_month: {value: 80000, label: MEASURED, source: intake queue, as_of: $recent}
  p95_requests_per_minute: {value: 10, label: MEASURED, source: gateway metrics, as_of: $recent}
  p95_tokens_per_minute: {value: 180000, label: MEASURED, source: gateway metrics, as_of: $recent}
needs: {modalities_in: [text], modalities_out: [text], structured_output: true}
data: {regions: [eu], certifications: [soc2], licence_uses: [commercial]}
human:
  usd_per_escalation: {value: 0.90, label: MEASURED, source: back office time sheets, as_of: $recent}
ops:
  usd_per_month: {value: 420, label: DERIVED, source: "on-call and prompt upkeep, time sheets", as_of: $recent}
eval: {suite: extraction-fields-v2, sample_rate: 1.0}
planning: {current_route: closed-eu, horizon_months: 12}
""",
    "classification": """\
id: classification
class: batch
owner: catalog
unit: {name: item classified, quality_floor_rate: 0.90}
demand:
  units_per_month: {value: 60800000, label: MEASURED, source: item stream, as_of: $recent}
  p95_requests_per_minute: {value: 3300, label: MEASURED, source: gateway metrics, as_of: $recent}
  p95_tokens_per_minute: {value: 27000000, label: MEASURED, source: gateway metrics, as_of: $recent}
needs: {modalities_in: [text], modalities_out: [text], structured_output: true}
data: {regions: [us], certifications: [soc2], licence_uses: [commercial]}
human:
  usd_per_escalation: {value: 0.10, label: CONTRACTED, source: "labelling vendor, price per item", as_of: $older}
ops:
  usd_per_month: {value: 9000, label: DERIVED, source: "on-call and label upkeep, time sheets", as_of: $recent}
eval: {suite: classification-labels-v5, sample_rate: 1.0}
planning:
  current_route: closed-small
  horizon_months: 12
  migration_usd: {value: 56000, label: OPINION, source: "catalog team: 8 engineer-weeks", as_of: $recent}
""",
    "summaries": """\
# Nothing judges the summaries yet: there is no verdict on any of them.
id: summaries
class: machine_waiting
owner: support-platform
unit: {name: call summary}
demand:
  units_per_month: {value: 20000, label: MEASURED, source: telephony export, as_of: $recent}
  p95_requests_per_minute: {value: 3, label: MEASURED, source: gateway metrics, as_of: $recent}
  p95_tokens_per_minute: {value: 30000, label: MEASURED, source: gateway metrics, as_of: $recent}
needs: {modalities_in: [text], modalities_out: [text]}
data: {regions: [us], licence_uses: [commercial]}
human:
  usd_per_escalation: {value: 0.25, label: OPINION, source: "team lead: two minutes of an agent", as_of: $recent}
planning: {current_route: closed, horizon_months: 12}
""",
}

_TEXT_MODEL = """\
modalities_in: {value: [text], label: PUBLIC, source: model card, as_of: $older}
modalities_out: {value: [text], label: PUBLIC, source: model card, as_of: $older}
structured_output: {value: true, label: PUBLIC, source: provider documentation, as_of: $older}
tool_use: {value: true, label: PUBLIC, source: provider documentation, as_of: $older}
licence_uses: {value: [commercial], label: PUBLIC, source: terms and model licence, as_of: $older}
certifications: {value: [soc2], label: PUBLIC, source: provider trust centre, as_of: $older}
"""


def _route(
    name: str,
    *,
    provider: str,
    model: str,
    mode: str,
    region: str,
    context_tokens: int,
    per_minute: tuple[int, int],
    billing: str | None = "{error: none, timeout: input, cancelled: partial}",
    features: str = "[]",
    more: str = "",
) -> str:
    """One route file; `per_minute` is requests and tokens."""
    requests, tokens = per_minute
    bills = f"billed_on: {billing}\n" if billing else "# Unknown: what this contract bills for failed calls.\n"
    return (
        f"id: {name}\nprovider: {provider}\nmodel: {model}\nmode: {mode}\n"
        f"regions: {{value: [{region}], label: CONTRACTED, source: order form, as_of: $older}}\n"
        f"context_tokens: {{value: {context_tokens}, label: PUBLIC, source: model card, as_of: $older}}\n"
        f"{_TEXT_MODEL}"
        f"price_features: {{value: {features}, label: PUBLIC, source: price page, as_of: $older}}\n"
        "limits:\n"
        f"  requests_per_minute: {{value: {requests}, label: CONTRACTED, source: account limits, as_of: $older}}\n"
        f"  tokens_per_minute: {{value: {tokens}, label: CONTRACTED, source: account limits, as_of: $older}}\n"
        f"{bills}{more}"
    )


_REPORTED = "cost_source: reported                # the platform team's charge-back, no token price\n"
_BILLS_ALL = "{error: full, timeout: full, cancelled: full}"
_OWN_EU_PRICE = """\
prices:
  - {valid_from: $since, input_usd_per_mtok: 0.45, output_usd_per_mtok: 0.90,
     label: PUBLIC, source: price page, as_of: $older}
"""

_ROUTES = {
    "closed": _route(
        "closed",
        provider="anthropic",
        model="claude-sonnet-4-5",
        mode="closed_api",
        region="us",
        context_tokens=200_000,
        per_minute=(4_000, 4_000_000),
        features="[cache, batch]",
    ),
    "oss-70b": _route(
        "oss-70b",
        provider="groq",
        model="llama-3.3-70b-versatile",
        mode="serverless_open",
        region="us",
        context_tokens=131_072,
        per_minute=(3_000, 3_000_000),
    ),
    "mini": _route(
        "mini",
        provider="openai",
        model="gpt-5-nano",
        mode="closed_api",
        region="us",
        context_tokens=400_000,
        per_minute=(10_000, 10_000_000),
        features="[cache, batch, flex]",
    ),
    "haiku-easy": _route(
        "haiku-easy",
        provider="aws",
        model="anthropic.claude-haiku-4-5-20251001-v1:0",
        mode="closed_api",
        region="us",
        context_tokens=200_000,
        per_minute=(4_000, 4_000_000),
        billing=None,
        features="[cache, batch]",
    ),
    "dedicated-70b": _route(
        "dedicated-70b",
        provider="dedicated-host",
        model="llama-3.3-70b-instruct",
        mode="managed_dedicated",
        region="us",
        context_tokens=131_072,
        per_minute=(3_000, 6_000_000),
        billing=_BILLS_ALL,
        more=_REPORTED,
    ),
    "closed-eu": _route(
        "closed-eu",
        provider="mistral",
        model="mistral-large-2411",
        mode="closed_api",
        region="eu",
        context_tokens=128_000,
        per_minute=(1_500, 4_000_000),
        features="[batch]",
    ),
    "oss-eu": _route(
        "oss-eu",
        provider="eu-open-host",
        model="qwen3-32b",
        mode="serverless_open",
        region="eu",
        context_tokens=131_072,
        per_minute=(1_500, 4_000_000),
        more=_OWN_EU_PRICE,
    ),
    "closed-small": _route(
        "closed-small",
        provider="anthropic",
        model="claude-haiku-4-5",
        mode="closed_api",
        region="us",
        context_tokens=200_000,
        per_minute=(40_000, 300_000_000),
        features="[cache, batch]",
    ),
    "oss-8b": _route(
        "oss-8b",
        provider="open-host",
        model="llama-3.1-8b-classifier",
        mode="serverless_open",
        region="us",
        context_tokens=131_072,
        per_minute=(40_000, 300_000_000),
        features="[batch]",
    ),
    "dedicated-8b": _route(
        "dedicated-8b",
        provider="dedicated-host",
        model="llama-3.1-8b-classifier",
        mode="managed_dedicated",
        region="us",
        context_tokens=131_072,
        per_minute=(40_000, 300_000_000),
        billing=_BILLS_ALL,
        more=_REPORTED,
    ),
    "self-8b": _route(
        "self-8b",
        provider="in-house",
        model="llama-3.1-8b-classifier",
        mode="self_managed",
        region="us",
        context_tokens=131_072,
        per_minute=(40_000, 300_000_000),
        billing=_BILLS_ALL,
        more=_REPORTED,
    ),
}

_PRICES = {
    "open-host": """\
# The order form with the host of the tuned classifier; no catalog knows these rates.
source: order form
as_of: $older
label: CONTRACTED
prices:
  - {provider: open-host, model: llama-3.1-8b-classifier, valid_from: $since,
     input_usd_per_mtok: 0.72, output_usd_per_mtok: 0.90}
"""
}


def write_project(
    directory: Path,
    *,
    end_on: date,
    unit_rate: float,
    more: Mapping[str, str] | None = None,
    replaced: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """Write routefit.yaml, workloads, routes and prices into `directory`, which is created.

    `more` is put at the end of a file, `replaced` are the parts of a file that another one takes the place of.
    """
    dates = {
        "recent": str(end_on - timedelta(days=19)),
        "older": str(end_on - timedelta(days=47)),
        "since": str(date(end_on.year - 1, 1, 1)),
        "unit_rate": str(unit_rate),
    }
    texts = {"routefit.yaml": _ROUTEFIT}
    for folder, files in (("workloads", _WORKLOADS), ("routes", _ROUTES), ("prices", _PRICES)):
        texts |= {f"{folder}/{name}.yaml": text for name, text in files.items()}
    for name, (part, other) in (replaced or {}).items():
        texts[name] = texts[name].replace(part, other)
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text + (more or {}).get(name, "")).substitute(dates), encoding="utf-8")
