"""Random ledgers, and what their calls and outcomes add up to by the rules in Python alone."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import strategies as st

from routefit.declared.model import BilledOn, Workload
from routefit.evidence import Label
from routefit.lcpr.acceptance import (
    NO_ANSWER_FAILURES,
    AcceptanceRules,
    OutcomeFacts,
    Reason,
    UnitFacts,
    reason_not_accepted,
)
from routefit.lcpr.capacity import DayRate
from routefit.lcpr.cost import CallCost, CallUsage, CostBasis, Pricing, call_cost
from routefit.lcpr.people import usd_per_case
from routefit.lcpr.price import PriceRow
from routefit.lcpr.totals import TOTALS_FIELDS, Totals, reason_field, total_of
from routefit.ledger.pricing import CallKey, KeyedPricing
from routefit.ledger.schema import CALLS, OUTCOMES, Table
from routefit.units import pico_usd_from_usd

Row = dict[str, Any]
UnitKey = tuple[str, str, str, bool]
"""(workload, route, unit id, whether it is a shadow copy)"""

Rates = Mapping[tuple[str | None, date], DayRate]
"""How routes that are paid by capacity are priced on each day."""

CellKey = tuple[date, str, str, int]
"""(home day, workload, route, jackknife group)"""

FIRST_AT = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 4
ACCEPTING_ROLES = ("first", "step", "retry", "repair", "fallback", "shadow")
ATTEMPT_ROLES = ("first", "retry", "repair", "fallback", "shadow")
UNPLANNED_ROLES = ("retry", "repair", "fallback")

_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}


def arrow_rows(table: Table, rows: Sequence[Row]) -> pa.Table:
    """The rows as the ledger stores them."""
    schema = pa.schema(
        [(column.stored_name, _ARROW_TYPES.get(column.sql_type, pa.string())) for column in table.columns]
        + [("source_row", pa.int64())]
    )
    stored = [
        {
            name: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        | {"source_row": number}
        for number, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(stored, schema=schema)


def arrow_calls(rows: Sequence[Row]) -> pa.Table:
    """Calls as the ledger stores them."""
    return arrow_rows(CALLS, rows)


def arrow_outcomes(rows: Sequence[Row]) -> pa.Table:
    """Outcomes as the ledger stores them."""
    return arrow_rows(OUTCOMES, rows)


# --- random ledgers ---------------------------------------------------------------------------------------

_tokens = st.none() | st.sampled_from([0, 1, 2, 99, 100, 101, 1000])
_milliseconds = st.none() | st.sampled_from([0.0, 1.0, 10.0, 50.0, 51.0, 1000.0, 86_400_000.0])
_prices = st.integers(0, 7)


@st.composite
def call_rows(draw: st.DrawFn, *, most: int = 12) -> list[Row]:
    """Calls of a few units of two workloads on two routes over a few days, with all that logs leave out."""
    count = draw(st.integers(1, most))
    return [draw(_call(number)) for number in range(count)]


@st.composite
def _call(draw: st.DrawFn, number: int) -> Row:
    input_tokens = draw(_tokens)
    cached = draw(st.none() | st.integers(0, input_tokens)) if input_tokens else None
    written = draw(st.none() | st.integers(0, input_tokens - (cached or 0))) if input_tokens else None
    # Every call ends at a microsecond of its own: which call accepts is then the same for everyone.
    started_at = FIRST_AT + timedelta(minutes=draw(st.integers(0, DAYS * 24 * 60 - 1)), microseconds=number)
    return {
        "call_id": f"call-{number}",
        "unit_id": draw(st.sampled_from(["u1", "u2", "u3", None])),
        "workload": draw(st.sampled_from(["support", "coding", None])),
        "route": draw(st.sampled_from(["closed", "open", None])),
        "provider": draw(st.sampled_from(["acme", None])),
        "model": draw(st.sampled_from(["large", "small"])),
        "requested_model": draw(st.sampled_from([None, "large"])),
        "service_tier": draw(st.sampled_from([None, "batch"])),
        "region": draw(st.sampled_from([None, "us", "eu", "eu-west-1"])),
        "role": draw(
            st.sampled_from([None, *ACCEPTING_ROLES, "subagent", "compaction", "grader", "retry", "repair"])
        ),
        "status": draw(st.sampled_from([None, "ok", "ok", "error", "timeout", "rate_limited", "cancelled"])),
        "operation": draw(st.sampled_from([None, "chat", "embedding", "rerank"])),
        "served_from": draw(st.sampled_from([None, None, None, "gateway_cache"])),
        "failure_class": draw(st.sampled_from([None, None, *NO_ANSWER_FAILURES[:2], "overloaded"])),
        "started_at": started_at,
        "input_tokens": input_tokens,
        "cached_input_tokens": cached,
        "cache_write_tokens": written,
        "output_tokens": draw(_tokens),
        "ttft_ms": draw(_milliseconds),
        "e2e_ms": draw(_milliseconds),
        "cost_pico_usd": draw(st.none() | st.just(0) | st.integers(0, 800)),
        "session_id": draw(st.sampled_from([None, "s1"])),
        "trace_id": draw(st.sampled_from([None, "t1", "t2"])),
        "customer": draw(st.sampled_from([None, "c1", "c2"])),
    }


@st.composite
def outcome_rows(draw: st.DrawFn, *, most: int = 8) -> list[Row]:
    """Outcomes that name workload, route and unit; no two were decided at the same time."""
    return [
        {
            "unit_id": draw(st.sampled_from(["u1", "u2", "u3", "t1", "nobody"])),
            "workload": draw(st.sampled_from(["support", "coding", "unattributed"])),
            "route": draw(st.sampled_from(["closed", "open"])),
            "accepted": draw(st.sampled_from([True, True, False, None])),
            "decided_at": FIRST_AT + timedelta(days=9, seconds=draw(st.integers(0, 99)), microseconds=number),
            "sampled": draw(st.sampled_from([None, "all", "random", "self_selected"])),
            "escalated": draw(st.sampled_from([None, None, False, True])),
            "within_slo": draw(st.sampled_from([None, None, False, True])),
            "compliant": draw(st.sampled_from([None, None, False, True])),
            "human_minutes": draw(st.sampled_from([None, None, 0.0, 15.0])),
            "human_pico_usd": draw(st.sampled_from([None, None, 0, 5_000])),
        }
        for number in range(draw(st.integers(0, most)))
    ]


@st.composite
def price_rows(draw: st.DrawFn) -> PriceRow:
    """A price with a period and a band that may leave gaps on either side."""
    starts, ends = draw(st.none() | st.integers(0, 2)), draw(st.none() | st.integers(2, DAYS))
    return PriceRow(
        valid_from=None if starts is None else FIRST_AT + timedelta(days=starts),
        valid_to=None if ends is None else FIRST_AT + timedelta(days=ends),
        tokens_from=draw(st.sampled_from([0, 0, 100])),
        tokens_to=draw(st.sampled_from([None, None, 101, 1000])),
        input_pico_usd_per_token=draw(_prices),
        output_pico_usd_per_token=draw(_prices),
        cache_read_pico_usd_per_token=draw(st.none() | _prices),
        cache_write_pico_usd_per_token=draw(st.none() | _prices),
        pico_usd_per_request=draw(st.sampled_from([0, 3])),
        label=draw(st.sampled_from([Label.CONTRACTED, Label.PUBLIC, Label.ASSUMED])),
    )


_billed = st.sampled_from([None, "none", "input", "partial", "full"])
pricings = st.builds(
    Pricing,
    rows=st.lists(price_rows(), max_size=3).map(tuple),
    billed_on=st.builds(BilledOn, error=_billed, timeout=_billed, cancelled=_billed),
    is_free=st.sampled_from([False, False, False, True]),
    prefers_reported=st.booleans(),
)


@st.composite
def keyed_pricings(draw: st.DrawFn, calls: Sequence[Row]) -> dict[CallKey, KeyedPricing]:
    """How the keys of these calls are priced: one pricing per route and model."""
    by_model: dict[tuple[str | None, str | None], Pricing] = {}
    keyed = {}
    for key in sorted({key_of(call) for call in calls}, key=str):
        pricing = by_model.setdefault((key.route, key.model), draw(pricings))
        keyed[key] = KeyedPricing(
            workload=key.workload or "unattributed",
            route=key.route or f"{key.provider}/{key.model}",
            is_region_allowed=key.region != "us",
            is_fallback=key.route is None and key.requested_model == "large" and key.model == "small",
            pricing=pricing,
        )
    return keyed


@st.composite
def workloads(draw: st.DrawFn) -> dict[str, Workload | None]:
    """Acceptance rules of the workloads; the last is declared by no file."""
    limits = st.none() | st.sampled_from([10.0, 50.0, 1000.0])
    return {
        name: Workload.model_validate(
            {
                "id": name,
                "unit": {"human_gate": draw(st.booleans()), "retry_budget": draw(st.sampled_from([None, 0, 1]))},
                "slo": {
                    "ttft_ms": draw(limits),
                    "tpot_ms": draw(limits),
                    "e2e_ms": draw(limits),
                    "scope": draw(st.sampled_from(["attempt", "unit"])),
                },
                "human": draw(
                    st.sampled_from(
                        [
                            {},
                            {"usd_per_escalation": "0.000000007"},
                            {"usd_per_hour": "0.000000240"},
                            {"usd_per_hour": "0.000000240", "minutes_per_escalation": 10},
                        ]
                    )
                ),
            }
        )
        for name in ("support", "coding")
    } | {"unattributed": None}


# --- what they add up to ------------------------------------------------------------------------------------


def key_of(call: Row) -> CallKey:
    """The key that decides how a call is priced."""
    return CallKey(*(call.get(name) for name in CallKey._fields))


def cost_of(call: Row, keyed: Mapping[CallKey, KeyedPricing], rates: Rates | None = None) -> CallCost:
    """The cost of a stored call by `lcpr.cost`; `rates` are those of routes that are paid by capacity."""
    names = ("started_at", "operation", "served_from", "input_tokens", "cached_input_tokens", "e2e_ms")
    usage = CallUsage(
        status=call["status"] or "ok",
        reported_pico_usd=call["cost_pico_usd"],
        **{name: call[name] for name in (*names, "cache_write_tokens", "output_tokens")},
    )
    pricing = keyed[key_of(call)].pricing
    rate = (rates or {}).get((pricing.capacity_route, call["started_at"].date()))
    return call_cost(usage, pricing, capacity_rate=rate)


@dataclass(frozen=True)
class CostedCall:
    """A stored call with its cost and where it belongs."""

    row: Row
    cost: CallCost
    label: Label
    target: KeyedPricing
    inferred_role: str | None = None

    @property
    def role(self) -> str:
        alone = "fallback" if self.target.is_fallback else "first"
        return str(self.row["role"] or self.inferred_role or alone)

    @property
    def end_us(self) -> int:
        return _microseconds(self.row["started_at"]) + round((self.row["e2e_ms"] or 0) * 1000)


def units_of(
    calls: Iterable[Row], keyed: Mapping[CallKey, KeyedPricing], rates: Rates | None = None
) -> dict[UnitKey, list[CostedCall]]:
    """The calls of every unit; grading calls without a route stay among themselves, under the route ''."""
    calls = list(calls)
    assigned = assigned_routes(calls, keyed)
    units: dict[UnitKey, list[CostedCall]] = defaultdict(list)
    for row in calls:
        target = keyed[key_of(row)]
        price = next(
            (
                p
                for p in target.pricing.rows
                if p.holds(at=row["started_at"], input_tokens=row["input_tokens"] or 0)
            ),
            None,
        )
        rate = (rates or {}).get((target.pricing.capacity_route, row["started_at"].date()))
        label = rate.label if rate else price.label if price else Label.UNKNOWN
        call = CostedCall(row, cost_of(row, keyed, rates), label, target)
        unit_id, route = unit_id_of(row), target.route
        if row["route"] is None and call.role != "shadow":
            route = "" if call.role == "grader" else assigned.get((target.workload, unit_id), route)
        units[target.workload, route, unit_id, call.role == "shadow"].append(call)
    return {key: with_roles(found) for key, found in units.items()}


def unit_id_of(row: Row) -> str:
    """The unit by the keys that a call carries."""
    return str(row["unit_id"] or row["trace_id"] or row["session_id"] or row["call_id"])


def assigned_routes(calls: Sequence[Row], keyed: Mapping[CallKey, KeyedPricing]) -> dict[tuple[str, str], str]:
    """The route of units that several served and no call names: a failed first answer's, else the leading."""
    own: dict[tuple[str, str], list[tuple[Row, str]]] = defaultdict(list)
    sums: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in sorted(calls, key=lambda row: (row["started_at"], row["call_id"])):
        if row["route"] is not None or row["role"] in ("grader", "shadow"):
            continue
        target = keyed[key_of(row)]
        own[target.workload, unit_id_of(row)].append((row, target.route))
        tokens, count = sums[target.workload, target.route]
        answered = (row["output_tokens"] or 0) if is_answer(row) else 0
        sums[target.workload, target.route] = (tokens + answered, count + 1)
    assigned = {}
    for (workload, unit_id), found in own.items():
        routes = {route for _, route in found}
        answers = [(row, route) for row, route in found if is_answer(row)]
        if len(routes) == 1:
            continue
        if answers and (answers[0][0]["status"] or "ok") != "ok":
            assigned[workload, unit_id] = answers[0][1]
        else:
            assigned[workload, unit_id] = min(
                routes, key=lambda route: (-sums[workload, route][0], -sums[workload, route][1], route)
            )
    return assigned


