"""The verdict of a unit from everything that judged it: precedence, the latest value, settling.

An imported outcome's `accepted` comes first, then the workload's rules in their order: the first that says true or
false decides. Within one rule the latest value counts, by `decided_at`, then by the order of import. With
`settle_hours` an accepting value counts only once

    decided_at + settle_hours <= now

and no later value that does not accept has come; a later accepting value confirms it and starts no new wait. A
rejecting value counts at once. An accepting value without a time never settles: when it was given is unknown.
The same rule stands in SQL in `ledger/sql/rule_verdicts.sql` and `outcomes_latest.sql`; a property test holds the
two equal.
Source: section 2 of the domain ("Verdicts").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routefit.declared.verdict import Meaning, Sampled

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score of one unit; `place` is its place in the order of import."""

    source: str
    name: str | None
    value: str | None
    decided_at: datetime | None
    place: int
    sampled: Sampled | None = None
    evaluated_by: str | None = None
    suite_version: str | None = None

    @property
    def order(self) -> tuple[datetime, int]:
        """Later decided is later; among equals, later imported."""
        return self.decided_at or _NO_TIME, self.place


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What decided a unit: rank 0 is an imported outcome, else the place of the rule."""

    accepted: bool
    rank: int
    sampled: Sampled
    decided_at: datetime | None
    evaluated_by: str | None = None
    suite_version: str | None = None


def rule_verdict(meaning: Meaning, scores: Iterable[Score], *, now: datetime) -> Verdict | None:
    """What one rule says of the scores of one unit at `now`; None is unknown."""
    read = sorted((s for s in scores if meaning.reads(s.source, s.name)), key=lambda s: s.order)
    if not read:
        return None
    says = [meaning.verdict(score.value) for score in read]
    if says[-1] is False:
        return _verdict(meaning, read[-1], accepted=False)
    standing = read[_first_of_the_last_acceptances(says) :]
    settled = [score for score in standing if _is_settled(meaning, score, now)]
    return _verdict(meaning, settled[-1], accepted=True) if settled else None


def _first_of_the_last_acceptances(says: Sequence[bool | None]) -> int:
    """Where the acceptances begin that nothing has contradicted since."""
    return max((at + 1 for at, accepted in enumerate(says) if accepted is not True), default=0)


def _is_settled(meaning: Meaning, score: Score, now: datetime) -> bool:
    if not meaning.settle_hours:
        return True
    return score.decided_at is not None and score.decided_at + timedelta(hours=meaning.settle_hours) <= now


def _verdict(meaning: Meaning, score: Score, *, accepted: bool) -> Verdict:
    return Verdict(
        accepted=accepted,
        rank=meaning.rank,
        sampled=meaning.sampling(score.sampled),
        decided_at=score.decided_at,
        evaluated_by=score.evaluated_by,
        suite_version=score.suite_version,
    )


def deciding_verdict(
    outcome: Verdict | None, rules: Iterable[Meaning], scores: Sequence[Score], *, now: datetime
) -> Verdict | None:
    """The most authoritative verdict on a unit at `now`; `outcome` is the latest imported one, if any."""
    if outcome is not None:
        return outcome
    said = (rule_verdict(meaning, scores, now=now) for meaning in sorted(rules, key=lambda rule: rule.rank))
    return next((verdict for verdict in said if verdict is not None), None)
