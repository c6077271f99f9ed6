"""A day of one lane as the gateway of its team saw it: the same calls, without workload, unit and route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from routefit.simulate.spec import Lane, Serving, Traffic
from routefit.simulate.tables import SERIAL_DIGITS
from routefit.simulate.team import GatewayModel, Grouping, Judge, Work
from routefit.simulate.team_traffic import Call, Role, Status
from routefit.simulate.traffic import GRADER, NOT_MEASURED, ROLES, STATUSES, Calls, Ints, Units

REPAIR_TAG = "attempt:repair"
"""Clients send it, because no order of calls can tell that an answer was not good enough."""

OVERCHARGED_MODEL = "claude-sonnet-4-5"
"""The gateway's own cost books its tokens from a cache as fresh input, as old price maps do."""

_PROVIDERS = {"aws": "bedrock"}
"""How the gateway spells those that it calls otherwise than the price list."""

_ROLES: tuple[Role, ...] = ("first", "step", "retry", "repair", "fallback", "shadow", "grader")
_STATUSES: tuple[Status, ...] = ("ok", "error", "timeout", "rate_limited")
if (_ROLES, _STATUSES) != (ROLES, STATUSES):
    raise AssertionError("roles and statuses are those of the drawn traffic, in its order")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """How a workload's calls reach the gateway: on whose key, and what holds a unit together."""

    key_alias: str
    team_id: str | None = None
    team_alias: str | None = None
    grouped_by: Grouping = "nothing"


_CLIENTS: dict[str | None, _Client] = {
    "support": _Client(
        key_alias="support-prod",
        team_id="team-support",
        team_alias="support-platform",
        grouped_by="ticket_id",
    ),
    "extraction": _Client(
        key_alias="documents-prod",
        team_id="team-documents",
        team_alias="document-platform",
        grouped_by="task_id",
    ),
    "summaries": _Client(
        key_alias="summaries-prod", team_id="team-support", team_alias="support-platform", grouped_by="session"
    ),
    None: _Client(key_alias="playground"),
}
"""By workload; the rules of `gateway_project` read them the other way round."""


def gateway_work(traffic: Traffic, lane: Lane) -> Work:
    """How the team of a workload calls the gateway."""
    model, client = gateway_model(lane.serving), _CLIENTS[traffic.workload]
    return Work(
        workload=traffic.workload,
        units_rate=lane.share_rate,
        key_alias=client.key_alias,
        team_id=client.team_id,
        team_alias=client.team_alias,
        grouped_by=client.grouped_by,
        group=model.name,
        model=model,
        judge=_judge(traffic.grader, lane.behaviour.judged_rate) if traffic.grader else None,
        is_streaming=traffic.is_streaming,
    )


def _judge(grader: Serving, judged_rate: float) -> Judge:
    return Judge(
        team_id="team-quality",
        team_alias="quality",
        key_alias="judge-support",
        model=gateway_model(grader),
        rate=judged_rate,
    )


def gateway_model(serving: Serving) -> GatewayModel:
    """A serving as the gateway names it."""
    return GatewayModel(
        provider=_PROVIDERS.get(serving.provider, serving.provider),
        name=serving.model,
        api_base=f"https://{serving.provider}.example/v1",
        price=serving.price,
        is_cache_overcharged=serving.model == OVERCHARGED_MODEL,
    )


def gateway_calls(
    traffic: Traffic, lane: Lane, on: date, units: Units, calls: Calls, cost_pico_usd: Ints
) -> Iterator[Call]:
    """The calls of a lane and day; `cost_pico_usd` is what each costs, NOT_MEASURED where nobody knows."""
    work = gateway_work(traffic, lane)
    fallback = gateway_model(lane.fallback) if lane.fallback else None
    prefix = f"{traffic.key}-{on:%Y%m%d}"
    for index in range(len(calls)):
        number = int(calls.unit[index])
        role = int(calls.role[index])
        unit_id = f"{prefix}-{int(units.serial[number]):0{SERIAL_DIGITS}}"
        request_id = f"{traffic.key}-{lane.name.replace('/', '-')}-{on:%Y%m%d}-{index:0{SERIAL_DIGITS}}"
        start_ms = int(calls.start_us[index]) // 1_000
        is_lost = bool(calls.input_tokens[index] == NOT_MEASURED)
        cost, ttft_ms = int(cost_pico_usd[index]), int(calls.ttft_ms[index])
        judge = work.judge if role == GRADER else None
        model = work.model
        if judge is not None:
            model = judge.model
        elif fallback is not None and bool(calls.is_by_fallback[index]):
            model = fallback
        is_overcharged = model.is_cache_overcharged and _STATUSES[int(calls.status[index])] == "ok"
        yield Call(
            request_id=request_id,
            work=work,
            unit_id=unit_id,
            session_id=unit_id if work.grouped_by == "session" else f"session-of-{request_id}",
            role=_ROLES[role],
            model=model,
            start_ms=start_ms,
            end_ms=start_ms + int(calls.e2e_ms[index]),
            first_ms=None if ttft_ms == NOT_MEASURED else start_ms + ttft_ms,
            status=_STATUSES[int(calls.status[index])],
            input_tokens=0 if is_lost else int(calls.input_tokens[index]),
            cached_tokens=0 if is_lost else int(calls.cached_input_tokens[index]),
            written_tokens=0 if is_lost else int(calls.cache_write_tokens[index]),
            output_tokens=0 if is_lost else int(calls.output_tokens[index]),
            reasoning_tokens=0 if is_lost else int(calls.reasoning_tokens[index]),
            is_usage_lost=is_lost,
            judge=judge,
            end_user=f"{traffic.key}-customer-{int(units.customer[number]):05}",
            tags=(REPAIR_TAG,) if _ROLES[role] == "repair" else (),
            booked_pico_usd=None if is_overcharged else max(cost, 0),
        )