def is_answer(row: Row) -> bool:
    """Whether a call could answer: an embedding or a ranking never does."""
    return row["operation"] not in ("embedding", "rerank")


def with_roles(calls: Sequence[CostedCall]) -> list[CostedCall]:
    """The calls of a unit with the roles that nobody gave."""
    done: list[CostedCall] = []
    previous: dict[bool, CostedCall] = {}
    for call in sorted(calls, key=lambda call: (call.row["started_at"], call.row["call_id"])):
        aside = call.role in ("grader", "subagent")
        before = previous.get(aside)
        if before is not None and call.row["role"] is None:
            call = dataclasses.replace(call, inferred_role=inferred_role(call, before))
        previous[aside] = call
        done.append(call)
    return done


def inferred_role(call: CostedCall, before: CostedCall) -> str:
    """What a further call of a unit was for, from the one before it."""
    if call.target.is_fallback:
        return "fallback"
    if (before.row["status"] or "ok") == "ok":
        return "step"
    if any(
        None not in (before.row[name], call.row[name]) and before.row[name] != call.row[name]
        for name in ("provider", "model")
    ):
        return "fallback"
    known = (before.row["input_tokens"] or 0) > 0 and (call.row["input_tokens"] or 0) > 0
    return "repair" if known and before.row["input_tokens"] != call.row["input_tokens"] else "retry"


