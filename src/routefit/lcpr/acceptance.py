"""Whether a unit counts: accepted, rejected with a reason, or unknown.

A unit is REJECTED when its verdict is false; or a human had to finish it (unless the human is the gate); or its
accepting call did not end in a usable answer; or a declared latency objective is exceeded; or it is marked outside
the SLO or not compliant; or data went to a region that is not allowed; or it took more retries than the budget.
Otherwise UNKNOWN when there is no verdict or a declared objective has no measured value. Otherwise ACCEPTED.
The first reason in this order is the one that counts.

The accepting call is the production call with the latest end among first, step, retry, repair and fallback
(of a shadow unit, the shadow call). The same rule stands in SQL in `ledger/sql/acceptance.sql`; a property test
holds the two equal.

Source: section 2 of the domain ("Acceptance of a unit"), chapters 16 and 17 of the field guide.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from routefit.declared.model import Slo, Workload

NO_ANSWER_FAILURES = ("truncated", "cut_off", "schema", "invalid_schema", "schema_violation")
"""Values of `failure_class` on a call that ended ok but gave no usable answer."""


class Reason(StrEnum):
    """Why a unit is not accepted, in the order in which the reasons are tried."""

    FAILED_VERDICT = "failed_verdict"
    ESCALATED = "escalated"
    NO_USABLE_ANSWER = "no_usable_answer"
    SLO_EXCEEDED = "slo_exceeded"
    OUTSIDE_SLO = "outside_slo"
    NOT_COMPLIANT = "not_compliant"
    REGION_NOT_ALLOWED = "region_not_allowed"
    OVER_RETRY_BUDGET = "over_retry_budget"
    NO_VERDICT = "no_verdict"
    SLO_NOT_MEASURED = "slo_not_measured"

    @property
    def is_rejection(self) -> bool:
        """Whether the unit is rejected for it; otherwise it is unknown."""
        return self not in (Reason.NO_VERDICT, Reason.SLO_NOT_MEASURED)


class UnitFacts(BaseModel):
    """What the calls of one unit say; None is unknown. Times in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accepting_status: str = "ok"
    accepting_failure_class: str | None = None
    accepting_ttft_ms: float | None = None
    accepting_e2e_ms: float | None = None
    accepting_output_tokens: int | None = None
    unit_e2e_ms: float | None = None
    is_region_allowed: bool = True
    retries: int = 0


class OutcomeFacts(BaseModel):
    """What the latest known outcome of one unit says; None is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accepted: bool | None = None
    escalated: bool | None = None
    within_slo: bool | None = None
    compliant: bool | None = None


class AcceptanceRules(BaseModel):
    """The part of a workload's declaration that acceptance depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    human_gate: bool = False
    retry_budget: int | None = None
    slo: Slo = Slo()

    @classmethod
    def of(cls, workload: Workload | None) -> AcceptanceRules:
        """The rules of a workload; of one that no file declares, none."""
        if workload is None:
            return cls()
        unit = workload.unit
        return cls(human_gate=unit.human_gate, retry_budget=unit.retry_budget, slo=workload.slo)


def tpot_ms(*, ttft_ms: float | None, e2e_ms: float | None, output_tokens: int | None) -> float | None:
    """Milliseconds per output token after the first; None unless all three are known and there are two tokens."""
    if ttft_ms is None or e2e_ms is None or output_tokens is None or output_tokens < 2:
        return None
    return (e2e_ms - ttft_ms) / (output_tokens - 1)


def reason_not_accepted(unit: UnitFacts, outcome: OutcomeFacts, rules: AcceptanceRules) -> Reason | None:
    """The first reason why the unit is not accepted; None when it is."""
    exceeded, unmeasured = _against_slo(unit, rules.slo)
    no_answer = unit.accepting_status != "ok" or unit.accepting_failure_class in NO_ANSWER_FAILURES
    over_budget = rules.retry_budget is not None and unit.retries > rules.retry_budget
    tried = (
        (Reason.FAILED_VERDICT, outcome.accepted is False),
        (Reason.ESCALATED, outcome.escalated is True and not rules.human_gate),
        (Reason.NO_USABLE_ANSWER, no_answer),
        (Reason.SLO_EXCEEDED, exceeded),
        (Reason.OUTSIDE_SLO, outcome.within_slo is False),
        (Reason.NOT_COMPLIANT, outcome.compliant is False),
        (Reason.REGION_NOT_ALLOWED, not unit.is_region_allowed),
        (Reason.OVER_RETRY_BUDGET, over_budget),
        (Reason.NO_VERDICT, outcome.accepted is None),
        (Reason.SLO_NOT_MEASURED, unmeasured),
    )
    return next((reason for reason, holds in tried if holds), None)


def _against_slo(unit: UnitFacts, slo: Slo) -> tuple[bool, bool]:
    """Whether a declared objective is exceeded, and whether one has no measured value."""
    # An answer of one token has no time between tokens: an objective on it is met.
    has_no_tpot = unit.accepting_output_tokens is not None and unit.accepting_output_tokens < 2
    measured = (
        (slo.ttft_ms, unit.accepting_ttft_ms),
        (
            None if has_no_tpot else slo.tpot_ms,
            tpot_ms(
                ttft_ms=unit.accepting_ttft_ms,
                e2e_ms=unit.accepting_e2e_ms,
                output_tokens=unit.accepting_output_tokens,
            ),
        ),
        (slo.e2e_ms, unit.unit_e2e_ms if slo.scope == "unit" else unit.accepting_e2e_ms),
    )
    exceeded = any(limit is not None and got is not None and got > limit for limit, got in measured)
    unmeasured = any(limit is not None and got is None for limit, got in measured)
    return exceeded, unmeasured
