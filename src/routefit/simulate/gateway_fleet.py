"""The fleet of the demonstration as a company finds it: a gateway's log, scores, invoices, replicas of a route.

Support, extraction, summaries and what nobody owns arrive as rotated LiteLLM logs without workload, unit and
route. The batch platform of classification, the harness that tried a route on documents, and the mirror that
sends copies of tickets to a route log in the interchange format.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.compute as pc

from routefit.simulate.demonstration import FLEET
from routefit.simulate.fleet import Drawn, day_calls, day_outcomes, drawn_days, opened
from routefit.simulate.gateway_calls import gateway_calls, gateway_model
from routefit.simulate.gateway_project import CAPACITY_ROUTE, write_gateway_project
from routefit.simulate.sinks import JsonLines, ParquetFile
from routefit.simulate.spec import Traffic
from routefit.simulate.spend_files import RotatedLog
from routefit.simulate.spend_statements import write_invoices
from routefit.simulate.team_traffic import Call
from routefit.simulate.traffic import GRADER, NOT_MEASURED
from routefit.simulate.truth import FleetTruth, RouteTruth, call_costs_pico_usd
from routefit.units import PICO_USD_PER_USD, day_start_at

DAY_HOURS = (6, 22)
DAY_REPLICAS, NIGHT_REPLICAS = 24, 8
LOG_FILES = 4
OWN_LOGS = frozenset({"classification"})
"""Workloads whose platform logs by itself and not through the gateway."""
OWN_ROUTES = frozenset({"oss-eu", "dedicated-70b"})
"""Routes that a test harness and a mirror of tickets send copies to; both log the route."""
PLAIN_BILLERS = ("anthropic", "dedicated-host", "eu-open-host", "groq", "open-host")
"""Bill in USD what was traced, to the cent. Of openai, part of whose usage is lost, no invoice has arrived yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFleetFiles:
    """Where the fleet was written, by the command that imports it, and what its generator knows about it."""

    project_dir: Path
    logs: tuple[Path, ...]
    call_files: tuple[Path, ...]
    outcome_files: tuple[Path, ...]
    scores: Path
    invoices: Path
    capacity: Path
    truth: FleetTruth


class _Totals:
    """What the generator sums up on the way."""

    def __init__(self) -> None:
        self.cells: defaultdict[tuple[str | None, str], RouteTruth] = defaultdict(RouteTruth)
        self.provider_pico_usd: defaultdict[str, int] = defaultdict(int)
        """What was used, as the gateway spells who served it."""
        self.outcomes = self.orphans = 0

    def add_costs(self, traffic: Traffic, drawn: Drawn) -> None:
        """What the calls of a lane and day cost, by who served them."""
        lane, calls = drawn.lane, drawn.calls
        cost = call_costs_pico_usd(traffic, lane, calls)
        is_known = cost != NOT_MEASURED
        is_grading = calls.role == GRADER if traffic.grader else np.zeros_like(is_known)
        is_elsewhere = calls.is_by_fallback & ~is_grading if lane.fallback else np.zeros_like(is_known)
        for serving, is_served in (
            (lane.serving, ~is_grading & ~is_elsewhere),
            (lane.fallback, is_elsewhere),
            (traffic.grader, is_grading),
        ):
            if serving is not None:
                name = gateway_model(serving).provider
                self.provider_pico_usd[name] += int(cost[is_served & is_known].sum())


