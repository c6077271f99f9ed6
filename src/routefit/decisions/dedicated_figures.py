"""The dedicated gate at one point: required and used utilization, costs, splits, and what autoscaling would do."""

from __future__ import annotations

from typing import Any

import numpy as np

from routefit.decisions.autoscaling import Autoscaled, autoscaled, is_viable
from routefit.decisions.calculator import Values
from routefit.decisions.decision import Figures, Naive
from routefit.decisions.fleet import Fleet
from routefit.decisions.hybrid import Hybrid, Split, best_split


class DedicatedFigures(Figures):
    """The gate in figures.

    `replicas` is R; `peak_replicas_needed` what the highest hour needs at `max_utilization_rate`.
    `dedicated_usd_per_unit` is over the units that R replicas serve. `is_autoscaling_viable`,
    `warm_pool_usd_per_month` (0 where autoscaling serves the spikes) and `billing_waste_usd_per_month` are
    None where what they need is not given. `autoscaled_usd_per_month` is a fleet that follows the load down
    to nothing. `hour_of_week_units` is the mean week from Monday 00:00 UTC (from the first hour where hours
    are only numbered), None for hours that the load does not reach. `hardware_usd_per_hour` counts a
    commitment beyond the horizon. `break_even_hardware_usd_per_hour` is the price at which R replicas cost as
    much as serverless for what they serve; None: at no price. `mixed` is the best split that leaves something
    to serverless; None where one replica, or the least that may run, serves the peak.
    """

    required_utilization_ratio: float
    average_utilization_rate: float
    trough_utilization_rate: float
    p05_utilization_rate: float
    max_utilization_rate: float
    is_never_cheaper: bool
    is_trough_below_required: bool
    replicas: int
    peak_replicas_needed: int
    is_capacity_feasible: bool
    peak_units_per_hour: float
    mean_units_per_hour: float
    usable_units_per_replica_hour: float
    units_per_month: float
    dedicated_usd_per_month: float
    serverless_usd_per_month: float
    dedicated_usd_per_unit: float | None
    serverless_usd_per_unit: float
    hardware_usd_per_hour: float
    break_even_hardware_usd_per_hour: float | None
    hybrid: Hybrid
    marginal_rule_replicas: int
    mixed: Split | None
    is_autoscaling_viable: bool | None
    warm_pool_usd_per_month: float | None
    billing_waste_usd_per_month: float | None
    autoscaled_usd_per_month: float | None
    is_goodput_measured: bool
    horizon_months: float
    load_hours: int
    is_load_flat: bool
    load_starts_at: str | None
    hour_of_week_units: tuple[float | None, ...]


class DedicatedNaive(Naive):
    """The hourly price over all of the goodput, held against the serverless price of a unit.

    `replicas` and their cost are what the mean hour needs when every replica is full.
    """

    full_usd_per_unit: float
    saving_ratio: float
    replicas: int
    dedicated_usd_per_month: float


def required_utilization_ratio(fleet: Fleet, replicas: Any) -> Any:
    """The utilization from which a dedicated fleet pays: cost per hour over the worth of its whole goodput."""
    usd_per_hour = fleet.hardware_usd_per_hour * replicas + fleet.ops_usd_per_hour
    return usd_per_hour / (replicas * fleet.goodput_per_hour * fleet.serverless_usd_per_unit)


