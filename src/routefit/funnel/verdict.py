"""Verdicts of constraints, ordered so that the verdict of many is their maximum, and one check."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from routefit.evidence import Evidence


class Verdict(StrEnum):
    """pass < warn < unknown < fail: a warning informs, unknown blocks a recommendation, fail eliminates."""

    PASS = "pass"
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"

    @property
    def severity(self) -> int:
        """0 for pass, 3 for fail."""
        return list(Verdict).index(self)

    def __lt__(self, other: str) -> bool:
        return self.severity < Verdict(other).severity

    def __le__(self, other: str) -> bool:
        return self.severity <= Verdict(other).severity

    def __gt__(self, other: str) -> bool:
        return self.severity > Verdict(other).severity

    def __ge__(self, other: str) -> bool:
        return self.severity >= Verdict(other).severity


class Constraint(StrEnum):
    """What a route must offer; the order is that of the report."""

    CONTEXT = "context"
    MODALITY_IN = "modality_in"
    MODALITY_OUT = "modality_out"
    RESIDENCY = "residency"
    LICENCE_USES = "licence_uses"
    CERTIFICATIONS = "certifications"
    RETENTION = "retention"
    PRIVATE_NETWORK = "private_network"
    STRUCTURED_OUTPUT = "structured_output"
    TOOL_USE = "tool_use"
    LANGUAGES = "languages"
    REQUESTS_PER_MINUTE = "requests_per_minute"
    TOKENS_PER_MINUTE = "tokens_per_minute"
    PRICE_FEATURES = "price_features"
    MINIMUM_VOLUME = "minimum_volume"
    CAPACITY = "capacity"
    LATENCY_CLASS = "latency_class"
    DEPRECATION = "deprecation"


class ConstraintCheck(BaseModel):
    """One requirement held against one route.

    `reason` gives the comparison ("needs 120,000 tokens > offers 32,768"), `short` the wording of a matrix cell
    ("no: context too short"). `evidence` is that of the weakest fact used. `on` is the date from which an
    anticipated requirement holds; None is today.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    constraint: Constraint
    verdict: Verdict
    required: str
    offered: str
    reason: str
    short: str
    evidence: Evidence
    on: date | None = None


def worst(checks: Iterable[ConstraintCheck]) -> Verdict:
    """The verdict of many checks: the most severe; of none, pass."""
    return max((check.verdict for check in checks), default=Verdict.PASS)


def first_of(checks: Iterable[ConstraintCheck], verdict: Verdict) -> ConstraintCheck | None:
    """The first check with that verdict, today's before the anticipated ones."""
    found = [check for check in checks if check.verdict is verdict]
    return min(found, key=lambda check: check.on or date.min, default=None)
