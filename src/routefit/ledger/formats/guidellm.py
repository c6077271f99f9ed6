"""Reports of guidellm (`benchmarks.json`): one step per benchmark, with the requests that the report kept.

Read are the reports of guidellm 0.2 and 0.3 (no version; `args`, `run_stats`, times at the request), of 0.4 (no
version; `config`, `scheduler_metrics`) and of 0.5 to 0.8 (`metadata.version` 1 and 2). In all of them a benchmark
has its times, its strategy, counts by status and quantiles, and may have kept every request, a sample or none.

Two values are not taken as they stand: a quantile of 0, which older reports write for what was not measured, and
the quantiles of the time between tokens, which weigh requests by their tokens. `prompt`, `output`, `request_args`,
`error` and `traceback` are never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from routefit.decisions.load_facts import QUANTILE_RATES, quantile_key
from routefit.errors import BadInputError
from routefit.ledger.formats.format import FormatRow, Notes, Shared
from routefit.ledger.formats.load_test import (
    Subject,
    document_of,
    in_ms,
    instant,
    number,
    part,
    present,
    refuse_without_answers,
    subject_of,
    whole_number,
)
from routefit.ledger.schema import TableKind
from routefit.ledger.source_file import BrokenRow, SourceFile

TOOL = "guidellm"
REPORT_VERSIONS = (None, 1, 2)
EXPECTED = "its JSON report (benchmarks.json), an object with `benchmarks`"

_STATUS = {"successful": "ok", "errored": "error", "incomplete": "cancelled"}
_QUANTILES = {"ttft": ("time_to_first_token_ms", 1.0), "e2e": ("request_latency", 1_000.0)}
_OUTSIDE = "requests outside of the measured time (warm-up and cool-down)"
_NEVER_STARTED = "requests that never started"


class GuideLlm:
    """Reads the reports of guidellm about one subject."""

    kinds: tuple[TableKind, ...] = ("load_tests",)

    def __init__(self, subject: Subject | None = None) -> None:
        self._subject = subject
        self.name = subject.named(TOOL) if subject else TOOL

    def rows(self, source: SourceFile, notes: Notes) -> Iterator[FormatRow]:
        """Every step and request; `BadInputError` when the file is no report or nothing was answered."""
        subject = subject_of(self._subject, TOOL, source)
        document = document_of(source, TOOL, EXPECTED)
        benchmarks = _benchmarks(document, source)
        places = iter(range(1, 1 << 62))
        common = {"tool": TOOL, "tool_version": part(document, "metadata", "guidellm_version"), **subject.columns}
        for index, benchmark in enumerate(benchmarks):
            yield from _rows_of(benchmark, index, common, places, notes)
        totals = [_totals(benchmark) for benchmark in benchmarks if _has_totals(benchmark)]
        if totals:
            refuse_without_answers(sum(ok for ok, _ in totals), sum(lost for _, lost in totals), TOOL, source)


def _benchmarks(document: Mapping[str, Any], source: SourceFile) -> list[Any]:
    benchmarks = document.get("benchmarks")
    if not isinstance(benchmarks, list):
        raise BadInputError(
            f"{source.path} is no file of {TOOL}: it has no list `benchmarks`, expected {EXPECTED}",
            next_step="give the file that `guidellm` wrote with its JSON output",
        )
    version = part(document, "metadata", "version")
    if version not in REPORT_VERSIONS:
        raise BadInputError(
            f"{source.path} is a report of version {str(version)[:20]}, expected 1, 2 or none ({TOOL} 0.2 to 0.8)",
            next_step="write the report with one of these releases",
        )
    if not benchmarks:
        raise BadInputError(f"{source.path} holds no benchmark", next_step="give the report of a finished run")
    return benchmarks


def _rows_of(
    benchmark: Any, index: int, common: Mapping[str, Any], places: Iterator[int], notes: Notes
) -> Iterator[FormatRow]:
    settings = part(benchmark, "config") or part(benchmark, "args")
    started_at = instant(number(part(benchmark, "start_time")))
    if not isinstance(settings, Mapping) or started_at is None or not _has_totals(benchmark):
        reason = "is no benchmark that is known: expected start_time, end_time, request_totals, and config or args"
        yield FormatRow(number=next(places), kind="load_tests", row=BrokenRow(reason, f"benchmarks[{index}]"))
        return
    run_id = part(settings, "run_id") or part(benchmark, "run_id") or started_at
    shared = Shared(
        present(
            {
                **common,
                "test_id": run_id,
                "step_id": part(settings, "id_") or part(benchmark, "id_") or f"{run_id}-{index}",
            }
        )
    )
    yield FormatRow(number=next(places), kind="load_tests", row=_step(benchmark, settings), shared=shared)
    for status, own in _STATUS.items():
        kept = part(benchmark, "requests", status)
        for place, request in enumerate(kept if isinstance(kept, list) else ()):
            row = _request(request, own, f"{status}-{place}", benchmark, notes)
            if row is not None:
                yield FormatRow(number=next(places), kind="load_tests", row=row, shared=shared)


def _step(benchmark: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    strategy = part(settings, "strategy")
    kind = part(strategy, "type_")
    answered, failed = _totals(benchmark)
    start_s, end_s = number(benchmark.get("start_time")), number(benchmark.get("end_time"))
    has_streams = kind == "concurrent"
    return present(
        {
            "record": "step",
            "started_at": instant(start_s),
            "strategy": kind,
            "offered_requests_per_s": number(part(strategy, "rate")),
            "concurrent_requests": number(part(strategy, "streams")) if has_streams else _one(kind),
            "step_seconds": end_s - start_s if start_s is not None and end_s is not None else None,
            "answered_requests": answered,
            "failed_requests": failed,
            "quantiles": _quantiles(benchmark) or None,
        }
    )


def _one(kind: Any) -> float | None:
    """A synchronous strategy keeps one request open."""
    return 1.0 if kind == "synchronous" else None


def _has_totals(benchmark: Any) -> bool:
    return any(isinstance(totals, Mapping) for totals in _all_totals(benchmark))


def _all_totals(benchmark: Any) -> tuple[Any, Any]:
    return part(benchmark, "metrics", "request_totals"), part(benchmark, "request_totals")


def _totals(benchmark: Any) -> tuple[int, int]:
    """Answered and failed requests."""
    totals = next((found for found in _all_totals(benchmark) if isinstance(found, Mapping)), {})
    return whole_number(part(totals, "successful")) or 0, whole_number(part(totals, "errored")) or 0


def _quantiles(benchmark: Mapping[str, Any]) -> dict[str, float]:
    found = {}
    for latency, (metric, factor) in _QUANTILES.items():
        percentiles = part(benchmark, "metrics", metric, "successful", "percentiles")
        for rate in QUANTILE_RATES:
            value = number(part(percentiles, f"p{rate * 100:02g}"))
            if value:
                found[quantile_key(latency, rate)] = value * factor
    return found


def _request(
    request: Any, status: str, fallback_id: str, benchmark: Mapping[str, Any], notes: Notes
) -> dict[str, Any] | BrokenRow | None:
    """The row of a request; None where it says nothing of the step."""
    if not isinstance(request, Mapping):
        return BrokenRow("is not a JSON object", f"requests.{fallback_id}")
    is_new = "info" in request
    started = request.get("request_start_time" if is_new else "start_time")
    start_s = number(started)
    end_s = number(request.get("request_end_time" if is_new else "end_time"))
    if started is None:
        notes.leave_out(_NEVER_STARTED)
        return None
    from_s, until_s = number(benchmark.get("start_time")), number(benchmark.get("end_time"))
    is_outside = (end_s is not None and from_s is not None and end_s < from_s) or (
        until_s is not None and start_s is not None and start_s > until_s
    )
    if is_outside:
        notes.leave_out(_OUTSIDE)
        return None
    output_tokens = whole_number(request.get("output_tokens"))
    has_tpot = output_tokens is None or output_tokens > 1  # older reports write 0 for an answer of one token
    return present(
        {
            "record": "request",
            "request_id": request.get("request_id") or fallback_id,
            "started_at": started if start_s is None else instant(start_s),
            "status": status,
            "ttft_ms": request.get("time_to_first_token_ms"),
            "tpot_ms": request.get("inter_token_latency_ms") if has_tpot else None,
            "e2e_ms": in_ms(request.get("request_latency")),
            "input_tokens": request.get("prompt_tokens"),
            "output_tokens": request.get("output_tokens"),
        }
    )
