"""Totals of a cell that add up: what the ledger sums per (day, workload, route, jackknife group).

Money is whole pico-USD. Adding the totals of disjoint sets of units gives the totals of their union, so a window
is the sum of its days and a fleet the sum of its cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from routefit.lcpr.acceptance import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over units whose first call lies in the period; every field is a count or whole pico-USD.

    `eligible_units` pass every test but the verdict; `evaluated_eligible_units` are those of them with a verdict
    from a random or stratified sample, `evaluated_accepted_units` those that passed it; `sampled_units` are all
    units with such a verdict. `self_selected_*` have theirs from feedback that users chose to give.
    `planned_*` leave out retries, repairs and fallbacks: they describe the traffic, not what the route made of it;
    `*_squared` are sums over units of the square.
    The `*_cost_pico_usd` parts split inference plus grading by what the price rests on; the rest is assumed.
    """

    units: int = 0
    shadow_units: int = 0
    accepted_units: int = 0
    eligible_units: int = 0
    evaluated_units: int = 0
    outcome_verdict_units: int = 0
    evaluated_eligible_units: int = 0
    evaluated_accepted_units: int = 0
    sampled_units: int = 0
    self_selected_accepted_units: int = 0
    self_selected_decided_units: int = 0
    failed_verdict_units: int = 0
    escalated_reason_units: int = 0
    no_usable_answer_units: int = 0
    slo_exceeded_units: int = 0
    outside_slo_units: int = 0
    not_compliant_units: int = 0
    region_not_allowed_units: int = 0
    over_retry_budget_units: int = 0
    no_verdict_units: int = 0
    slo_not_measured_units: int = 0
    escalated_units: int = 0
    first_pass_units: int = 0
    retry_units: int = 0
    repair_units: int = 0
    fallback_units: int = 0
    repaired_accepted_units: int = 0
    repaired_decided_units: int = 0
    unpriced_units: int = 0
    one_call_units: int = 0
    calls: int = 0
    production_calls: int = 0
    attempts: int = 0
    error_calls: int = 0
    timeout_calls: int = 0
    grader_calls: int = 0
    inferred_role_calls: int = 0
    unpriced_calls: int = 0
    unpriced_no_usage_calls: int = 0
    unpriced_no_price_calls: int = 0
    unpriced_zero_calls: int = 0
    unpriced_grader_calls: int = 0
    mismatch_calls: int = 0
    mismatch_pico_usd: int = 0
    billing_unknown_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_known_input_tokens: int = 0
    cached_input_tokens: int = 0
    input_known_units: int = 0
    planned_input_tokens: int = 0
    planned_input_tokens_squared: int = 0
    planned_calls: int = 0
    planned_calls_squared: int = 0
    inference_pico_usd: int = 0
    eval_pico_usd: int = 0
    human_pico_usd: int = 0
    human_measured_pico_usd: int = 0
    human_unknown_cases: int = 0
    measured_cost_pico_usd: int = 0
    contracted_cost_pico_usd: int = 0
    public_cost_pico_usd: int = 0
    estimated_cost_pico_usd: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(**{name: getattr(self, name) + getattr(other, name) for name in TOTALS_FIELDS})

    @property
    def rejected_units(self) -> int:
        """Units rejected for whatever reason."""
        return sum(getattr(self, reason_field(reason)) for reason in Reason if reason.is_rejection)

    @property
    def unknown_units(self) -> int:
        """Units of which nobody can say yet whether they were accepted."""
        return sum(getattr(self, reason_field(reason)) for reason in Reason if not reason.is_rejection)

    @property
    def decided_units(self) -> int:
        """Accepted plus rejected units."""
        return self.accepted_units + self.rejected_units

    @property
    def variable_pico_usd(self) -> int:
        """What grows with the units: inference, grading and people."""
        return self.inference_pico_usd + self.eval_pico_usd + self.human_pico_usd

    @property
    def sees_people(self) -> bool:
        """Whether any outcome could have said that a person was needed: without one, none is unknown, not 0.

        A score says nothing of people.
        """
        return bool(self.escalated_units or self.outcome_verdict_units)

    @property
    def is_unpriced(self) -> bool:
        """Whether calls lack a known cost and the others cost nothing: inference is unknown then, not 0."""
        return self.unpriced_calls > 0 and self.inference_pico_usd == 0

    @property
    def is_lower_bound(self) -> bool:
        """Whether some production or grading call has no known cost."""
        return self.unpriced_calls > 0 or self.unpriced_grader_calls > 0


TOTALS_FIELDS = tuple(field.name for field in fields(Totals))


def reason_field(reason: Reason) -> str:
    """The field of `Totals` that counts a reason."""
    return "escalated_reason_units" if reason is Reason.ESCALATED else f"{reason.value}_units"


def total_of(parts: Iterable[Totals]) -> Totals:
    """The totals of the union of disjoint parts; of nothing, all zero."""
    parts = tuple(parts)
    return Totals(**{name: sum(getattr(part, name) for part in parts) for name in TOTALS_FIELDS})