def latest_outcomes(outcomes: Iterable[Row]) -> dict[tuple[str, str, str], Row]:
    """The latest known value of each field of each unit's outcomes."""
    latest: dict[tuple[str, str, str], Row] = defaultdict(dict)
    for row in sorted(outcomes, key=lambda row: row["decided_at"]):
        known = {name: value for name, value in row.items() if value is not None}
        if "accepted" in known:
            known.setdefault("sampled", "all")
        else:
            known.pop("sampled", None)
        latest[row["workload"], row["route"], row["unit_id"]] |= known
    return dict(latest)


def reason_of(calls: Sequence[CostedCall], outcome: Row, rules: AcceptanceRules) -> Reason | None:
    """Why a unit with these calls is not accepted, by `lcpr.acceptance`."""
    production = [call for call in calls if call.role != "grader"]
    candidates = [call for call in production if call.role in ACCEPTING_ROLES]
    facts: Row = {
        "is_region_allowed": all(call.target.is_region_allowed for call in calls),
        "retries": sum(call.role == "retry" for call in calls),
    }
    if candidates:
        last = max(candidates, key=lambda call: call.end_us)
        start_us = min(_microseconds(call.row["started_at"]) for call in production)
        facts |= {
            "accepting_status": last.row["status"] or "ok",
            "accepting_failure_class": last.row["failure_class"],
            "accepting_ttft_ms": last.row["ttft_ms"],
            "accepting_e2e_ms": last.row["e2e_ms"],
            "accepting_output_tokens": last.row["output_tokens"],
            "unit_e2e_ms": None if last.row["e2e_ms"] is None else (last.end_us - start_us) / 1000,
        }
    known = {name: outcome.get(name) for name in ("accepted", "escalated", "within_slo", "compliant")}
    return reason_not_accepted(UnitFacts(**facts), OutcomeFacts(**known), rules)


