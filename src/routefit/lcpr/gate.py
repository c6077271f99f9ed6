"""What keeps verdicts from carrying a decision: judges whose agreement with people is not known, mixed versions.

A grader, or a score that a rule reads, is a machine's opinion until people have judged some of the same units.
Tests are exact, tickets and feedback come from people; they need no such check. A score whose rule calls it
self-selected is feedback.
Source: section 4 of the domain ("a grader's agreement with people known where a grader is the gate").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.declared.model import VerdictRule, Workload
from routefit.lcpr.series import RuleAgreement, VerdictSeries, several_versions


def gate_reasons(
    workload: Workload | None,
    series: Sequence[VerdictSeries],
    agreements: Sequence[RuleAgreement],
    *,
    least_labelled_units: int,
) -> Iterator[str]:
    """The reasons against decision-grade that lie in who judged; each version of a grader is checked by itself."""
    yield from several_versions(series)
    for rank, rule in enumerate(workload.verdict if workload else (), start=1):
        versions = {one.suite_version for one in series if one.rank == rank}
        if not _is_opinion(rule) or not (versions or (rank == 1 and rule.source == "grader")):
            continue
        labelled = {
            a.suite_version: a.agreement.labelled_units for a in agreements if a.rank == rank and a.agreement
        }
        for version in sorted(versions or {None}, key=lambda v: v or ""):
            reason = _reason(rule, version, labelled.get(version, 0), least_labelled_units)
            if reason is not None:
                yield reason


def _is_opinion(rule: VerdictRule) -> bool:
    return rule.source in ("grader", "score") and rule.sampled != "self_selected"


def _reason(rule: VerdictRule, version: str | None, labelled_units: int, least: int) -> str | None:
    judge = " ".join(part for part in (rule.name or f"the {rule.source}", version) if part)
    if not labelled_units:
        return f"how well {judge} agrees with people is not known"
    if labelled_units < least:
        units = "1 unit" if labelled_units == 1 else f"{labelled_units} units"
        return f"only {units} of {judge} labelled by people < {least}"
    return None
