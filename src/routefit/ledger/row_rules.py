"""What a whole row must hold, beyond what each of its values must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from routefit.ledger.schema import CALLS, TARGET_IDS, Table, TableKind


class RowRefusedError(Exception):
    """Why a row is not imported."""

    def __init__(self, reason: str, *, field: str | None = None, value: str | None = None) -> None:
        self.reason, self.field, self.value = reason, field, value
        super().__init__(reason)


RowRule = Callable[[dict[str, Any], dict[str, Any]], None]
"""Takes the stored values by column name and the row as it was given; raises `RowRefusedError`."""


def row_rule(table: Table) -> RowRule:
    """The rule of a table's rows."""
    return _RULES[table.kind]


def is_whole(table: Table) -> Callable[[list[Any]], bool]:
    """Whether the stored values of a row, in the order of the columns, keep the rule; for bulk tables."""
    return _call_is_whole if table.kind == "calls" else _outcome_is_whole


_CALL_INDEX = {name: index for index, name in enumerate(CALLS.names)}
_INPUT, _CACHED, _WRITTEN = (
    _CALL_INDEX[name] for name in ("input_tokens", "cached_input_tokens", "cache_write_tokens")
)
_CALL_ID, _STARTED_AT = _CALL_INDEX["call_id"], _CALL_INDEX["started_at"]


def _call_is_whole(values: list[Any]) -> bool:
    whole = values[_INPUT]
    return (
        values[_CALL_ID] is not None
        and values[_STARTED_AT] is not None
        and (whole is None or (values[_CACHED] or 0) + (values[_WRITTEN] or 0) <= whole)
    )


def _outcome_is_whole(values: list[Any]) -> bool:
    return any(value is not None for value in values[: len(TARGET_IDS)])


def _refuse_absent(row: dict[str, Any], *names: str) -> None:
    for name in names:
        if row[name] is None:
            raise RowRefusedError("is absent, but required", field=name)


def _refuse_without_target(row: dict[str, Any]) -> None:
    if all(row[name] is None for name in TARGET_IDS):
        raise RowRefusedError(f"names nothing: one of {', '.join(TARGET_IDS)} is required")


def _refuse_call(call: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(call, "call_id", "started_at")
    cached, written, whole = (
        call["cached_input_tokens"],
        call["cache_write_tokens"],
        call["input_tokens"],
    )
    if whole is not None and (cached or 0) + (written or 0) > whole:
        raise RowRefusedError(
            f"is more than fits: cached_input_tokens ({cached or 0}) + cache_write_tokens ({written or 0})"
            f" > input_tokens ({whole}); input_tokens includes both",
            field="cached_input_tokens" if cached else "cache_write_tokens",
            value=str(cached or written),
        )


def _refuse_outcome(outcome: dict[str, Any], row: dict[str, Any]) -> None:
    if "accepted" not in row and outcome["accepted"] is None:
        raise RowRefusedError(
            "is absent, but required: true, false, or null where the verdict is unknown", field="accepted"
        )
    _refuse_without_target(outcome)


def _refuse_score(score: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(score, "value")
    _refuse_without_target(score)


def _refuse_label(label: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(label, "accepted")
    _refuse_without_target(label)


def _refuse_invoice_line(line: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(line, "provider", "period_start", "period_end")
    _refuse_backwards(line, "period_start", "period_end")
    if line["amount"] is None and line["amount_usd"] is None:
        raise RowRefusedError("is absent, but required: amount (with currency), or amount_usd", field="amount")


def _refuse_capacity(row: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(row, "route", "start", "end", "replicas")
    _refuse_backwards(row, "start", "end")


def _refuse_load_test(row: dict[str, Any], _row: dict[str, Any]) -> None:
    _refuse_absent(row, "record", "tool", "route", "test_id", "step_id", "started_at")
    if row["replicas"] == 0:
        raise RowRefusedError("is 0, but a test is served by at least one replica", field="replicas", value="0")
    if row["record"] == "request":
        _refuse_absent(row, "request_id", "status")


def _refuse_backwards(row: dict[str, Any], start: str, end: str) -> None:
    if row[start] >= row[end]:
        raise RowRefusedError(
            f"is not after {start} ({row[start].isoformat()}); {end} is exclusive",
            field=end,
            value=row[end].isoformat(),
        )


_RULES: dict[TableKind, RowRule] = {
    "calls": _refuse_call,
    "outcomes": _refuse_outcome,
    "scores": _refuse_score,
    "labels": _refuse_label,
    "invoices": _refuse_invoice_line,
    "capacity": _refuse_capacity,
    "load_tests": _refuse_load_test,
}
