"""One call that two sources logged: its second record, and how the two are read as one.

A gateway knows what a call cost, a tracer where it belongs. The record that was imported first stays the call; the
other is kept beside it as its twin, and each field comes from the source that leads in it. `sources` in
routefit.yaml says who leads; a changed lead needs no new import.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from routefit.ledger.engine import parquet, quoted
from routefit.ledger.schema import CALLS, Table

Aspect = Literal["cost", "structure"]

TWINS = Table(kind="twins", columns=CALLS.columns, key=("call_id",), is_bulk=True)
"""Second records, with `of_call_id`, `of_format` and `twin_format`, on the day of the call that they belong to."""

_TOKENS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_COST = (
    "provider",
    "model",
    "requested_model",
    "service_tier",
    "other_usage",
    "ttft_ms",
    "e2e_ms",
    "status",
    "failure_class",
    "cost_pico_usd",
    "region",
    "served_from",
    "model_version",
    "stream",
)
_STRUCTURE = (
    "unit_id",
    "workload",
    "route",
    "role",
    "attempt_no",
    "parent_id",
    "operation",
    "session_id",
    "trace_id",
    "customer",
    "step_type",
    "prompt_version",
)

_USUAL_LEAD: dict[Aspect, tuple[str, ...]] = {
    "cost": ("litellm", "calls", "map", "langfuse", "otel"),
    "structure": ("otel", "langfuse", "calls", "map", "litellm"),
}
"""Who leads where nobody says: what a gateway bills, what a tracer sees."""


@dataclass(frozen=True)
class Leads:
    """Which source leads in what; `declared` is `sources` of routefit.yaml."""

    declared: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Changes with what is declared."""
        return json.dumps(dict(sorted(self.declared.items())))

    def twin_leads_sql(self, aspect: Aspect) -> str:
        """A condition: the twin's source ranks before the call's."""
        return f"({self._rank(aspect, 't.twin_format')}) < ({self._rank(aspect, 't.of_format')})"

    def _rank(self, aspect: Aspect, column: str) -> str:
        usual = _USUAL_LEAD[aspect]
        ranks = {
            name: usual.index(name) + 1 if name in usual else len(usual) + 1 for name in (*usual, *self.declared)
        }
        for name, lead in self.declared.items():
            ranks[name] = 0 if lead in (aspect, "both") else ranks[name] + len(usual) + 1
        cases = " ".join(f"WHEN {quoted(name)} THEN {rank}" for name, rank in ranks.items())
        return f"CASE {column} {cases} ELSE {2 * len(usual) + 2} END"


NOBODY_LEADS = Leads()


def facts_sql(paths: Sequence[Path], twins: Sequence[Path], leads: Leads, *, names_file: bool = False) -> str:
    """A relation of the calls in these files, each with its twin read into it; `names_file` adds `filename`."""
    facts = parquet(paths, names_file=names_file)
    if not twins:
        return facts
    by_cost, by_structure = leads.twin_leads_sql("cost"), leads.twin_leads_sql("structure")
    # Tokens come from one record as a whole: cached ones of another count would not fit inside the input.
    counts = "t.input_tokens IS NOT NULL OR t.output_tokens IS NOT NULL"
    has_none = "f.input_tokens IS NULL AND f.output_tokens IS NULL"
    takes_tokens = f"({counts}) AND ({by_cost} OR ({has_none}))"
    replaced = [f"CASE WHEN {takes_tokens} THEN t.{name} ELSE f.{name} END AS {name}" for name in _TOKENS]
    replaced += [_led(name, by_cost) for name in _COST]
    replaced += [_led(name, by_structure) for name in _STRUCTURE]
    replaced.append(
        f"CASE WHEN t.attributes IS NULL THEN f.attributes WHEN f.attributes IS NULL THEN t.attributes"
        f" WHEN {by_structure} THEN CAST(json_merge_patch(f.attributes, t.attributes) AS VARCHAR)"
        " ELSE CAST(json_merge_patch(t.attributes, f.attributes) AS VARCHAR) END AS attributes"
    )
    return (
        f"(SELECT f.* REPLACE ({', '.join(replaced)}) FROM {facts} AS f"
        f" LEFT JOIN {parquet(twins)} AS t ON f.call_id = t.of_call_id)"
    )


def _led(name: str, twin_leads: str) -> str:
    return (
        f"CASE WHEN {twin_leads} THEN coalesce(t.{name}, f.{name}) ELSE coalesce(f.{name}, t.{name}) END AS {name}"
    )
