"""The aggregates of one run of aiperf: `profile_export_aiperf.json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from routefit.decisions.load_facts import QUANTILE_RATES, quantile_key
from routefit.errors import BadInputError
from routefit.ledger.formats.format import Notes
from routefit.ledger.formats.load_test import number, part, present, whole_number
from routefit.ledger.source_file import SourceFile

TOOL = "aiperf"

MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3, "sec": 1e3, "seconds": 1e3, "min": 6e4}
"""How many milliseconds one of each unit is; units as aiperf spells them."""

METRICS = {"ttft": "time_to_first_token", "tpot": "inter_token_latency", "e2e": "request_latency"}
SCHEMA = "1"
_RUN = "profile_export_aiperf.json of each run, and profile_export.jsonl beside it"


def in_milliseconds(metric: Any, value: Any) -> float | None:
    """A value of a metric in its unit; None where it is none or the unit is not known."""
    found, factor = number(value), MILLISECONDS.get(str(part(metric, "unit")))
    return None if found is None or factor is None else found * factor


def answered_and_failed(document: Mapping[str, Any]) -> tuple[int, int]:
    """How many requests of the run were answered and how many failed."""
    answered, failed = (part(document, name, "avg") for name in ("request_count", "error_request_count"))
    return whole_number(answered) or 0, whole_number(failed) or 0


def aggregate_row(document: Mapping[str, Any], source: SourceFile, notes: Notes) -> dict[str, Any]:
    """The step that the file describes; BadInputError where it describes none."""
    _refuse_others(document, source)
    started_at = _started_at(document, source, notes)
    run_id = part(document, "benchmark_id") or part(document, "run_info", "benchmark_id") or started_at
    answered, failed = answered_and_failed(document)
    if part(document, "was_cancelled") or part(document, "is_complete") is False:
        notes.warn("the run was cut short: its rates are those until then")
    notes.remarks.append(
        "aggregates only: without profile_export.jsonl of the same run the share of requests within an objective, "
        "and the goodput, stay unknown"
    )
    seconds_ms = in_milliseconds(part(document, "benchmark_duration"), part(document, "benchmark_duration", "avg"))
    return present(
        {
            "record": "step",
            "tool": TOOL,
            "tool_version": part(document, "aiperf_version"),
            "test_id": part(document, "run_info", "sweep_id") or run_id,
            "step_id": run_id,
            "started_at": started_at,
            **_load(document),
            "step_seconds": None if seconds_ms is None else seconds_ms / 1_000,
            "answered_requests": answered,
            "failed_requests": failed,
            "quantiles": _quantiles(document) or None,
        }
    )


def _refuse_others(document: Mapping[str, Any], source: SourceFile) -> None:
    is_summary = "aggregation_type" in document or part(document, "metadata", "aggregation_type") is not None
    if is_summary:
        raise BadInputError(f"{source.path} is a summary over several runs", next_step=f"import {_RUN}")
    if "timeslices" in document:
        raise BadInputError(f"{source.path} holds slices of time of a run", next_step=f"import {_RUN}")
    if not all(part(document, name, "unit") for name in ("request_latency", "request_count")):
        raise BadInputError(
            f"{source.path} is no file of {TOOL}: it has no request_latency and request_count with a unit, "
            "expected profile_export.jsonl or profile_export_aiperf.json",
            next_step=f"import {_RUN}",
        )
    version = part(document, "schema_version")
    if version is not None and str(version).split(".")[0] != SCHEMA:
        raise BadInputError(
            f"{source.path} has the schema {str(version)[:20]}, expected 1.x or none",
            next_step="import profile_export.jsonl of the same run, or test with aiperf 0.13 or older",
        )


def _started_at(document: Mapping[str, Any], source: SourceFile, notes: Notes) -> str:
    given = part(document, "start_time")
    try:
        at = datetime.fromisoformat(given if isinstance(given, str) else "")
    except ValueError:
        raise BadInputError(
            f"{source.path} does not say when the run started (start_time)", next_step=f"import {_RUN}"
        ) from None
    if at.tzinfo is None:
        notes.remarks.append("its start has no offset and is taken as UTC")
        at = at.replace(tzinfo=UTC)
    return at.isoformat()


def _load(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the run was told to send: in its phases (from 0.9), else in `loadgen`."""
    settings = part(document, "input_config")
    phases = part(settings, "phases")
    if isinstance(phases, list):
        main = [phase for phase in phases if part(phase, "kind") != "warmup" and part(phase, "name") != "warmup"]
        if len(main) != 1:
            return {"strategy": "several phases" if main else None}
        return _offered(part(main[0], "type"), part(main[0], "rate"), part(main[0], "concurrency"))
    generator = part(settings, "loadgen")
    rate = part(generator, "request_rate")
    kind = part(generator, "request_rate_mode") if number(rate) is not None else "concurrency"
    return _offered(kind, rate, part(generator, "concurrency")) if generator else {}


def _offered(kind: Any, rate: Any, concurrency: Any) -> dict[str, Any]:
    offered, at_once = number(rate), number(concurrency)
    return {
        "strategy": kind if isinstance(kind, str) else None,
        "offered_requests_per_s": offered,
        "concurrent_requests": at_once,
    }


def _quantiles(document: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for latency, name in METRICS.items():
        metric = part(document, name)
        for rate in QUANTILE_RATES:
            ms = in_milliseconds(metric, part(metric, f"p{rate * 100:g}"))
            if ms is not None:
                found[quantile_key(latency, rate)] = ms
    return found
