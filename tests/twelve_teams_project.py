"""What a platform engineer declares about the teams of `routefit.simulate.twelve_teams`."""

from __future__ import annotations

from pathlib import Path

ROUTEFIT = """\
name: company
model_aliases: {prod-chat: claude-haiku-4-5}
billers: {aws-marketplace: [aws]}
fx:
  EUR: {value: 1.08, label: CONTRACTED, source: treasury, as_of: 2026-05-01}
attribution:
  - {when: {key_alias: "judge-*"}, workload: claims, role: grader, unit: ticket_id, owner: quality}
  - {when: {team_alias: support-platform}, workload: support, unit: session_id, customer: end_user}
  - {when: {team_alias: claims}, workload: claims, unit: tag.ticket_id}
  - {when: {team_alias: search}, workload: search-answers, unit: session_id}
  - {when: {team_alias: developer-experience}, workload: code-agent, unit: session_id}
  - {when: {team_alias: catalog}, workload: catalog-tags}
  - {when: {key_alias: growth-ads}, workload: ad-copy}
  - {when: {key_alias: growth-mail}, workload: campaign-mails}
  - {when: {team_alias: documents, tag.feature: extract}, workload: extraction, unit: tag.task_id}
  - {when: {team_alias: documents, tag.feature: redact}, workload: redaction, unit: tag.task_id}
  - {when: {team_id: team-5f0c7a1e}, workload: translation}
  - {when: {team_alias: it-workplace}, workload: internal-assistant, unit: session_id}
  - {when: {team_alias: legal}, workload: contract-review, unit: tag.ticket_id}
  - {when: {team_alias: meetings}, workload: meeting-notes, unit: session_id}
"""

WORKLOADS = {
    "support": """\
id: support
unit: {name: resolved ticket}
verdict:
  - {from: ticket_status, name: ticket, accept: [resolved], reject: [reopened], sampled: all}
""",
    "claims": """\
id: claims
unit: {name: claim assessed}
eval: {sample_rate: 0.3}
verdict:
  - {from: score, name: judge, accept: ">=0.7", sampled: random}
""",
    "meeting-notes": """\
id: meeting-notes
unit: {name: meeting noted}
verdict:
  - {from: feedback, name: thumbs, accept: "==1", reject: "==0", sampled: self_selected}
""",
}

ROUTES = {
    "sonnet": """\
id: sonnet
provider: anthropic
model: claude-sonnet-4-5
mode: closed_api
billed_on: {error: none, timeout: input, cancelled: partial}
""",
    "vllm-70b": """\
id: vllm-70b
provider: hosted_vllm
model: llama-3.3-70b-instruct
mode: self_managed
capacity:
  gpu_usd_per_hour: {value: 2.50, label: CONTRACTED, source: order form, as_of: 2026-05-01}
  gpus_per_replica: {value: 4, label: MEASURED, source: deployment, as_of: 2026-05-01}
""",
}

PRICES = {
    "openai-batch": """\
source: price page
as_of: 2026-05-01
label: PUBLIC
prices:
  - {provider: openai, model: gpt-4o-mini, service_tier: batch, valid_from: 2026-01-01,
     input_usd_per_mtok: 0.075, output_usd_per_mtok: 0.30, cache_read_usd_per_mtok: 0.0375}
"""
}


def write_project(directory: Path) -> Path:
    """The project folder with all of it."""
    texts = {"routefit.yaml": ROUTEFIT}
    for folder, files in (("workloads", WORKLOADS), ("routes", ROUTES), ("prices", PRICES)):
        texts |= {f"{folder}/{name}.yaml": text for name, text in files.items()}
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


NAMES = {
    "support": "support-platform",
    "claims": "claims",
    "search-answers": "search",
    "code-agent": "developer-experience",
    "catalog-tags": "catalog",
    "ad-copy": "growth-ads",
    "campaign-mails": "growth-mail",
    "extraction": "documents-extract",
    "redaction": "documents-redact",
    "translation": "i18n",
    "internal-assistant": "it-workplace",
    "contract-review": "legal",
    "meeting-notes": "meetings",
    "unattributed": "playground",
}
"""What the log calls the generator's workloads: by team, by feature where a team has two, by key."""
