"""What lies beside a spend log: scores on its units, invoices, and the replicas of the in-house route."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

from routefit.simulate.spend_truth import CapacityTruth, InvoiceTruth
from routefit.simulate.team import Work
from routefit.simulate.team_traffic import Call
from routefit.units import PICO_USD_PER_USD, day_start_at

PASS_RATE = 0.7
"""A judge's score from here on is meant as acceptance."""

USD_PER_EUR = Decimal("1.08")
EUR_PRICE_RATIO = Decimal("1.02")
"""What the contract of the provider that bills in EUR asks of list prices."""
USD_PRICE_RATIO = Decimal("0.97")
BILLING_CLOUD = "aws-marketplace"
"""Bills for what `bedrock` serves."""

DAY_HOURS = (6, 22)
"""The UTC hours in which the in-house route is used."""
DAY_REPLICAS, NIGHT_REPLICAS = 3, 1
CAPACITY_ROUTE = "vllm-70b"

_CENT = Decimal("0.01")


def draw_scores(rng: Random, work: Work, calls: list[Call]) -> tuple[list[dict[str, Any]], bool | None]:
    """The scores on one unit, and what they mean to its team: accepted, rejected, or nothing.

    Which units have one depends on the kind of evidence; a toxicity score means nothing for acceptance.
    """
    last = max((call for call in calls if call.role != "grader"), key=lambda call: call.end_ms)
    if last.status != "ok" or work.evidence == "none":
        return [], None
    is_good = rng.random() < work.good_rate
    session = {"session_id": last.session_id}
    if work.evidence == "tickets":
        resolved = {"from": "ticket_status", "name": "ticket", "value": "resolved"}
        rows = [session | resolved | _decided(rng, last, 4.0)]
        if not is_good:  # the customer comes back
            rows.append(session | resolved | {"value": "reopened"} | _decided(rng, last, 30.0))
        return rows, is_good
    if work.evidence == "judge":
        if not any(call.role == "grader" for call in calls):
            return [], None
        value = round(rng.uniform(PASS_RATE, 1) if is_good else rng.uniform(0, PASS_RATE - 0.01), 2)
        judged = {"unit_id": last.unit_id, "from": "score", "name": "judge", "value": value}
        return [judged | _decided(rng, last, 0.01) | {"evaluated_by": "judge-claims"}], is_good
    if work.evidence == "thumbs":
        if rng.random() >= (0.03 if is_good else 0.12):
            return [], None
        thumb = {"from": "feedback", "name": "thumbs", "value": int(is_good)}
        return [session | thumb | _decided(rng, last, 0.2)], is_good
    if rng.random() >= 0.3:
        return [], None
    value = round(rng.betavariate(1, 30), 4)
    return [session | {"from": "score", "name": "toxicity", "value": value} | _decided(rng, last, 0.1)], None


def _decided(rng: Random, last: Call, hours: float) -> dict[str, str]:
    at_ms = last.end_ms + int(hours * 3_600_000 * (1 + 0.2 * rng.random()))
    return {"decided_at": f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"}


def write_capacity(path: Path, workload: str, start_on: date, end_on: date) -> CapacityTruth:
    """Three replicas by day, one through the night, in which nobody calls; none in nights before weekend days."""
    hours = idle = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("route", "start", "end", "replicas"))
        for start_at, end_at, replicas in _periods(start_on, end_on):
            writer.writerow((CAPACITY_ROUTE, *(f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start_at, end_at)), replicas))
            period_hours = int((end_at - start_at) / timedelta(hours=1)) * replicas
            hours += period_hours
            idle += period_hours if not DAY_HOURS[0] <= start_at.hour < DAY_HOURS[1] else 0
    return CapacityTruth(route=CAPACITY_ROUTE, workload=workload, replica_hours=hours, idle_replica_hours=idle)


def _periods(start_on: date, end_on: date) -> Iterator[tuple[datetime, datetime, int]]:
    for day in range((end_on - start_on).days):
        on_at = day_start_at(start_on + timedelta(days=day))
        dawn_at, dusk_at = (on_at + timedelta(hours=hour) for hour in DAY_HOURS)
        has_night = on_at.weekday() < 5
        if has_night:
            yield on_at, dawn_at, NIGHT_REPLICAS
        yield dawn_at, dusk_at, DAY_REPLICAS
        if has_night:
            yield dusk_at, on_at + timedelta(days=1), NIGHT_REPLICAS


def write_invoices(
    path: Path, provider_pico_usd: dict[str, int], start_on: date, end_on: date
) -> tuple[InvoiceTruth, ...]:
    """One invoice in EUR with use that no gateway saw, credits and a disputed line; one in USD from a cloud."""
    period = {"period_start": str(start_on), "period_end": str(end_on)}
    eur_traced, usd_traced = provider_pico_usd.get("mistral", 0), provider_pico_usd.get("bedrock", 0)
    eur = _cents(_usd(eur_traced) * EUR_PRICE_RATIO / USD_PER_EUR)
    off_gateway = _cents(eur / 10)
    credit = _cents(eur / 20)
    disputed = _cents(eur / 25)
    usd = _cents(_usd(usd_traced) * USD_PRICE_RATIO)
    mistral = {"provider": "mistral", **period, "currency": "EUR", "invoice_id": "MI-2026-0117"}
    rows = [
        mistral | {"model": "mistral-large-2411", "sku": "chat tokens", "amount": eur, "credits": credit},
        mistral | {"model": "mistral-ocr-2505", "sku": "pages", "amount": off_gateway},
        mistral | {"model": "mistral-large-2411", "sku": "surcharge", "amount": disputed, "disputed": "true"},
        {"provider": BILLING_CLOUD, **period, "currency": "USD", "invoice_id": "AWS-88120"}
        | {"model": "anthropic.claude-haiku-4-5-20251001-v1:0", "sku": "bedrock tokens", "amount": usd},
    ]
    _write_rows(path, rows)
    return (
        InvoiceTruth(
            provider="mistral",
            serving_provider="mistral",
            currency="EUR",
            usd_per_unit=USD_PER_EUR,
            invoiced_usd=(eur + off_gateway) * USD_PER_EUR,
            traced_pico_usd=eur_traced,
            price_difference_usd=eur * USD_PER_EUR - _usd(eur_traced),
            off_gateway_usd=off_gateway * USD_PER_EUR,
            credits_usd=credit * USD_PER_EUR,
            disputed_usd=disputed * USD_PER_EUR,
        ),
        InvoiceTruth(
            provider=BILLING_CLOUD,
            serving_provider="bedrock",
            currency="USD",
            usd_per_unit=Decimal(1),
            invoiced_usd=usd,
            traced_pico_usd=usd_traced,
            price_difference_usd=usd - _usd(usd_traced),
            off_gateway_usd=Decimal(0),
            credits_usd=Decimal(0),
            disputed_usd=Decimal(0),
        ),
    )


def _write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _usd(pico_usd: int) -> Decimal:
    return Decimal(pico_usd) / PICO_USD_PER_USD


def _cents(usd: Decimal) -> Decimal:
    return usd.quantize(_CENT, rounding=ROUND_HALF_UP)
