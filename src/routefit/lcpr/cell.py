"""One cell: what an accepted unit of a workload costs on a route, and what that rests on.

    LCPR = (C_inference + C_eval + C_human + C_ops + delta) / A          USD per accepted unit

Above the line: every production call billed in the window (C_inference), grading (C_eval), people (C_human), the
allocated running cost (C_ops) and the signed difference to the invoice (delta). Below: accepted units whose first
call lies in the window. With U units of unknown verdict the bounds are [C / (A + U), C / A]; an end that has no
value is None. A cost term that nobody declared is None and counts as nothing in the total, and says so.
No accepted unit: the LCPR is undefined, never 0 and never infinite.
Source: chapter 16 of the field guide; section 3 of the domain.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from routefit.errors import UndefinedError
from routefit.evidence import Label


class Frozen(BaseModel):
    """Base of results: frozen, and nothing unexpected in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(Frozen):
    """The half-open period [start, end) in UTC."""

    start: datetime
    end: datetime


class CostUsd(Frozen):
    """The five terms above the line in USD; None is undeclared or unknown and counts as nothing in `total`.

    `total` is None where the inference is unknown: what is left would be no cost of anything.
    """

    inference: float | None
    eval: float | None
    human: float | None
    ops: float | None
    delta: float | None
    total: float | None


class BoundsUsd(Frozen):
    """What LCPR is at least and at most, whatever the unknown verdicts and costs turn out to be."""

    low: float | None
    high: float | None


class Rates(Frozen):
    """Shares in 0..1 over the window; None where nothing was there to divide by."""

    acceptance: float | None
    first_pass: float | None
    retry: float | None
    repair: float | None
    repair_success: float | None
    escalation: float | None
    error: float | None
    timeout: float | None
    cache_hit: float | None


class QuantilesMs(Frozen):
    """Nearest-rank quantiles in milliseconds over the production calls that measured it."""

    p50: float | None
    p95: float | None
    p99: float | None


class LatencyMs(Frozen):
    """Time to the first token, per further token, and to the end of the answer."""

    ttft: QuantilesMs
    tpot: QuantilesMs
    e2e: QuantilesMs


class DollarShare(Frozen):
    """How much of the cost rests on what: `rate` of the total, with the label and the source in words."""

    label: Label
    rate: float
    source: str


class CellEvidence(Frozen):
    """The strict label (the weakest input), the badge (the weakest that matters) and what the dollars rest on."""

    label: Label
    badge: Label
    dollars: tuple[DollarShare, ...]
    decision_grade: bool
    reasons: tuple[str, ...]


class ReasonCount(Frozen):
    """How many units were not accepted for a reason."""

    reason: str
    units: int


class Cell(Frozen):
    """The loaded cost per accepted unit of one workload on one route; the field names are the JSON's.

    `idle_usd` is the part of inference and grading that is idle capacity; None where none is borne.
    """

    workload: str
    route: str
    unit_name: str
    window: Window
    units: int
    shadow_units: int
    accepted_units: int
    rejected_units: int
    unknown_units: int
    not_accepted: tuple[ReasonCount, ...]
    calls: int
    attempts: int
    unpriced_calls: int
    unpriced_units: int
    cost_usd: CostUsd
    idle_usd: float | None
    lcpr_usd_per_accepted_unit: float | None
    lcpr_low_usd: float | None
    lcpr_high_usd: float | None
    bounds_usd: BoundsUsd
    confidence: float
    interval_unreliable: bool
    is_lower_bound: bool
    is_extrapolated: bool
    filled_lcpr_usd: float | None
    usd_per_unit: float | None
    usd_per_unit_low: float | None
    usd_per_unit_high: float | None
    naive_usd_per_attempt: float | None
    loaded_to_naive_ratio: float | None
    rates: Rates
    latency_ms: LatencyMs
    evidence: CellEvidence


def lcpr_usd_per_accepted_unit(
    *,
    inference_usd: float,
    eval_usd: float,
    human_usd: float,
    ops_usd: float,
    delta_usd: float,
    accepted_units: float,
) -> float:
    """The formula; UndefinedError when nothing was accepted, BadInput is up to the caller's types."""
    if accepted_units <= 0:
        raise UndefinedError(
            f"LCPR is undefined: {accepted_units} accepted units",
            next_step="import outcomes for these units, or look at the cost per unit",
        )
    return (inference_usd + eval_usd + human_usd + ops_usd + delta_usd) / accepted_units


def ratio(numerator: float, denominator: float) -> float | None:
    """numerator / denominator, None where there is nothing to divide by."""
    return numerator / denominator if denominator else None