def dedicated_figures(fleet: Fleet, values: Values, *, is_goodput_measured: bool) -> DedicatedFigures:
    """All figures at one point."""
    hours: float = values["hours_per_month"]
    replicas = float(fleet.dedicated_replicas(values["replicas"]))
    capacity = replicas * fleet.goodput_per_hour
    served = float(fleet.served_units(replicas))
    required = float(required_utilization_ratio(fleet, replicas))
    trough = min(1.0, fleet.load_ratio * fleet.load.trough_units_per_hour / capacity)
    running_usd = (replicas * fleet.hardware_usd_per_hour + fleet.ops_usd_per_hour) * hours
    following = _following(fleet, values)
    viable = is_viable(values["cold_start_s"], values["spike_s"])
    starts_at = fleet.load.starts_at
    return DedicatedFigures(
        required_utilization_ratio=required,
        average_utilization_rate=served / capacity,
        trough_utilization_rate=trough,
        p05_utilization_rate=min(1.0, fleet.load_ratio * fleet.load.p05_units_per_hour / capacity),
        max_utilization_rate=values["max_utilization_rate"],
        is_never_cheaper=required > values["max_utilization_rate"],
        is_trough_below_required=trough < required,
        replicas=int(replicas),
        peak_replicas_needed=int(fleet.replicas_needed),
        is_capacity_feasible=bool(fleet.fits(replicas)),
        peak_units_per_hour=float(fleet.peak_units_per_hour),
        mean_units_per_hour=float(fleet.mean_units_per_hour),
        usable_units_per_replica_hour=fleet.usable_units_per_hour,
        units_per_month=float(fleet.mean_units_per_hour) * hours,
        dedicated_usd_per_month=running_usd,
        serverless_usd_per_month=float(fleet.mean_units_per_hour) * hours * fleet.serverless_usd_per_unit,
        dedicated_usd_per_unit=running_usd / (served * hours) if served > 0 else None,
        serverless_usd_per_unit=fleet.serverless_usd_per_unit,
        hardware_usd_per_hour=float(fleet.hardware_usd_per_hour),
        break_even_hardware_usd_per_hour=_break_even_usd_per_hour(fleet, replicas, served),
        hybrid=best_split(fleet, hours_per_month=hours, shown_replicas=values["max_replicas"]),
        marginal_rule_replicas=int(fleet.best_replicas()),
        mixed=_mixed(fleet, hours),
        is_autoscaling_viable=viable,
        warm_pool_usd_per_month=_warm_pool_usd(fleet, hours, viable),
        billing_waste_usd_per_month=None
        if following.wasted_hours is None
        else following.wasted_hours * float(fleet.hardware_usd_per_hour) * hours,
        autoscaled_usd_per_month=None
        if viable is False
        else (following.billed_hours * float(fleet.hardware_usd_per_hour) + fleet.ops_usd_per_hour) * hours,
        is_goodput_measured=is_goodput_measured,
        horizon_months=values["horizon_months"],
        load_hours=fleet.load.hours,
        is_load_flat=fleet.load.is_flat,
        load_starts_at=None if starts_at is None else starts_at.isoformat(),
        hour_of_week_units=tuple(
            None if units is None else units * fleet.load_ratio for units in fleet.load.hour_of_week_units
        ),
    )


def _break_even_usd_per_hour(fleet: Fleet, replicas: float, served_units_per_hour: float) -> float | None:
    left = served_units_per_hour * fleet.serverless_usd_per_unit - fleet.ops_usd_per_hour
    return left / replicas if left > 0 else None


def _following(fleet: Fleet, values: Values) -> Autoscaled:
    hourly = np.asarray(fleet.load.hourly_units, float) * fleet.load_ratio
    return autoscaled(
        hourly,
        fleet.usable_units_per_hour,
        billing_window_minutes=values["billing_window_minutes"],
        cold_start_s=values["cold_start_s"],
        spike_s=values["spike_s"],
    )


def _warm_pool_usd(fleet: Fleet, hours_per_month: float, viable: bool | None) -> float | None:
    """What the replicas of the peak cost when all of them must stay up."""
    if viable is None:
        return None
    return 0.0 if viable else float(fleet.replicas_needed * fleet.hardware_usd_per_hour) * hours_per_month


def dedicated_naive(fleet: Fleet, values: Values) -> DedicatedNaive:
    """The common mistake on the same inputs."""
    replicas = max(1, int(np.ceil(float(fleet.mean_units_per_hour) / fleet.goodput_per_hour - 1e-9)))
    full = values["hardware_usd_per_hour"] / fleet.goodput_per_hour
    return DedicatedNaive(
        decision="dedicated" if full < fleet.serverless_usd_per_unit else "serverless",
        why="takes every replica for full in every hour, and counts neither the peak nor what running it costs",
        full_usd_per_unit=full,
        saving_ratio=1 - full / fleet.serverless_usd_per_unit,
        replicas=replicas,
        dedicated_usd_per_month=replicas * values["hardware_usd_per_hour"] * values["hours_per_month"],
    )


def _mixed(fleet: Fleet, hours_per_month: float) -> Split | None:
    if fleet.replicas_needed <= fleet.least_replicas:
        return None
    replicas = float(fleet.mixed_replicas())
    return Split(
        replicas=int(replicas),
        usd_per_month=float(fleet.usd_per_hour(replicas)) * hours_per_month,
        overflow_units_per_month=float(fleet.overflow_units(replicas)) * hours_per_month,
    )