def totals_by_cell(
    calls: Sequence[Row],
    outcomes: Sequence[Row],
    keyed: Mapping[CallKey, KeyedPricing],
    rules: Mapping[str, Workload | None],
    rates: Rates | None = None,
) -> dict[CellKey, Totals]:
    """The totals by home day, workload, route and jackknife group.

    Grading calls without a route count where the only unit of their workload and unit id counts.
    """
    latest = latest_outcomes(outcomes)
    units = units_of(calls, keyed, rates)
    judged: dict[tuple[str, str], list[UnitKey]] = defaultdict(list)
    for key, members in units.items():
        if any(call.role != "grader" for call in members):
            judged[key[0], key[2]].append(key)
    cells: dict[CellKey, list[Totals]] = defaultdict(list)
    for key, members in units.items():
        workload, route, unit_id, _ = key
        is_judged = any(call.role != "grader" for call in members)
        outcome = latest.get((workload, route, unit_id), {}) if is_judged else {}
        totals = _unit_totals(key, members, outcome, rules[workload])
        found = judged[workload, unit_id]
        served = [one for one in found if not one[3]] or found
        booked = served[0] if route == "" and len(served) == 1 else key
        cells[_cell_of(booked, units[booked])].append(totals)
    return {cell: total_of(parts) for cell, parts in cells.items()}