def write_gateway_fleet(
    directory: Path, *, seed: int = 7, days: int = 28, end_on: date, unit_rate: float = 0.02
) -> GatewayFleetFiles:
    """Write the fleet of the `days` full UTC days before `end_on` into `directory`, which is created.

    The project folder is `directory/project`; `directory/raw` has traces/litellm-*.jsonl, calls-*, outcomes-*,
    scores.jsonl, invoices.csv and capacity.csv. The same arguments give the same bytes, and the same traffic as
    `fleet.write_fleet`.
    """
    raw_dir, start_on = directory / "raw", end_on - timedelta(days=days)
    raw_dir.mkdir(parents=True, exist_ok=True)
    write_gateway_project(directory / "project", end_on=end_on, unit_rate=unit_rate)
    totals = _Totals()
    writer = _Writer(raw_dir, totals, seed=seed, start_on=start_on, end_on=end_on, unit_rate=unit_rate)
    with writer:
        writer.write()
    full_pico_usd = {name: round(pico / unit_rate) for name, pico in totals.provider_pico_usd.items()}
    write_invoices(raw_dir / "invoices.csv", full_pico_usd, start_on, end_on)
    _add_plain_invoices(raw_dir / "invoices.csv", full_pico_usd, start_on, end_on)
    _write_capacity(raw_dir / "capacity.csv", start_on, end_on)
    return GatewayFleetFiles(
        project_dir=directory / "project",
        logs=tuple(writer.log.files),
        call_files=tuple(sorted(raw_dir.glob("calls-*"))),
        outcome_files=tuple(sorted(raw_dir.glob("outcomes-*"))),
        scores=raw_dir / "scores.jsonl",
        invoices=raw_dir / "invoices.csv",
        capacity=raw_dir / "capacity.csv",
        truth=FleetTruth(
            start_at=day_start_at(start_on),
            end_at=day_start_at(end_on),
            unit_rate=unit_rate,
            cells=dict(totals.cells),
            outcomes=totals.outcomes,
            outcomes_without_call=totals.orphans,
        ),
    )


