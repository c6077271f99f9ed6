"""What a fleet of one's own costs a month, people included, and what an accepted unit costs on it.

    GPU USD       = GPUs x USD per GPU-hour x hours                  or the lease of the whole fleet
    engineering   = engineers x USD per engineer-month
    loaded USD    = GPU + engineering + network + storage + spares + incidents + tooling
    units         = G x GPUs x hours x utilization                   else the accepted units of a month, as counted
    USD per unit  = loaded / units
    tax           = engineering / GPU
    raw price     = USD per GPU-hour / (tokens per second x 3600) x 1e6

G accepted units an hour per GPU under the SLO, utilization the share of it that is used, hours those of a month.
A part of the cost that nobody named counts as nothing, and is named.
Source: field guide, chapter 20; section 7.5 of the domain, and section 10: 2.50 USD an hour at 1,000 tokens a
second is 0.694 USD per million tokens, not 0.009; the tax at 3.20 x 720 hours is 260 to 391% at 10 GPUs, 26 to
39% at 100.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from routefit.decisions.uncertainty import Arrays
from routefit.errors import CannotTellError

_TOKENS_PER_MTOK = 1e6
_SECONDS_PER_HOUR = 3600

PARTS = (
    ("network_usd_per_month", "network"),
    ("storage_usd_per_month", "storage"),
    ("spares_usd_per_month", "spare capacity"),
    ("incidents_usd_per_month", "incidents"),
    ("tooling_usd_per_month", "tooling"),
)
"""Parts beside GPUs and engineering, with their words."""


def gpu_usd_per_month(values: Arrays) -> Any:
    """USD of the fleet's GPUs; CannotTellError without a price."""
    if values["fleet_usd_per_month"] is not None:
        return values["fleet_usd_per_month"]
    if values["gpu_usd_per_hour"] is None:
        raise CannotTellError(
            "self-managed needs --gpu-usd-per-hour (what a GPU costs an hour), or the lease of the fleet",
            next_step="--gpu-usd-per-hour USD, or --set fleet_usd_per_month=USD",
        )
    return values["gpus"] * values["gpu_usd_per_hour"] * values["hours_per_month"]


def gpu_usd_per_hour(values: Arrays) -> Any:
    """USD of a GPU-hour, of a lease too."""
    return gpu_usd_per_month(values) / gpu_hours(values)


def gpu_hours(values: Arrays) -> Any:
    """GPU-hours of a month."""
    return values["gpus"] * values["hours_per_month"]


def engineering_usd_per_month(values: Arrays) -> Any:
    """USD of those who run it."""
    return values["engineers"] * values["engineer_usd_per_month"]


def loaded_usd_per_month(values: Arrays) -> Any:
    """USD of all parts that were named."""
    parts = (values[name] for name, _ in PARTS)
    named = sum(usd for usd in parts if usd is not None)
    return gpu_usd_per_month(values) + engineering_usd_per_month(values) + named


def not_counted(values: Arrays) -> tuple[str, ...]:
    """Parts that nobody named."""
    return tuple(words for name, words in PARTS if values[name] is None)


def operational_tax_ratio(values: Arrays) -> Any:
    """Engineering over GPU spend."""
    return engineering_usd_per_month(values) / gpu_usd_per_month(values)


def gpus_for_tax_ratio(values: Arrays) -> int:
    """The fewest GPUs at which engineering is no more than the target share of the GPU spend."""
    per_gpu_usd = values["target_tax_ratio"] * gpu_usd_per_hour(values) * values["hours_per_month"]
    needed = float(engineering_usd_per_month(values) / per_gpu_usd)
    return math.ceil(needed - 1e-9 * needed)


def raw_usd_per_mtok(values: Arrays) -> Any:
    """USD per million tokens of a GPU that does nothing but produce them; None without a throughput."""
    tokens = values["tokens_per_second"]
    if tokens is None:
        return None
    return gpu_usd_per_hour(values) / (tokens * _SECONDS_PER_HOUR) * _TOKENS_PER_MTOK


def accepted_units_per_month(values: Arrays) -> Any:
    """From goodput and utilization, else as counted; None where neither is known."""
    goodput, utilization = values["goodput_per_gpu_hour"], values["utilization_rate"]
    if goodput is None or utilization is None:
        return values["accepted_units_per_month"]
    return goodput * gpu_hours(values) * utilization


def utilization_ratio(values: Arrays) -> Any:
    """The share of the goodput that is used, given or from the units that were counted; None where unknown.

    Above 1: the fleet accepts more than its goodput says.
    """
    goodput, counted = values["goodput_per_gpu_hour"], values["accepted_units_per_month"]
    if values["utilization_rate"] is not None:
        return values["utilization_rate"]
    if goodput is None or counted is None:
        return None
    return counted / (goodput * gpu_hours(values))


def usd_per_accepted_unit(values: Arrays) -> Any:
    """Loaded USD of an accepted unit; None where the units are not known."""
    units = accepted_units_per_month(values)
    return None if units is None else loaded_usd_per_month(values) / units


def alternative_usd_per_unit(values: Arrays) -> Any:
    """The cheaper of serverless and managed dedicated, as far as they are known; None without either."""
    known = [
        values[name] for name in ("serverless_usd_per_unit", "dedicated_usd_per_unit") if values[name] is not None
    ]
    return None if not known else np.minimum(known[0], known[-1])


def required_utilization_ratio(values: Arrays) -> Any:
    """The utilization gate on this fleet's GPUs (section 7.3 of the domain); None where a part is not known.

    (USD per GPU-hour x GPUs + ops USD per hour) / (GPUs x G x serverless USD per unit), at managed dedicated's
    price of a GPU-hour where that is given.
    """
    goodput, serverless = values["goodput_per_gpu_hour"], values["serverless_usd_per_unit"]
    if goodput is None or serverless is None:
        return None
    price = values["dedicated_usd_per_gpu_hour"]
    hardware = gpu_usd_per_hour(values) if price is None else price
    ops = values["dedicated_ops_usd_per_hour"]
    hourly = hardware * values["gpus"] + (0.0 if ops is None else ops)
    return hourly / (values["gpus"] * goodput * serverless)