def _cell_of(key: UnitKey, members: Sequence[CostedCall]) -> CellKey:
    home = min(call.row["started_at"] for call in members).date()
    return home, key[0], key[1], _group(key[2], members)


def totals_in(rows: duckdb.DuckDBPyConnection) -> dict[CellKey, Totals]:
    """The totals in a result that has the columns of `cells.sql`."""
    names = [column[0] for column in rows.description]
    found = {}
    for values in rows.fetchall():
        row: Row = dict(zip(names, values, strict=True))
        key = row["home_day"], row["workload"], row["route"], row["group_id"]
        found[key] = Totals(**{name: int(row[name]) for name in TOTALS_FIELDS})
    return found


def differences(found: Totals, expected: Totals) -> dict[str, tuple[int, int]]:
    """The fields in which two totals differ, with both values."""
    pairs = {name: (getattr(found, name), getattr(expected, name)) for name in TOTALS_FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _unit_totals(key: UnitKey, calls: list[CostedCall], outcome: Row, workload: Workload | None) -> Totals:
    production = [call for call in calls if call.role != "grader"]
    graders = [call for call in calls if call.role == "grader"]
    counts: dict[str, int] = _money(production, graders, calls) | {
        "calls": len(calls),
        "production_calls": len(production),
        "grader_calls": len(graders),
        "inferred_role_calls": sum(call.inferred_role is not None for call in calls),
    }
    if production:
        counts |= _judged(calls, outcome, workload, is_shadow=key[3])
        planned = [call for call in production if call.role not in UNPLANNED_ROLES]
        known = [call.row["input_tokens"] for call in planned if call.row["input_tokens"] is not None]
        counts |= {
            "input_known_units": int(bool(known)),
            "planned_input_tokens": sum(known),
            "planned_input_tokens_squared": sum(known) ** 2,
            "planned_calls": len(planned),
            "planned_calls_squared": len(planned) ** 2,
        }
    return Totals(**counts)


def _money(production: list[CostedCall], graders: list[CostedCall], calls: list[CostedCall]) -> dict[str, int]:
    def cost(part: Iterable[CostedCall]) -> int:
        return sum(call.cost.pico_usd or 0 for call in part)

    def with_basis(basis: CostBasis) -> int:
        return sum(call.cost.basis is basis for call in production)

    mismatched = [call for call in calls if call.cost.is_mismatch]
    labelled = [call for call in calls if call.cost.basis in (CostBasis.TOKENS, CostBasis.CAPACITY)]
    by_capacity = [call for call in calls if call.cost.basis is CostBasis.CAPACITY]
    cached = [call.row for call in production if call.role != "shadow"]
    seen = [r for r in cached if r["cached_input_tokens"] is not None and r["input_tokens"] is not None]
    return {
        "attempts": sum(call.role in ATTEMPT_ROLES for call in production),
        "error_calls": sum(call.row["status"] == "error" for call in production),
        "timeout_calls": sum(call.row["status"] == "timeout" for call in production),
        "unpriced_calls": sum(not call.cost.basis.is_priced for call in production),
        "unpriced_no_usage_calls": with_basis(CostBasis.UNPRICED_NO_USAGE),
        "unpriced_no_price_calls": with_basis(CostBasis.UNPRICED_NO_PRICE)
        + with_basis(CostBasis.UNPRICED_NO_CAPACITY),
        "unpriced_zero_calls": with_basis(CostBasis.UNPRICED_SUSPICIOUS_ZERO),
        "unpriced_grader_calls": sum(not call.cost.basis.is_priced for call in graders),
        "mismatch_calls": len(mismatched),
        "mismatch_pico_usd": sum(
            call.row["cost_pico_usd"] - (call.cost.token_pico_usd or 0) for call in mismatched
        ),
        "billing_unknown_calls": sum(call.cost.is_billing_unknown for call in calls),
        "input_tokens": sum(call.row["input_tokens"] or 0 for call in production),
        "output_tokens": sum(call.row["output_tokens"] or 0 for call in production),
        "cache_known_input_tokens": sum(row["input_tokens"] for row in seen),
        "cached_input_tokens": sum(row["cached_input_tokens"] for row in seen),
        "inference_pico_usd": cost(production),
        "eval_pico_usd": cost(graders),
        "measured_cost_pico_usd": cost(call for call in calls if call.cost.basis is CostBasis.REPORTED)
        + cost(call for call in by_capacity if call.label is Label.MEASURED),
        "contracted_cost_pico_usd": cost(call for call in labelled if call.label is Label.CONTRACTED),
        "public_cost_pico_usd": cost(call for call in labelled if call.label is Label.PUBLIC),
        "estimated_cost_pico_usd": cost(
            call for call in by_capacity if call.label in (Label.DERIVED, Label.ESTIMATED)
        ),
    }


def _judged(
    calls: list[CostedCall], outcome: Row, workload: Workload | None, *, is_shadow: bool
) -> dict[str, int]:
    rules = AcceptanceRules.of(workload)
    reason = reason_of(calls, outcome, rules)
    # What would be said of a unit whose verdict is good: the other tests alone.
    other = reason_of(calls, outcome | {"accepted": True}, rules)
    verdict, accepted = outcome.get("accepted"), reason is None
    sampled = outcome.get("sampled") in ("random", "stratified")
    chosen = verdict is not None and outcome.get("sampled") == "self_selected"
    roles = [call.role for call in calls]
    has_again = any(role in UNPLANNED_ROLES for role in roles)
    repaired = "repair" in roles
    human = _human_pico_usd(outcome, workload)
    had_people = outcome.get("escalated") is True or (outcome.get("human_minutes") or 0) > 0
    counts = {
        "units": 1,
        "shadow_units": int(is_shadow),
        "accepted_units": int(accepted),
        "eligible_units": int(other is None),
        "evaluated_units": int(verdict is not None),
        "outcome_verdict_units": int(verdict is not None),
        "evaluated_eligible_units": int(verdict is not None and sampled and other is None),
        "evaluated_accepted_units": int(accepted and sampled),
        "sampled_units": int(verdict is not None and sampled),
        "self_selected_accepted_units": int(accepted and chosen),
        "self_selected_decided_units": int(chosen and (reason is None or reason.is_rejection)),
        "escalated_units": int(outcome.get("escalated") is True),
        "first_pass_units": int(accepted and not has_again),
        "retry_units": int("retry" in roles),
        "repair_units": int(repaired),
        "fallback_units": int("fallback" in roles),
        "repaired_accepted_units": int(repaired and accepted),
        "repaired_decided_units": int(repaired and (reason is None or reason.is_rejection)),
        "unpriced_units": int(any(not c.cost.basis.is_priced for c in calls if c.role != "grader")),
        "one_call_units": int(sum(role != "grader" for role in roles) == 1),
        "human_pico_usd": human or 0,
        "human_measured_pico_usd": outcome.get("human_pico_usd") or 0,
        "human_unknown_cases": int(human is None and had_people),
    }
    return counts | ({} if reason is None else {reason_field(reason): 1})


def _human_pico_usd(outcome: Row, workload: Workload | None) -> int | None:
    if outcome.get("human_pico_usd") is not None:
        return int(outcome["human_pico_usd"])
    if workload is None:
        return None
    per_hour, minutes = workload.human.usd_per_hour.value, outcome.get("human_minutes")
    if per_hour is not None and minutes is not None:
        pico_usd = Decimal(str(minutes)) * pico_usd_from_usd(per_hour) / 60
        return int(pico_usd.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    case = usd_per_case(workload.human).value
    return pico_usd_from_usd(case) if outcome.get("escalated") is True and case is not None else None


def _group(unit_id: str, calls: Sequence[CostedCall]) -> int:
    """The lowest of the jackknife groups of the unit's customers, else sessions, else that of the unit."""
    named = {call.row["customer"] or call.row["session_id"] for call in calls} - {None}
    return min(map(_group_of_text, named or {unit_id}))


def _group_of_text(text: str) -> int:
    """The lower half of the md5, modulo 128."""
    return int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little") % 128


def _microseconds(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