class _Writer(ExitStack):
    """The open files, and who writes what into which."""

    def __init__(
        self, raw_dir: Path, totals: _Totals, *, seed: int, start_on: date, end_on: date, unit_rate: float
    ) -> None:
        super().__init__()
        self._raw_dir, self._totals, self._unit_rate = raw_dir, totals, unit_rate
        self._seed, self._start_on, self._end_on = seed, start_on, end_on
        self._sinks: dict[Path, JsonLines | ParquetFile] = {}
        start_ms = round(day_start_at(start_on).timestamp() * 1_000)
        length_ms = (end_on - start_on) // timedelta(milliseconds=1)
        cuts_ms = [start_ms + length_ms * number // LOG_FILES for number in range(1, LOG_FILES)]
        self.log = self.enter_context(
            RotatedLog(raw_dir / "traces", formats=("jsonl",), cuts_ms=cuts_ms, payload_characters=0)
        )
        self._scores = self.enter_context((raw_dir / "scores.jsonl").open("wb"))
        self._taken_over = self.enter_context((raw_dir / "outcomes-extraction.jsonl").open("wb"))
        self._encode = msgspec.json.Encoder().encode

    def write(self) -> None:
        """All workloads, a day at a time, so that the log is in the order of time."""
        traffics = [
            (traffic, drawn_days(traffic, (self._seed, number), self._start_on, self._end_on, self._unit_rate))
            for number, traffic in enumerate(FLEET)
        ]
        for _ in range((self._end_on - self._start_on).days):
            calls: list[Call] = []
            for traffic, days in traffics:
                on, drawn = next(days)
                calls.extend(self._day(traffic, on, drawn))
            for call in sorted(calls, key=lambda one: (one.start_ms, one.request_id)):
                self.log.write(call)

    def _day(self, traffic: Traffic, on: date, drawn: list[Drawn]) -> Iterator[Call]:
        for one in drawn:
            self._totals.cells[traffic.workload, one.lane.name] += one.truth
            self._totals.add_costs(traffic, one)
        if traffic.workload in OWN_LOGS:
            self._append(f"calls-{traffic.workload}.parquet", day_calls(traffic, on, _without_charge_back(drawn)))
            self._append(f"outcomes-{traffic.workload}.parquet", day_outcomes(traffic, on, drawn))
            return
        for one in drawn:
            if one.lane.route in OWN_ROUTES:
                self._append(f"calls-{one.lane.route}.jsonl.gz", day_calls(traffic, on, [one]))
        if traffic.has_verdicts:
            self._judged(traffic, day_outcomes(traffic, on, drawn))
            self._totals.orphans += traffic.orphan_outcomes_per_day
        for one in drawn:
            if one.lane.route not in OWN_ROUTES:
                cost = call_costs_pico_usd(traffic, one.lane, one.calls)
                yield from gateway_calls(traffic, one.lane, on, one.units, one.calls, cost)

    def _judged(self, traffic: Traffic, outcomes: Any) -> None:
        """Tickets say it all; of documents there are test scores, and the cases that people took over."""
        self._totals.outcomes += outcomes.num_rows
        if traffic.workload != "extraction":
            self._append(f"outcomes-{traffic.workload}.jsonl.gz", outcomes)
            return
        for row in outcomes.to_pylist():
            self._scores.write(self._encode(_test_score(row)) + b"\n")
        for row in outcomes.filter(pc.field("escalated")).to_pylist():
            taken_over = {name: row[name] for name in ("unit_id", "workload", "route", "escalated")}
            said = {"accepted": None, "decided_at": _utc_text(row), "evaluated_by": "back office"}
            self._taken_over.write(self._encode(taken_over | said) + b"\n")

    def _append(self, name: str, table: Any) -> None:
        path = self._raw_dir / name
        if path not in self._sinks:
            self._sinks[path] = opened(self, path)
        self._sinks[path].write(table)


def _without_charge_back(drawn: list[Drawn]) -> list[Drawn]:
    """The in-house route is paid by the replica-hour: its calls report no cost."""
    return [
        replace(one, lane=replace(one.lane, serving=replace(one.lane.serving, chargeback_usd_per_mtok=None)))
        if one.lane.route == CAPACITY_ROUTE
        else one
        for one in drawn
    ]


def _test_score(row: dict[str, Any]) -> dict[str, Any]:
    """The share of fields that came out right: at least 0.98 where the document was accepted."""
    digits = int(row["unit_id"][-3:])
    value = 0.98 + digits % 3 * 0.01 if row["accepted"] else 0.40 + digits % 55 * 0.01
    return {
        "unit_id": row["unit_id"],
        "workload": row["workload"],
        "route": row["route"],
        "from": "test",
        "name": "fields",
        "value": round(value, 2),
        "decided_at": _utc_text(row),
        "evaluated_by": row["evaluated_by"],
        "suite_version": row["suite_version"],
    }


def _utc_text(row: dict[str, Any]) -> str:
    return f"{row['decided_at']:%Y-%m-%dT%H:%M:%S.%fZ}"


def _add_plain_invoices(path: Path, provider_pico_usd: Mapping[str, int], start_on: date, end_on: date) -> None:
    """One line for each plain biller, below those that are there."""
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        for provider in PLAIN_BILLERS:
            usd = Decimal(provider_pico_usd.get(provider, 0)) / PICO_USD_PER_USD
            writer.writerow(
                {
                    "provider": provider,
                    "period_start": start_on,
                    "period_end": end_on,
                    "currency": "USD",
                    "invoice_id": f"{provider}-{start_on:%Y%m}",
                    "amount": f"{usd:.2f}",
                }
            )


def _write_capacity(path: Path, start_on: date, end_on: date) -> None:
    """The replicas of the in-house route: many by day, a few through the night."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("route", "start", "end", "replicas"))
        for day in range((end_on - start_on).days):
            on_at = day_start_at(start_on + timedelta(days=day))
            hours = (0, *DAY_HOURS, 24)
            for start, end in pairwise(hours):
                edges = (f"{on_at + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}" for hour in (start, end))
                writer.writerow(
                    (CAPACITY_ROUTE, *edges, DAY_REPLICAS if start == DAY_HOURS[0] else NIGHT_REPLICAS)
                )
