"""What a project may declare, proposed: rules, workloads and routes as the text of files that people then edit.

Only what is known is written; what is not is left out or null, with a comment that says how to fill it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from routefit.project.yaml_text import Value, comment, flow, scalar

When = Mapping[str, str | tuple[str, ...] | None]
"""The fields of a rule's conditions; null is a field that must be absent."""


_CLASSES = "human_waiting_sync   # or human_waiting_streaming, machine_waiting, batch, agentic, realtime_voice"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRule:
    """One rule of `attribution`; None is not said."""

    when: When
    workload: str | None = None
    unit: str | tuple[str, ...] | None = None
    idle_minutes: int | None = None
    role: str | None = None
    customer: str | None = None
    owner: str | None = None

    def declared(self) -> dict[str, Value]:
        """The keys of the rule as they stand in the file."""
        said: dict[str, Value] = {"when": dict(self.when)}
        for name in ("workload", "unit", "idle_minutes", "role", "customer", "owner"):
            value = getattr(self, name)
            if value is not None:
                said[name] = value
        return said

    @property
    def text(self) -> str:
        """The rule on one line."""
        return flow(self.declared())


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadProposal:
    """A workload that calls were found for; `found` says in words from what, `class_guess` is only a comment."""

    id: str
    owner: str | None
    current_route: str | None
    found: str
    class_guess: str | None

    @property
    def file(self) -> str:
        """The path in the project."""
        return f"workloads/{self.id}.yaml"

    def text(self) -> str:
        """The file."""
        guess = f"{self.class_guess}   # a guess from its calls" if self.class_guess else _CLASSES
        lines = [
            f"# Proposed by `routefit discover`: {comment(self.found)}.",
            "# What is null or a comment is not known; fill in what you know, the answers say what it is worth.",
            f"id: {scalar(self.id)}",
            f"owner: {scalar(self.owner)}" if self.owner else "# owner: the team that answers for it",
            f"# class: {guess}",
            "unit:",
            "  name: accepted result        # what one is called: resolved ticket, extracted document",
            "  quality_floor_rate: null     # the share that must pass, such as 0.85",
            "# verdict:                     # what scores, feedback and tickets mean, the most telling first",
            '#   - {from: score, name: judge, accept: ">=0.7", sampled: random}',
            "# slo: {ttft_ms: 850, e2e_ms: 5000}",
            "# data: {regions: [us], zero_retention: true}",
            "human: {usd_per_escalation: null}   # what a person costs who finishes one",
            "ops: {usd_per_month: null}          # running it: on-call, monitoring, prompts and evals",
        ]
        if self.current_route:
            lines.append(
                f"planning: {{current_route: {scalar(self.current_route)}}}   # it serves most of the calls"
            )
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteProposal:
    """A route with what the public catalog says of it; None is unknown. `listed_as` is its name in the catalog."""

    id: str
    provider: str
    model: str
    is_self_managed: bool
    context_tokens: int | None
    source: str | None
    as_of: date | None
    listed_as: str | None

    @property
    def file(self) -> str:
        """The path in the project."""
        return f"routes/{self.id}.yaml"

    def text(self) -> str:
        """The file."""
        lines = [
            "# Proposed by routefit; what is absent is UNKNOWN, and unknown passes no constraint.",
            f"# {self._about_prices()}",
            f"id: {scalar(self.id)}",
            f"provider: {scalar(self.provider)}",
            f"model: {scalar(self.model)}",
        ]
        if self.is_self_managed:
            lines.append("mode: self_managed")
        else:
            lines.append("# mode: closed_api   # or serverless_open, managed_dedicated, self_managed")
        if self.context_tokens is not None:
            lines.append(f"context_tokens: {self._fact(self.context_tokens)}")
        if self.is_self_managed:
            lines += [
                "# capacity:                     # a server of one's own is paid by the hour, not by the token",
                "#   gpu_usd_per_hour: 3.20",
                "#   gpus_per_replica: 2",
                "#   min_replicas: 1             # or import the hours that ran: routefit import capacity FILE",
            ]
        lines += [
            "# regions: [us]",
            "# structured_output: true",
            "# tool_use: true",
            "# zero_retention: true",
            "# licence_uses: [commercial]",
            "# limits: {requests_per_minute: 4000, tokens_per_minute: 2000000}",
            "# billed_on: {error: none, timeout: input, cancelled: partial}",
        ]
        return "\n".join(lines) + "\n"

    def _about_prices(self) -> str:
        if self.is_self_managed:
            return "No public list prices a server of one's own: without `capacity` its calls have no cost."
        if self.listed_as is None:
            return "No public list knows this model: its calls cost what the log reports; or add it to prices/."
        return f"Prices are looked up in the price book ({self.source}), as {comment(self.listed_as)}."

    def _fact(self, value: int) -> str:
        dated = f", as_of: {self.as_of}" if self.as_of else ""
        return f"{{value: {value}, label: PUBLIC, source: {scalar(self.source or '')}{dated}}}"
