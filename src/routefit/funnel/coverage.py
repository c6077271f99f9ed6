"""Constraints of kind: everything that the workload asks for must be among what the route offers.

For lists (modalities, licence uses, certifications, languages, price features) every asked entry must be
offered; for residency one common region is enough, since a deployment inside an allowed region exists; for
yes-or-no requirements the route must say yes. Names are compared without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routefit.declared.model import LicenceUse, Route, Workload
from routefit.declared.region import is_region_within
from routefit.evidence import Evidence, Fact, Label
from routefit.funnel.verdict import Constraint, ConstraintCheck, Verdict
from routefit.funnel.words import listed

_Offer = Fact[tuple[str, ...]] | Fact[tuple[LicenceUse, ...]]
_UNKNOWN = Evidence(label=Label.UNKNOWN)
_LISTS = {
    Constraint.MODALITY_IN: "{} input",
    Constraint.MODALITY_OUT: "{} output",
    Constraint.LICENCE_USES: "{} not licensed",
    Constraint.CERTIFICATIONS: "{} not certified",
    Constraint.LANGUAGES: "{} not supported",
    Constraint.PRICE_FEATURES: "{} price not offered",
}
_FLAGS = {
    Constraint.RETENTION: "zero retention",
    Constraint.PRIVATE_NETWORK: "private network",
    Constraint.STRUCTURED_OUTPUT: "structured output",
    Constraint.TOOL_USE: "tool use",
}


def list_checks(workload: Workload, route: Route) -> Iterator[ConstraintCheck]:
    """One check for each list that the workload states."""
    needs, data = workload.needs, workload.data
    asked: dict[Constraint, tuple[Sequence[str] | None, _Offer]] = {
        Constraint.MODALITY_IN: (needs.modalities_in, route.modalities_in),
        Constraint.MODALITY_OUT: (needs.modalities_out, route.modalities_out),
        Constraint.LICENCE_USES: (data.licence_uses, route.licence_uses),
        Constraint.CERTIFICATIONS: (data.certifications, route.certifications),
        Constraint.LANGUAGES: (needs.languages, route.languages),
        Constraint.PRICE_FEATURES: (workload.price_features, route.price_features),
    }
    for constraint, (required, offered) in asked.items():
        if required:
            yield _all_offered(constraint, required, offered)


def flag_checks(workload: Workload, route: Route) -> Iterator[ConstraintCheck]:
    """One check for each yes-or-no requirement that the workload states."""
    asked = {
        Constraint.RETENTION: (workload.data.zero_retention, route.zero_retention),
        Constraint.PRIVATE_NETWORK: (workload.data.private_network, route.private_network),
        Constraint.STRUCTURED_OUTPUT: (workload.needs.structured_output, route.structured_output),
        Constraint.TOOL_USE: (workload.needs.tool_use, route.tool_use),
    }
    for constraint, (is_required, offered) in asked.items():
        if is_required:
            yield _offered(constraint, offered)


def residency_check(workload: Workload, route: Route) -> Iterator[ConstraintCheck]:
    """Whether the route has a region within the allowed ones ('eu' holds 'eu-west-1')."""
    allowed = workload.data.regions
    if not allowed:
        return
    required = f"a region among {listed(_shown(region) for region in allowed)}"
    wanted = f"{listed((_shown(region) for region in allowed), last='or')} residency"
    if route.regions.value is None:
        yield _unknown(Constraint.RESIDENCY, required, wanted)
        return
    offered = listed(_shown(region) for region in route.regions.value)
    common = [region for region in route.regions.value if is_region_within(region, allowed)]
    verdict = Verdict.PASS if common else Verdict.FAIL
    yield ConstraintCheck(
        constraint=Constraint.RESIDENCY,
        verdict=verdict,
        required=required,
        offered=offered,
        reason=f"needs {required}, offers {offered}",
        short=f"{'yes' if common else 'no'}: {wanted}",
        evidence=route.regions.evidence,
    )


def _all_offered(constraint: Constraint, required: Sequence[str], offered: _Offer) -> ConstraintCheck:
    asked = listed(required)
    if offered.value is None:
        return _unknown(constraint, asked, f"{_noun(constraint)} {asked}")
    known = {name.casefold() for name in offered.value}
    missing = [name for name in required if name.casefold() not in known]
    shown = listed(offered.value)
    return ConstraintCheck(
        constraint=constraint,
        verdict=Verdict.FAIL if missing else Verdict.PASS,
        required=asked,
        offered=shown,
        reason=f"needs {listed(missing)}, offers {shown}" if missing else f"needs {asked}, all offered",
        short=f"no: {_LISTS[constraint].format(listed(missing))}" if missing else f"yes: {asked}",
        evidence=offered.evidence,
    )


def _offered(constraint: Constraint, offered: Fact[bool]) -> ConstraintCheck:
    name = _FLAGS[constraint]
    if offered.value is None:
        return _unknown(constraint, name, name)
    return ConstraintCheck(
        constraint=constraint,
        verdict=Verdict.PASS if offered.value else Verdict.FAIL,
        required=name,
        offered=name if offered.value else f"no {name}",
        reason=f"needs {name}, {'offered' if offered.value else 'not offered'}",
        short=f"yes: {name}" if offered.value else f"no: {name} not offered",
        evidence=offered.evidence,
    )


def _unknown(constraint: Constraint, required: str, what: str) -> ConstraintCheck:
    return ConstraintCheck(
        constraint=constraint,
        verdict=Verdict.UNKNOWN,
        required=required,
        offered="unknown",
        reason=f"needs {required}, what the route offers is not declared",
        short=f"not known: {what}",
        evidence=_UNKNOWN,
    )


def _noun(constraint: Constraint) -> str:
    return constraint.value.replace("_", " ")


def _shown(region: str) -> str:
    return region.upper() if len(region) <= 3 else region
